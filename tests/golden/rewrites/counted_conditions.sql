-- Athena
select count_if(b) as yes from events
-- DuckDB
SELECT
  CAST(count_if(events.b) AS BIGINT) AS yes
FROM demo.events AS events
