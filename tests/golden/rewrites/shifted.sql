-- Athena
select day + interval '1' month as later, at - interval '90' minute as earlier, current_timestamp - interval '7' day as week_ago from events
-- DuckDB
SELECT
  CAST(events.day + INTERVAL '1' MONTH AS DATE) AS later,
  events."at" - INTERVAL '90' MINUTE AS earlier,
  timezone('UTC', (
    date_trunc('millisecond', timezone('UTC', now())) - INTERVAL '7' DAY
  )) AS week_ago
FROM demo.events AS events
