-- Athena
select map_values(tags) as contents from events
-- DuckDB
SELECT
  athena_map_values(events.tags) AS contents
FROM demo.events AS events
