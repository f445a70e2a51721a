with events as (
    select * from sms_v2_all_events
),

media as (
    select *
    from events
    where starts_with(event_type, 'MEDIA_')
)

select
    event_type,
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
    content_type,
    context,
    campaign_id,
    protect_configuration_id,
    protect_status,
    protect_recommendation,
    protect_block_reason,
    event_version,
    is_eventbridge_copy,
    aws_account_id,
    aws_region,
    ingest_timestamp,
    event_key
from media
