-- Athena
select transform_values(tags, (k, v) -> nullif(v, 'null')) as cleaned from events
-- DuckDB
SELECT
  map_from_entries(
    list_transform(
      map_entries(events.tags),
      LAMBDA entry_ : {'key': entry_.key, 'value': nullif(entry_.value, 'null')}
    )
  ) AS cleaned
FROM demo.events AS events
