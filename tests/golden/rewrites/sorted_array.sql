-- Athena
select array_sort(words) as in_order from events
-- DuckDB
SELECT
  list_sort(events.words, 'ASC', 'NULLS LAST') AS in_order
FROM demo.events AS events
