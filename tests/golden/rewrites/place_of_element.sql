-- Athena
select array_position(words, s) as place from events
-- DuckDB
SELECT
  athena_array_position(events.words, events.s) AS place
FROM demo.events AS events
