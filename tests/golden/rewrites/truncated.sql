-- Athena
select date_trunc('week', day) as monday, date_trunc('hour', at) as hour, date_trunc('day', current_timestamp) as midnight from events
-- DuckDB
SELECT
  CAST(date_trunc('week', events.day) AS DATE) AS monday,
  date_trunc('hour', events."at") AS hour,
  timezone('UTC', (
    date_trunc('day', date_trunc('millisecond', timezone('UTC', now())))
  )) AS midnight
FROM demo.events AS events
