with events as (
    select * from sms_v2_all_events
),

calls as (
    select *
    from events
    where starts_with(event_type, 'VOICE_')
)

select
    event_type,
    occurred_at,
    sent_at,
    message_id,
    message_status,
    is_final,
    origination_phone_number,
    destination_phone_number,
    iso_country_code,
    call_duration_s,
    charged_duration_min,
    price_usd,
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
from calls
