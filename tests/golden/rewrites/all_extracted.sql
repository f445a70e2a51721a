-- Athena
select regexp_extract_all(s, '(\w+)=(\w+)', 2) as found from events
-- DuckDB
SELECT
  regexp_extract_all(events.s, '(\w+)=(\w+)', 2) AS found
FROM demo.events AS events
