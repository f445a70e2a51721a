-- Athena
select cast(at_timezone(from_unixtime(id), 'Asia/Tokyo') as date) as day_in_tokyo, cast(from_unixtime(id) at time zone '+05:30' as timestamp(3)) as in_india from events
-- DuckDB
SELECT
  CAST(timezone('Asia/Tokyo', timezone('UTC', athena_from_unixtime(events.id))) AS DATE) AS day_in_tokyo,
  CAST((
    athena_from_unixtime(events.id) + INTERVAL '330' MINUTE
  ) AS TIMESTAMP) AS in_india
FROM demo.events AS events
