-- Athena
select split(s, ',') as parts from events
-- DuckDB
SELECT
  string_split(events.s, ',') AS parts
FROM demo.events AS events
