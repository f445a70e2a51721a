-- Athena
select lower(to_hex(sha256(to_utf8(lower(trim(s)))))) as digest from events
-- DuckDB
SELECT
  lower(hex(unhex(sha256(encode(lower(athena_trim(events.s))))))) AS digest
FROM demo.events AS events
