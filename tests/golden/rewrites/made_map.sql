-- Athena
select map(words, others) as made, cast(map() as map(varchar, bigint)) as none from events
-- DuckDB
SELECT
  map(events.words, events.others) AS made,
  CAST(map() AS MAP(TEXT, BIGINT)) AS none
FROM demo.events AS events
