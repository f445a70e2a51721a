-- Athena
select least(x, 1e0) as limited from events
-- DuckDB
SELECT
  CASE WHEN NOT events.x IS NULL THEN least(events.x, 1e0) END AS limited
FROM demo.events AS events
