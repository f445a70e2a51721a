with events as (
    select * from "engagementdb-events-table" as stored
),

message_events as (
    select
        messageid,
        status,
        nullif(statuscode, '') as statuscode,
        sendingaddress,
        element_at(destinationaddress, 1) as destinationaddress,
        tags,
        cast(from_unixtime(timestamp / 1e3) at time zone 'UTC' as timestamp(3)) as event_at,
        -- The map leaves a zero out; the event as it was published has it.
        coalesce(
            element_at(channeldata, 'isocountrycode'),
            json_extract_scalar(rawevent, '$.isoCountryCode'),
            nullif(isocountrycode, '')
        ) as iso_country_code,
        coalesce(
            try_cast(element_at(channeldata, 'totalmessageprice') as double),
            try_cast(json_extract_scalar(rawevent, '$.totalMessagePrice') as double)
        ) as message_price,
        coalesce(
            try_cast(element_at(channeldata, 'calldurationinseconds') as integer),
            try_cast(json_extract_scalar(rawevent, '$.callDurationInSeconds') as integer)
        ) as call_duration,
        -- A final event comes after every other one, whatever its time. An event that cannot be read
        -- is final unless its type expects another.
        if(
            coalesce(
                lower(json_extract_scalar(rawevent, '$.isFinal')) = 'true',
                status not in ('VOICE_INITIATED', 'VOICE_RINGING', 'VOICE_ANSWERED'),
                false
            ),
            '1',
            '0'
        )
        || lpad(cast(coalesce(timestamp, 0) as varchar), 20, '0')
        -- Of one moment the answer comes after the ringing.
        || if(status = 'VOICE_ANSWERED', '1', '0')
        || coalesce(status, '') as event_order,
        ingest_timestamp
    from events
    where channel = 'voice' and messageid is not null
),

messages as (
    select
        messageid,
        max_by(iso_country_code, event_order) filter (where iso_country_code is not null) as iso_country_code,
        max_by(message_price, event_order) filter (where message_price is not null) as message_price,
        max_by(call_duration, event_order) filter (where call_duration is not null) as call_duration,
        max_by(destinationaddress, event_order) filter (where destinationaddress is not null) as destination_address,
        -- The empty text stands where an event names no sender, and stays where none does.
        max_by(sendingaddress, if(sendingaddress = '', '0', '1') || event_order)
        filter (where sendingaddress is not null) as sending_address,
        max(event_at) filter (where status = 'VOICE_INITIATED') as voice_initiated,
        max(event_at) filter (where status = 'VOICE_RINGING') as voice_ringing,
        max(event_at) filter (where status = 'VOICE_ANSWERED') as voice_answered,
        max(event_at) filter (where status = 'VOICE_COMPLETED') as voice_completed,
        max(event_at) filter (where status = 'VOICE_BUSY') as voice_busy,
        max(event_at) filter (where status = 'VOICE_NO_ANSWER') as voice_no_answer,
        max(event_at) filter (where status = 'VOICE_TTL_EXPIRED') as voice_ttl_expired,
        max(event_at) filter (where status = 'VOICE_FAILED') as voice_failed,
        max_by(tags, if(cardinality(tags) > 0, '1', '0') || event_order) filter (where tags is not null) as context,
        min(ingest_timestamp) as ingest_timestamp,
        min(event_at) as message_timestamp,
        max_by(statuscode, event_order) as last_status,
        max_by(status, event_order) as last_event_type
    from message_events
    group by messageid
)

select
    messageid,
    iso_country_code,
    message_price,
    call_duration,
    destination_address,
    sending_address,
    voice_initiated,
    voice_ringing,
    voice_answered,
    voice_completed,
    voice_busy,
    voice_no_answer,
    voice_ttl_expired,
    voice_failed,
    context,
    ingest_timestamp,
    message_timestamp,
    last_status,
    case
        when last_event_type in ('VOICE_COMPLETED', 'VOICE_ANSWERED') then 'success'
        when last_event_type in ('VOICE_INITIATED', 'VOICE_RINGING') then 'pending'
        when last_event_type in ('VOICE_BUSY', 'VOICE_FAILED', 'VOICE_NO_ANSWER', 'VOICE_TTL_EXPIRED') then 'failed'
        else cast('unknown' as varchar)
    end as message_status,
    cast(message_timestamp as date) as message_date
from messages
