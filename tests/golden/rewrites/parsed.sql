-- Athena
select date_parse(s, '%Y/%m/%d/%H') as hour_of_path from events
-- DuckDB
SELECT
  date_trunc('millisecond', strptime(events.s, '%Y/%m/%d/%H')) AS hour_of_path
FROM demo.events AS events
