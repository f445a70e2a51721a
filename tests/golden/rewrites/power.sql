-- Athena
select power(x, n) as raised, power(x, 2) as squared from events
-- DuckDB
SELECT
  athena_to_the_power(CAST(events.x AS DOUBLE), CAST(events.n AS DOUBLE)) AS raised,
  pow(events.x, 2) AS squared
FROM demo.events AS events
