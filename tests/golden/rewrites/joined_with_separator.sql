-- Athena
select concat_ws(', ', s, u) as listed from events
-- DuckDB
SELECT
  concat_ws(', ', events.s, events.u) AS listed
FROM demo.events AS events
