-- Athena
select array_max(numbers) as most from events
-- DuckDB
SELECT
  athena_array_max(events.numbers) AS most
FROM demo.events AS events
