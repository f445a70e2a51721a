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
    delivered_at as media_delivered,
    successful_at as media_successful,
    queued_at as media_queued,
    pending_at as media_pending,
    blocked_at as media_blocked,
    ttl_expired_at as media_ttl_expired,
    carrier_unreachable_at as media_carrier_unreachable,
    invalid_at as media_invalid,
    invalid_message_at as media_invalid_message,
    carrier_blocked_at as media_carrier_blocked,
    unreachable_at as media_unreachable,
    spam_at as media_spam,
    unknown_at as media_unknown,
    file_type_unsupported_at as media_type_unsupported,
    file_size_exceeded_at as media_size_exceeded,
    file_inaccessible_at as media_inaccessible,
    context,
    ingest_timestamp,
    message_timestamp,
    last_status,
    status_description,
    message_status,
    message_date
from messages
where channel = 'media'
