-- Athena
select upper(s) as capitals from events
-- DuckDB
SELECT
  athena_upper(events.s) AS capitals
FROM demo.events AS events
