-- Athena
select transform_keys(tags, (k, v) -> lower(k)) as lowered from events
-- DuckDB
SELECT
  map_from_entries(
    list_transform(
      map_entries(events.tags),
      LAMBDA entry_ : {'key': lower(entry_.key), 'value': entry_.value}
    )
  ) AS lowered
FROM demo.events AS events
