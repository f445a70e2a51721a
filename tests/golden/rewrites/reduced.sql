-- Athena
select reduce(numbers, 0, (total, v) -> total + v, total -> total * 2) as doubled from events
-- DuckDB
SELECT
  list_extract(
    list_transform(
      list_value(list_reduce(events.numbers, LAMBDA total, v : total + v, CAST(0 AS BIGINT))),
      LAMBDA total : total * 2
    ),
    1
  ) AS doubled
FROM demo.events AS events
