-- Athena
select sum(n) filter (where b) as some, sum(n) over (partition by s order by id) as running from events
-- DuckDB
SELECT
  CAST(sum(events.n) FILTER(WHERE
    events.b) AS BIGINT) AS "some",
  CAST(sum(events.n) OVER (PARTITION BY events.s ORDER BY events.id) AS BIGINT) AS running
FROM demo.events AS events
