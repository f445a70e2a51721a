-- Athena
select to_hex(md5(to_utf8(s))) as digest from events
-- DuckDB
SELECT
  hex(unhex(md5(encode(events.s)))) AS digest
FROM demo.events AS events
