-- Athena
select
    transform_values(
        try(cast(json_parse(s) as map(varchar, json))),
        (k, v) -> coalesce(json_extract_scalar(v, '$'), json_format(v))
    ) as texts
from events
-- DuckDB
SELECT
  map_from_entries(
    list_transform(
      map_entries(
        try(
          map_from_entries(
            list_transform(
              athena_json_entries(athena_json_parse(events.s)),
              LAMBDA entry_ : {'key': entry_.key, 'value': entry_.value}
            )
          )
        )
      ),
      LAMBDA entry_1 : {'key': entry_1.key, 'value': coalesce(athena_json_value_scalar(entry_1.value, '$'), athena_json_format(entry_1.value))}
    )
  ) AS texts
FROM demo.events AS events
