with events as (
    select * from whatsapp_all_events
)

select
    event_type as message_kind,
    occurred_at,
    received_at,
    message_id,
    aws_message_id,
    customer_phone_number,
    customer_name,
    business_phone_number,
    phone_number_id,
    waba_id,
    message_body,
    previous_message_id,
    reply_kind,
    reply_id,
    reply_description,
    media_id,
    mime_type,
    content,
    error_code,
    error_title,
    error_details,
    is_eventbridge_event,
    aws_account_id,
    aws_region,
    ingest_timestamp,
    event_key
from events
where event_kind = 'message'
