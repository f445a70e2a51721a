-- Athena
select min_by(s, at) filter (where b) as earliest from events
-- DuckDB
SELECT
  arg_min_null(events.s, events."at") FILTER(WHERE
    events.b) AS earliest
FROM demo.events AS events
