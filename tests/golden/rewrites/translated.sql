-- Athena
select translate(s, 'abc', 'x') as changed from events
-- DuckDB
SELECT
  translate(events.s, 'abc', 'x') AS changed
FROM demo.events AS events
