-- Athena
select listagg(s, ', ') within group (order by id desc) as listed from events
-- DuckDB
SELECT
  string_agg(events.s, ', ' ORDER BY events.id DESC) AS listed
FROM demo.events AS events
