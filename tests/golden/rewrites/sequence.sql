-- Athena
select
    sequence(1, n) as numbers,
    sequence(n, 1, -2) as backwards,
    sequence(day, current_date) as days,
    sequence(day, current_date, interval '1' month) as months
from events
-- DuckDB
SELECT
  athena_sequence(1, events.n) AS numbers,
  athena_sequence_by(events.n, 1, -2) AS backwards,
  athena_days(events.day, CAST(date_trunc('millisecond', timezone('UTC', now())) AS DATE)) AS days,
  athena_days_by_month(events.day, CAST(date_trunc('millisecond', timezone('UTC', now())) AS DATE), 1) AS months
FROM demo.events AS events
