-- Athena
select array_max(numbers) as most from events
-- DuckDB
SELECT
  CASE WHEN NOT events.numbers IS NULL THEN athena_array_max(events.numbers) END AS most
FROM demo.events AS events
