-- Athena
select to_unixtime(at) as seconds from events
-- DuckDB
SELECT
  epoch(events."at") AS seconds
FROM demo.events AS events
