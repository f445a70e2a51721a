-- Athena
select from_iso8601_date(s) as found from events
-- DuckDB
SELECT
  athena_date_from_iso8601(events.s) AS found
FROM demo.events AS events
