-- Athena
select to_hex(sha1(to_utf8(s))) as digest from events
-- DuckDB
SELECT
  hex(unhex(sha1(encode(events.s)))) AS digest
FROM demo.events AS events
