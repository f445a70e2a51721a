-- Athena
select array_join(words, ', ') as listed, array_join(numbers, '-', '?') as numbered from events
-- DuckDB
SELECT
  athena_array_join(CAST(events.words AS TEXT[]), ', ') AS listed,
  athena_array_join(
    list_transform(CAST(events.numbers AS TEXT[]), LAMBDA element_ : coalesce(element_, '?')),
    '-'
  ) AS numbered
FROM demo.events AS events
