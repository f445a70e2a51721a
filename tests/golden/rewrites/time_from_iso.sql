-- Athena
select cast(from_iso8601_timestamp(s) at time zone 'UTC' as timestamp(3)) as occurred_at from events
-- DuckDB
SELECT
  CAST(athena_from_iso8601(events.s) AS TIMESTAMP) AS occurred_at
FROM demo.events AS events
