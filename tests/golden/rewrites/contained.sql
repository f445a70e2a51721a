-- Athena
select contains(words, 'a') as has_a from events
-- DuckDB
SELECT
  athena_contains(events.words, 'a') AS has_a
FROM demo.events AS events
