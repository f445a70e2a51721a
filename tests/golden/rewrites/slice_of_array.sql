-- Athena
select slice(words, 2, 3) as some, slice(words, n, 1) as one from events
-- DuckDB
SELECT
  athena_slice(events.words, 2, 3) AS "some",
  athena_slice(events.words, events.n, 1) AS one
FROM demo.events AS events
