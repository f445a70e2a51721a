-- Athena
select localtimestamp as now_there from events
-- DuckDB
SELECT
  date_trunc('millisecond', timezone('UTC', now())) AS now_there
FROM demo.events AS events
