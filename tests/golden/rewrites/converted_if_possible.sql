-- Athena
select try_cast(s as double) as amount, try_cast(x as bigint) as whole from events
-- DuckDB
SELECT
  try(athena_text_to_double(events.s)) AS amount,
  try(CAST(round(events.x) AS BIGINT)) AS whole
FROM demo.events AS events
