with events as (
    select * from sms_v2_all_events
),

notifications as (
    select * from sms_inbound
)

select
    case when is_eventbridge_copy then cast('sms_eventbridge_events' as varchar) else 'sms_events' end as source_name,
    event_type,
    eventbridge_detail_type,
    occurred_at,
    message_id,
    message_status,
    cast(null as varchar) as notification,
    ingest_timestamp,
    event_key
from events
where channel is null
union all
select
    cast('sms_inbound' as varchar) as source_name,
    json_extract_scalar(message, '$.eventType') as event_type,
    cast(null as varchar) as eventbridge_detail_type,
    cast(try(from_iso8601_timestamp("timestamp")) at time zone 'UTC' as timestamp(3)) as occurred_at,
    cast(null as varchar) as message_id,
    cast(null as varchar) as message_status,
    message as notification,
    ingest_timestamp,
    messageid as event_key
from notifications
where coalesce(inboundmessageid, json_extract_scalar(message, '$.inboundMessageId')) is null
