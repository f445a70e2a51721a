-- Athena
select sign(id) as direction from events
-- DuckDB
SELECT
  CAST(sign(events.id) AS BIGINT) AS direction
FROM demo.events AS events
