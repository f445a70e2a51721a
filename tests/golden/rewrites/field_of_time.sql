-- Athena
select
    year(day) as year,
    day_of_week(at) as weekday,
    yow(day) as week_year,
    extract(doy from day) as day_number,
    hour(from_unixtime(id) at time zone 'Europe/Berlin') as hour_in_berlin
from events
-- DuckDB
SELECT
  year(events.day) AS year,
  isodow(events."at") AS weekday,
  isoyear(events.day) AS week_year,
  dayofyear(events.day) AS day_number,
  hour(timezone('Europe/Berlin', timezone('UTC', athena_from_unixtime(events.id)))) AS hour_in_berlin
FROM demo.events AS events
