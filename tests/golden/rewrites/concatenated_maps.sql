-- Athena
select map_concat(tags, map(array['a'], array['b']), tags) as merged from events
-- DuckDB
SELECT
  athena_map_concat(athena_map_concat(events.tags, map(['a'], ['b'])), events.tags) AS merged
FROM demo.events AS events
