-- Athena
select id / 1000 as seconds, id / 1e3 as exact, n / n as ratio from events
-- DuckDB
SELECT
  events.id // 1000 AS seconds,
  events.id / 1e3 AS exact,
  events.n // events.n AS ratio
FROM demo.events AS events
