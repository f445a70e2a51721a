-- Athena
select regexp_split(s, '\s*;\s*') as parts from events
-- DuckDB
SELECT
  string_split_regex(events.s, '[\t\n\x0b\f\r ]*;[\t\n\x0b\f\r ]*') AS parts
FROM demo.events AS events
