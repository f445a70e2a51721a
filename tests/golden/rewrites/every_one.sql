-- Athena
select every(b) as whole from events
-- DuckDB
SELECT
  bool_and(events.b) AS whole
FROM demo.events AS events
