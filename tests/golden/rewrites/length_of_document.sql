-- Athena
select json_array_length(s) as entries from events
-- DuckDB
SELECT
  athena_json_array_length(events.s) AS entries
FROM demo.events AS events
