with messages as (
    select * from phone_message_status
)

select
    messageid,
    iso_country_code,
    type,
    carrier_fee,
    message_price,
    message_parts,
    total_price,
    destination_address,
    sending_address,
    carrier_name,
    delivered_at as text_delivered,
    successful_at as text_successful,
    queued_at as text_queued,
    pending_at as text_pending,
    blocked_at as text_blocked,
    ttl_expired_at as text_ttl_expired,
    carrier_unreachable_at as text_carrier_unreachable,
    invalid_at as text_invalid,
    invalid_message_at as text_invalid_message,
    carrier_blocked_at as text_carrier_blocked,
    unreachable_at as text_unreachable,
    spam_at as text_spam,
    unknown_at as text_unknown,
    context,
    ingest_timestamp,
    message_timestamp,
    last_status,
    status_description,
    message_status,
    message_date,
    protect_blocked_at as text_protect_blocked
from messages
where channel = 'text'
