-- Athena
select events.id, word.word, other.place
from events
cross join unnest(events.words) as word (word)
left join unnest(events.others) with ordinality as other (other, place) on true
where word.word <> other.other
-- DuckDB
SELECT
  events.id AS id,
  events."word.word" AS word,
  events."other.place" AS place
FROM (
  SELECT
    events.*,
    unnest(CASE WHEN len(events.others) > 0 THEN events.others ELSE [NULL] END) AS "other.other",
    unnest(
      CASE
        WHEN len(events.others) > 0
        THEN range(1, len(events.others) + 1)
        ELSE [NULL]
      END
    ) AS "other.place"
  FROM (
    SELECT
      events.*,
      unnest(events.words) AS "word.word"
    FROM demo.events AS events
  ) AS events
) AS events
WHERE
  events."word.word" <> events."other.other"
