-- Athena
select array_remove(words, s) as others from events
-- DuckDB
SELECT
  athena_array_remove(events.words, events.s) AS others
FROM demo.events AS events
