-- Athena
select cardinality(words) as words, cardinality(tags) as tags from events
-- DuckDB
SELECT
  len(events.words) AS words,
  CAST(cardinality(events.tags) AS BIGINT) AS tags
FROM demo.events AS events
