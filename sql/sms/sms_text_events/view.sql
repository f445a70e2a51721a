with events as (
    select * from sms_v2_all_events
),

texts as (
    select *
    from events
    where starts_with(event_type, 'TEXT_')
)

select
    event_type,
    channel,
    occurred_at,
    sent_at,
    message_id,
    message_status,
    message_status_description,
    is_final,
    origination_phone_number,
    destination_phone_number,
    iso_country_code,
    is_international_send,
    mcc,
    mnc,
    carrier_name,
    message_type,
    message_encoding,
    message_parts,
    price_usd,
    fee_usd,
    context,
    campaign_id,
    protect_configuration_id,
    protect_status,
    protect_recommendation,
    protect_block_reason,
    rcs_business_id,
    rcs_agent_country,
    rcs_billing_type,
    conversation_message_id,
    conversation_message_type,
    conversation_fee_usd,
    event_version,
    is_eventbridge_copy,
    aws_account_id,
    aws_region,
    ingest_timestamp,
    event_key
from texts
