-- Athena
select cast(from_unixtime(id / 1e3) at time zone 'UTC' as timestamp(3)) as occurred_at, cast(try(from_unixtime(id)) at time zone 'UTC' as timestamp(3)) as if_any from events
-- DuckDB
SELECT
  CAST(athena_from_unixtime(events.id / 1e3) AS TIMESTAMP) AS occurred_at,
  CAST(try(athena_from_unixtime(events.id)) AS TIMESTAMP) AS if_any
FROM demo.events AS events
