-- Athena
select greatest(n, id, 0) as most from events
-- DuckDB
SELECT
  CASE
    WHEN NOT events.n IS NULL AND NOT events.id IS NULL
    THEN greatest(events.n, events.id, 0)
  END AS most
FROM demo.events AS events
