-- Athena
select array_intersect(words, others) as common from events
-- DuckDB
SELECT
  athena_array_intersect(events.words, events.others) AS common
FROM demo.events AS events
