-- Athena
select json_format(json_extract(s, '$.a[0]["b c"]')) as part from events
-- DuckDB
SELECT
  athena_json_escaped(athena_json_format(athena_json_extract(events.s, '$."a"[0]."b c"'))) AS part
FROM demo.events AS events
