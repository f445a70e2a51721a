-- Athena
select
    date_add('day', -30, day) as earlier,
    date_add('quarter', n, at) as later,
    date_add('millisecond', id, at) as exact,
    date_add('hour', 1, from_unixtime(id)) as instant
from events
-- DuckDB
SELECT
  CAST(events.day + to_days(CAST(-30 AS INT)) AS DATE) AS earlier,
  (
    events."at" + to_quarters(CAST(events.n AS INT))
  ) AS later,
  (
    events."at" + to_milliseconds(events.id)
  ) AS exact,
  timezone('UTC', (
    athena_from_unixtime(events.id) + to_hours(CAST(1 AS BIGINT))
  )) AS instant
FROM demo.events AS events
