-- Athena
select array_union(words, others) as united from events
-- DuckDB
SELECT
  athena_array_union(events.words, events.others) AS united
FROM demo.events AS events
