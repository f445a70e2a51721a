-- Athena
select substr(s, 2) as rest, substr(s, 1, 3) as beginning, substr(s, n) as counted, substr(s, -3, 2) as ending from events
-- DuckDB
SELECT
  substr(events.s, 2) AS rest,
  substr(events.s, 1, 3) AS beginning,
  athena_substr(events.s, events.n) AS counted,
  athena_substr_of_length(events.s, -3, 2) AS ending
FROM demo.events AS events
