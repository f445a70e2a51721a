with messages as (
    select * from whatsapp_message_status
)

select
    sending_address,
    ingest_timestamp,
    cast(message_timestamp as date) as message_timestamp,
    cast(message_timestamp as date) as message_date,
    count(*) as total_messages,
    count(accepted_timestamp) as accepted_count,
    count(sent_timestamp) as sent_count,
    count(delivered_timestamp) as delivered_count,
    count(read_timestamp) as read_count,
    count(failed_timestamp) as failed_count,
    coalesce(
        round(count(sent_timestamp) * 1e0 / nullif(count(coalesce(accepted_timestamp, sent_timestamp)), 0), 3), 0e0
    ) as accepted_to_sent_rate,
    coalesce(round(count(delivered_timestamp) * 1e0 / nullif(count(sent_timestamp), 0), 3), 0e0) as sent_to_delivered_rate,
    coalesce(
        round(count(read_timestamp) * 1e0 / nullif(count(coalesce(delivered_timestamp, read_timestamp)), 0), 3), 0e0
    ) as delivered_to_read_rate,
    coalesce(round(count(failed_timestamp) * 1e0 / nullif(count(sent_timestamp), 0), 3), 0e0) as sent_to_failed_rate
from messages
group by
    sending_address,
    ingest_timestamp,
    cast(message_timestamp as date)
