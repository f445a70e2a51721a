-- Athena
select sign(id) as direction, sign(x) as side from events
-- DuckDB
SELECT
  CAST(sign(events.id) AS BIGINT) AS direction,
  athena_sign(events.x) AS side
FROM demo.events AS events
