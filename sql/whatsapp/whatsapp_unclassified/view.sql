with events as (
    select * from whatsapp_all_events
)

select
    event_kind,
    event_type,
    occurred_at,
    aws_message_id,
    business_phone_number,
    waba_id,
    content,
    eventbridge_detail_type,
    aws_account_id,
    aws_region,
    ingest_timestamp,
    event_key
from events
where event_kind is null or event_kind = 'change'
