-- Athena
select date_format(at, '%Y-%m-%d %H:%i') as minute, date_format(day, '%x-W%v') as week from events
-- DuckDB
SELECT
  strftime(events."at", '%Y-%m-%d %H:%M') AS minute,
  strftime(events.day, '%G-W%V') AS week
FROM demo.events AS events
