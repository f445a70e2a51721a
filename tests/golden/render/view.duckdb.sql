/* Orders with a tag, the largest first. */
WITH orders AS (
  SELECT
    orders.id AS id,
    orders.amount AS amount,
    orders.tags AS tags
  FROM "prod-shop"."orders_v2" AS orders /* imported under its own name */
), tagged AS (
  SELECT
    o.id AS id,
    o.amount // 100 AS euros, /* whole euros: cents are cut */
    o.tags['channel'] AS "channel"
  FROM orders AS o
  WHERE
    NOT o.tags IS NULL
)
SELECT
  tagged.id AS id,
  tagged.euros AS euros,
  tagged."channel" AS "channel",
  refunds.amount AS refunded
FROM tagged AS tagged
LEFT JOIN "prod-shop"."refunds_v2" AS refunds
  ON tagged.id = refunds.id
ORDER BY
  tagged.euros DESC
