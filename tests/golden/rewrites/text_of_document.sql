-- Athena
select json_format(cast(tags as json)) as tags_text, json_format(json_extract(s, '$')) as same from events
-- DuckDB
SELECT
  athena_json_escaped(athena_json_format(athena_json_of_parts(athena_sorted_map(events.tags)))) AS tags_text,
  athena_json_escaped(athena_json_format(athena_json_extract(events.s, '$'))) AS same
FROM demo.events AS events
