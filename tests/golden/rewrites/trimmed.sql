-- Athena
select trim(s) as bare, ltrim(s, '+') as national, rtrim(s) as short, trim(both '/' from s) as path from events
-- DuckDB
SELECT
  trim(events.s, athena_blanks()) AS bare,
  ltrim(events.s, '+') AS national,
  rtrim(events.s, athena_blanks()) AS short,
  trim(events.s, '/') AS path
FROM demo.events AS events
