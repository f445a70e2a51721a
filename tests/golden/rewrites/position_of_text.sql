-- Athena
select strpos(s, '@') as at_sign, position('.' in s) as dot from events
-- DuckDB
SELECT
  strpos(events.s, '@') AS at_sign,
  strpos(events.s, '.') AS dot
FROM demo.events AS events
