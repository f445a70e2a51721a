-- Athena
select map_filter(tags, (k, v) -> v is not null and k <> 'x') as kept from events
-- DuckDB
SELECT
  map_from_entries(
    list_filter(
      map_entries(events.tags),
      LAMBDA entry_ : NOT entry_.value IS NULL AND entry_.key <> 'x'
    )
  ) AS kept
FROM demo.events AS events
