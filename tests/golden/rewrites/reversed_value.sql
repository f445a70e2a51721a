-- Athena
select reverse(s) as backwards, reverse(words) as last_first from events
-- DuckDB
SELECT
  athena_reverse(events.s) AS backwards,
  list_reverse(events.words) AS last_first
FROM demo.events AS events
