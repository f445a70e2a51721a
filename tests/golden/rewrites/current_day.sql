-- Athena
select current_date as today from events
-- DuckDB
SELECT
  CAST(date_trunc('millisecond', timezone('UTC', now())) AS DATE) AS today
FROM demo.events AS events
