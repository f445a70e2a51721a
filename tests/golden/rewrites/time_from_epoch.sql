-- Athena
select cast(from_unixtime(id / 1e3) at time zone 'UTC' as timestamp(3)) as occurred_at from events
-- DuckDB
SELECT
  CAST(athena_from_unixtime(events.id / 1e3) AS TIMESTAMP) AS occurred_at
FROM demo.events AS events
