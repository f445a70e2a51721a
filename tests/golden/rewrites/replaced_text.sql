-- Athena
select replace(s, 'a', 'b') as changed, replace(s, u) as without from events
-- DuckDB
SELECT
  replace(events.s, 'a', 'b') AS changed,
  athena_replace(events.s, events.u, '') AS without
FROM demo.events AS events
