-- Athena
select none_match(words, w -> starts_with(w, 'a')) as matching from events
-- DuckDB
SELECT
  (
    NOT athena_any(list_transform(events.words, LAMBDA w : starts_with(w, 'a')))
  ) AS matching
FROM demo.events AS events
