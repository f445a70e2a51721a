-- Athena
select millisecond(at) as part from events
-- DuckDB
SELECT
  (
    millisecond(events."at") % 1000
  ) AS part
FROM demo.events AS events
