-- Athena
select concat(s, '-', u) as both_texts, concat(words, others) as both_arrays from events
-- DuckDB
SELECT
  (
    events.s || '-' || events.u
  ) AS both_texts,
  (
    events.words || events.others
  ) AS both_arrays
FROM demo.events AS events
