-- Athena
select is_nan(x) as strange from events
-- DuckDB
SELECT
  isnan(CAST(events.x AS DOUBLE)) AS strange
FROM demo.events AS events
