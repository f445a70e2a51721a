-- Athena
select cast(current_timestamp as timestamp(3)) as now_utc from events
-- DuckDB
SELECT
  CAST(date_trunc('millisecond', timezone('UTC', now())) AS TIMESTAMP) AS now_utc
FROM demo.events AS events
