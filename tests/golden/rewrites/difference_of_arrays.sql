-- Athena
select array_except(words, others) as rest from events
-- DuckDB
SELECT
  CASE
    WHEN NOT events.words IS NULL
    THEN athena_array_except(events.words, events.others)
  END AS rest
FROM demo.events AS events
