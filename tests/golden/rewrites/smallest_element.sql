-- Athena
select array_min(words) as first_word from events
-- DuckDB
SELECT
  CASE WHEN NOT events.words IS NULL THEN athena_array_min(events.words) END AS first_word
FROM demo.events AS events
