-- Athena
select
    element_at(tags, 'a') as tag,
    tags['b'] as required_tag,
    element_at(words, -1) as last_word,
    element_at(words, id) as some_word,
    words[1] as first_word
from events
-- DuckDB
SELECT
  events.tags['a'] AS tag,
  athena_map_value(events.tags, 'b') AS required_tag,
  list_extract(events.words, -1) AS last_word,
  athena_element(events.words, events.id) AS some_word,
  athena_array_value(events.words, 1) AS first_word
FROM demo.events AS events
