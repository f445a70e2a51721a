-- Athena
select last_day_of_month(at) as month_end from events
-- DuckDB
SELECT
  last_day(events."at") AS month_end
FROM demo.events AS events
