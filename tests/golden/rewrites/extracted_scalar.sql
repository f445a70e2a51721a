-- Athena
select
    json_extract_scalar(s, '$.price') as written,
    json_extract_scalar(json_parse(s), '$.price') as parsed
from events
-- DuckDB
SELECT
  athena_json_text_scalar(events.s, '$."price"', '\x{22}\x{70}\x{72}\x{69}\x{63}\x{65}\x{22}\s*:\s*') AS written,
  athena_json_value_scalar(athena_json_parse(events.s), '$."price"') AS parsed
FROM demo.events AS events
