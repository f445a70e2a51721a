-- Athena
select floor(x) as below, floor(n) as same from events
-- DuckDB
SELECT
  floor(events.x) AS below,
  (
    events.n
  ) AS same
FROM demo.events AS events
