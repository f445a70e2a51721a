-- Athena
select to_iso8601(at) as moment, to_iso8601(day) as date_text, to_iso8601(from_unixtime(id)) as instant from events
-- DuckDB
SELECT
  strftime(events."at", '%Y-%m-%dT%H:%M:%S.%g') AS moment,
  CAST(events.day AS TEXT) AS date_text,
  strftime(athena_from_unixtime(events.id), '%Y-%m-%dT%H:%M:%S.%gZ') AS instant
FROM demo.events AS events
