-- Athena
select to_unixtime(with_timezone(at, 'America/New_York')) as seconds from events
-- DuckDB
SELECT
  epoch(athena_with_timezone('America/New_York', events."at")) AS seconds
FROM demo.events AS events
