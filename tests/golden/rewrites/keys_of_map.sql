-- Athena
select map_keys(tags) as names from events
-- DuckDB
SELECT
  athena_map_keys(events.tags) AS names
FROM demo.events AS events
