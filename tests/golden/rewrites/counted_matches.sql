-- Athena
select regexp_count(s, '\d+') as numbers_in_text from events
-- DuckDB
SELECT
  len(regexp_extract_all(events.s, '\d+')) AS numbers_in_text
FROM demo.events AS events
