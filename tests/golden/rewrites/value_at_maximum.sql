-- Athena
select max_by(s, at) as latest from events
-- DuckDB
SELECT
  arg_max_null(events.s, events."at") AS latest
FROM demo.events AS events
