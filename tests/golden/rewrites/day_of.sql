-- Athena
select date(s) as read, date(at) as cut from events
-- DuckDB
SELECT
  athena_text_to_date(events.s) AS read,
  CAST(events."at" AS DATE) AS cut
FROM demo.events AS events
