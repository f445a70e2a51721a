-- Athena
select round(x, 2) as cents, round(x) as whole, round(n, -2) as hundreds from events
-- DuckDB
SELECT
  athena_rounded(events.x, 1e2) AS cents,
  round(events.x) AS whole,
  round(events.n, -2) AS hundreds
FROM demo.events AS events
