-- Athena
select regexp_replace(s, '(\w+)@(\w+)', '$2 at $1') as shown, regexp_replace(s, '\d') as without_digits from events
-- DuckDB
SELECT
  regexp_replace(events.s, '(\w+)@(\w+)', '\2 at \1', 'g') AS shown,
  regexp_replace(events.s, '\d', '', 'g') AS without_digits
FROM demo.events AS events
