-- Athena
select any_match(numbers, v -> v > id) as matching from events
-- DuckDB
SELECT
  athena_any(list_transform(events.numbers, LAMBDA v : v > events.id)) AS matching
FROM demo.events AS events
