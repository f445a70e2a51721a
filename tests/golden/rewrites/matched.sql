-- Athena
select regexp_like(s, '^\s*(?i)yes$') as agreed from events
-- DuckDB
SELECT
  regexp_matches(events.s, '^[\t\n\x0b\f\r ]*(?i)yes(?:\n?\z)') AS agreed
FROM demo.events AS events
