-- Athena
select all_match(words, w -> w <> '') as matching from events
-- DuckDB
SELECT
  athena_all(list_transform(events.words, LAMBDA w : w <> '')) AS matching
FROM demo.events AS events
