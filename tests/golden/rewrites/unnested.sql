-- Athena
select
    events.id,
    tag.name,
    tag.value,
    person.person_name,
    person.amount,
    person.place,
    word.word
from events
cross join unnest(events.tags) as tag (name, value)
left join unnest(events.people) with ordinality as person (person_name, amount, place) on true
cross join unnest(events.words) as word (word)
-- DuckDB
SELECT
  events.id AS id,
  tag.name AS name,
  tag.value AS value,
  person.person_name AS person_name,
  person.amount AS amount,
  person.place AS place,
  word.word AS word
FROM demo.events AS events
CROSS JOIN (
  SELECT
    unnest(map_keys(events.tags)),
    unnest(map_values(events.tags))
) AS tag(name, value)
LEFT JOIN (
  SELECT
    unnest(list_transform(events.people, LAMBDA row_ : struct_extract(row_, 'name'))),
    unnest(list_transform(events.people, LAMBDA row_ : struct_extract(row_, 'amount'))),
    unnest(
      range(
        1,
        greatest(
          coalesce(len(list_transform(events.people, LAMBDA row_ : struct_extract(row_, 'name'))), 0),
          coalesce(
            len(list_transform(events.people, LAMBDA row_ : struct_extract(row_, 'amount'))),
            0
          )
        ) + 1
      )
    )
) AS person(person_name, amount, place)
  ON TRUE
CROSS JOIN UNNEST(events.words) AS word(word)
