-- Athena
select cast(row(s, n) as row(name varchar, amount bigint)).amount as amount from events
-- DuckDB
SELECT
  {'name': CAST(events.s AS TEXT), 'amount': CAST(events.n AS BIGINT)}.amount AS amount
FROM demo.events AS events
