-- Athena
select array_remove(words, s) as others from events
-- DuckDB
SELECT
  CASE
    WHEN NOT events.words IS NULL
    THEN athena_array_remove(events.words, events.s)
  END AS others
FROM demo.events AS events
