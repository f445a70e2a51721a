-- Orders with a tag, the largest first.
with orders as (
    select * from "prod-shop".orders_v2 as orders  -- imported under its own name
),

tagged as (
    select
        o.id,
        o.amount / 100 as euros,            /* whole euros: cents are cut */
        element_at(o.tags, 'channel') as "Channel"
    from orders as o
    where o.tags is not null
)

SELECT
    tagged.id,
    tagged.euros,
    tagged."Channel",
    refunds.amount as refunded
FROM tagged
LEFT JOIN "prod-shop".refunds_v2 as refunds ON tagged.id = refunds.id
order by tagged.euros desc
