-- Athena
select array_distinct(words) as once from events
-- DuckDB
SELECT
  athena_array_distinct(events.words) AS once
FROM demo.events AS events
