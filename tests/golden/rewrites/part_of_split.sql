-- Athena
select split_part(s, '@', 2) as domain from events
-- DuckDB
SELECT
  list_extract(string_split(events.s, '@'), 2) AS domain
FROM demo.events AS events
