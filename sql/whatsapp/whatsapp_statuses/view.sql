with events as (
    select * from whatsapp_all_events
)

select
    event_type as status,
    occurred_at,
    received_at,
    message_id,
    aws_message_id,
    customer_phone_number,
    recipient_user_id,
    business_phone_number,
    phone_number_id,
    waba_id,
    is_billable,
    pricing_model,
    pricing_category,
    pricing_type,
    -- WhatsApp tells the rate and no amount.
    cast(null as double) as price_usd,
    conversation_id,
    conversation_origin,
    conversation_expires_at,
    error_code,
    error_title,
    error_message,
    error_details,
    callback_data,
    callback_values,
    campaign_id,
    is_eventbridge_event,
    eventbridge_detail_type,
    aws_account_id,
    aws_region,
    ingest_timestamp,
    event_key
from events
where event_kind = 'status'
