-- Athena
select array_distinct(words) as once from events
-- DuckDB
SELECT
  CASE WHEN NOT events.words IS NULL THEN athena_array_distinct(events.words) END AS once
FROM demo.events AS events
