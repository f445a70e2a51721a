-- Athena
select log2(x) as binary, log10(x) as decimal_places, log(3e0, x) as ternary from events
-- DuckDB
SELECT
  log2(events.x) AS "binary",
  log10(events.x) AS decimal_places,
  log(3e0, events.x) AS ternary
FROM demo.events AS events
