-- Athena
select any_match(numbers, v -> v > id) as matching from events
-- DuckDB
SELECT
  CASE
    WHEN NOT events.numbers IS NULL
    THEN athena_any(list_transform(events.numbers, LAMBDA v : v > events.id))
  END AS matching
FROM demo.events AS events
