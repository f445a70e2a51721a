-- Athena
select lpad(s, 5, '0') as filled, rpad(s, 5, ' ') as wide from events
-- DuckDB
SELECT
  lpad(events.s, 5, '0') AS filled,
  rpad(events.s, 5, ' ') AS wide
FROM demo.events AS events
