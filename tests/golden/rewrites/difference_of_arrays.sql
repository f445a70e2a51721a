-- Athena
select array_except(words, others) as rest from events
-- DuckDB
SELECT
  athena_array_except(events.words, events.others) AS rest
FROM demo.events AS events
