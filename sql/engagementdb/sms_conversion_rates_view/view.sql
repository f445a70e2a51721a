with messages as (
    select * from sms_message_status
)

select
    ingest_timestamp,
    cast(message_timestamp as date) as message_date,
    iso_country_code,
    type,
    sending_address,
    count(*) as total_messages,
    count_if(message_status = 'success') as successful_messages,
    round(count_if(message_status = 'success') * 1e0 / nullif(count(*), 0), 3) as success_rate_percentage,
    round(sum(message_price), 4) as total_message_price,
    round(sum(carrier_fee), 4) as total_carrier_fee,
    round(sum(total_price), 4) as total_cost,
    round(avg(message_parts), 2) as avg_message_parts,
    count_if(message_status = 'success') * 1e2 / nullif(count(*), 0) as success_percent,
    count_if(message_status in ('success', 'failed')) as settled_messages,
    count_if(message_status = 'success') * 1e0 / nullif(count_if(message_status in ('success', 'failed')), 0)
        as success_to_settled_fraction
from messages
group by
    ingest_timestamp,
    cast(message_timestamp as date),
    iso_country_code,
    type,
    sending_address
