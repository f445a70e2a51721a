-- Athena
select arrays_overlap(words, others) as overlap from events
-- DuckDB
SELECT
  athena_arrays_overlap(events.words, events.others) AS overlap
FROM demo.events AS events
