-- Athena
select histogram(s) as counts from events
-- DuckDB
SELECT
  CAST(histogram(events.s) AS MAP(TEXT, BIGINT)) AS counts
FROM demo.events AS events
