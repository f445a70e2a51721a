-- Athena
select count_if(b) as yes from events
-- DuckDB
SELECT
  count(CASE WHEN events.b THEN 1 END) AS yes
FROM demo.events AS events
