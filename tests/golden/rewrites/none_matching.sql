-- Athena
select none_match(words, w -> starts_with(w, 'a')) as matching from events
-- DuckDB
SELECT
  CASE
    WHEN NOT events.words IS NULL
    THEN (
      NOT athena_any(list_transform(events.words, LAMBDA w : starts_with(w, 'a')))
    )
  END AS matching
FROM demo.events AS events
