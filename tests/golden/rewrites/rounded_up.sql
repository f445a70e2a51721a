-- Athena
select ceil(x) as above, ceiling(n) as same from events
-- DuckDB
SELECT
  ceil(events.x) AS above,
  (
    events.n
  ) AS same
FROM demo.events AS events
