-- Athena
select id from events where at >= current_timestamp - interval '30' day
-- DuckDB
SELECT
  events.id AS id
FROM demo.events AS events
WHERE
  events."at" >= (
    date_trunc('millisecond', timezone('UTC', now())) - INTERVAL '30' DAY
  )
