-- Athena
select trim(s) as bare, ltrim(s, '+') as national, rtrim(s) as short, trim(both '/' from s) as path from events
-- DuckDB
SELECT
  athena_trim(events.s) AS bare,
  ltrim(events.s, '+') AS national,
  athena_rtrim(events.s) AS short,
  trim(events.s, '/') AS path
FROM demo.events AS events
