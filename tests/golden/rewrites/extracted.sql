-- Athena
select
    regexp_extract(s, '@(.+)$', 1) as domain,
    regexp_extract(s, '\d*') as digits,
    regexp_extract(s, '\b[245]\.\d{1,3}\.\d{1,3}\b') as status
from events
-- DuckDB
SELECT
  nullif(regexp_extract(athena_regexp_subject(events.s, '@(.+)\z'), '@(.+)\z', 1), '') AS domain,
  CASE
    WHEN regexp_matches(events.s, '\d*')
    THEN regexp_extract(events.s, '\d*', 0)
  END AS digits,
  nullif(
    regexp_extract(
      regexp_replace(
        events.s,
        '[^\x00-\x7F\P{L}]|[^\x00-\x7F\P{M}]|[^\x00-\x7F\P{N}]|[^\x00-\x7F\P{Pc}]',
        '_',
        'g'
      ),
      '\b[245]\.\d{1,3}\.\d{1,3}\b',
      0
    ),
    ''
  ) AS status
FROM demo.events AS events
