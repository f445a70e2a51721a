with messages as (
    select * from phone_message_status
)

select
    messageid,
    iso_country_code,
    message_price,
    call_duration,
    destination_address,
    sending_address,
    initiated_at as voice_initiated,
    ringing_at as voice_ringing,
    answered_at as voice_answered,
    completed_at as voice_completed,
    busy_at as voice_busy,
    no_answer_at as voice_no_answer,
    ttl_expired_at as voice_ttl_expired,
    failed_at as voice_failed,
    context,
    ingest_timestamp,
    message_timestamp,
    last_status,
    message_status,
    message_date
from messages
where channel = 'voice'
