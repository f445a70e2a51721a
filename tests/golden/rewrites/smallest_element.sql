-- Athena
select array_min(words) as first_word from events
-- DuckDB
SELECT
  athena_array_min(events.words) AS first_word
FROM demo.events AS events
