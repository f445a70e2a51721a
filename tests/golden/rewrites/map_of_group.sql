-- Athena
select map_agg(s, n) as gathered, map_agg(s, n) filter (where b) as some from events
-- DuckDB
SELECT
  athena_map_of_entries(list({'key': events.s, 'value': events.n})) AS gathered,
  athena_map_of_entries(list({'key': events.s, 'value': events.n}) FILTER(WHERE
    events.b)) AS "some"
FROM demo.events AS events
