-- Athena
select
    cast(s as bigint) as whole,
    cast(x as varchar) as written,
    cast(x as integer) as rounded,
    cast(s as timestamp(3)) as moment,
    cast(at as varchar) as moment_text,
    cast(words as array(double)) as doubles,
    cast(tags as map(varchar, bigint)) as counts
from events
-- DuckDB
SELECT
  athena_text_to_bigint(events.s) AS whole,
  athena_double_to_text(events.x) AS written,
  CAST(round(events.x) AS INT) AS rounded,
  athena_text_to_timestamp(events.s) AS moment,
  strftime(events."at", '%Y-%m-%d %H:%M:%S.%g') AS moment_text,
  list_transform(events.words, LAMBDA element_ : athena_text_to_double(element_)) AS doubles,
  map_from_entries(
    list_transform(
      map_entries(events.tags),
      LAMBDA entry_ : {'key': CAST(entry_.key AS TEXT), 'value': athena_text_to_bigint(entry_.value)}
    )
  ) AS counts
FROM demo.events AS events
