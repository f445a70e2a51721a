-- Athena
select sum(n) as total, sum(x) as amount from events
-- DuckDB
SELECT
  CAST(sum(events.n) AS BIGINT) AS total,
  sum(events.x) AS amount
FROM demo.events AS events
