-- Athena
select all_match(words, w -> w <> '') as matching from events
-- DuckDB
SELECT
  CASE
    WHEN NOT events.words IS NULL
    THEN athena_all(list_transform(events.words, LAMBDA w : w <> ''))
  END AS matching
FROM demo.events AS events
