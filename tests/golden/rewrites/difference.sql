-- Athena
select date_diff('month', day, current_date) as months, date_diff('hour', at, until) as hours from events
-- DuckDB
SELECT
  date_sub('month', events.day, CAST(date_trunc('millisecond', timezone('UTC', now())) AS DATE)) AS months,
  date_sub('hour', events."at", events.until) AS hours
FROM demo.events AS events
