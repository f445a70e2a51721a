with events as (
    select * from "engagementdb-events-table"
),

message_events as (
    select
        channel,
        messageid,
        nullif(type, '') as type,
        status,
        -- The kind without its channel: TEXT_DELIVERED and MEDIA_DELIVERED are one outcome.
        substr(status, strpos(status, '_') + 1) as outcome,
        nullif(statuscode, '') as statuscode,
        nullif(statusmessage, '') as statusmessage,
        sendingaddress,
        element_at(destinationaddress, 1) as destinationaddress,
        tags,
        lpad(cast(coalesce(timestamp, 0) as varchar), 20, '0') as time_order,
        cast(try(from_unixtime(timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as event_at,
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
            try_cast(element_at(channeldata, 'totalcarrierfee') as double),
            try_cast(json_extract_scalar(rawevent, '$.totalCarrierFee') as double)
        ) as carrier_fee,
        coalesce(
            try_cast(element_at(channeldata, 'totalmessageparts') as integer),
            try_cast(json_extract_scalar(rawevent, '$.totalMessageParts') as integer)
        ) as message_parts,
        coalesce(
            try_cast(element_at(channeldata, 'calldurationinseconds') as integer),
            try_cast(json_extract_scalar(rawevent, '$.callDurationInSeconds') as integer)
        ) as call_duration,
        json_extract_scalar(rawevent, '$.carrierName') as carrier_name,
        lower(json_extract_scalar(rawevent, '$.isFinal')) = 'true' as is_final,
        ingest_timestamp
    from events
    where channel in ('text', 'media', 'voice') and messageid is not null
),

ordered_events as (
    select
        *,
        -- A final event comes after every other one, whatever its time. An event that cannot be read
        -- is final unless its type expects another.
        if(
            coalesce(
                is_final,
                outcome not in ('PENDING', 'QUEUED', 'SENT', 'SUCCESSFUL', 'INITIATED', 'RINGING', 'ANSWERED'),
                false
            ),
            '1',
            '0'
        )
        || time_order
        -- Of one moment the answer comes after the ringing.
        || if(outcome = 'ANSWERED', '1', '0')
        || coalesce(status, '') as event_order
    from message_events
),

messages as (
    select
        channel,
        messageid,
        max_by(iso_country_code, event_order) filter (where iso_country_code is not null) as iso_country_code,
        max_by(type, event_order) filter (where type is not null) as type,
        max_by(carrier_fee, event_order)
        filter (where message_price is not null or carrier_fee is not null) as carrier_fee,
        max_by(message_price, event_order)
        filter (where message_price is not null or carrier_fee is not null) as message_price,
        max_by(message_parts, event_order) filter (where message_parts is not null) as message_parts,
        max_by(call_duration, event_order) filter (where call_duration is not null) as call_duration,
        max_by(destinationaddress, event_order) filter (where destinationaddress is not null) as destination_address,
        -- The empty text stands where an event names no sender, and stays where none does.
        max_by(sendingaddress, if(sendingaddress = '', '0', '1') || event_order)
        filter (where sendingaddress is not null) as sending_address,
        max_by(carrier_name, event_order) filter (where carrier_name is not null) as carrier_name,
        max(event_at) filter (where outcome = 'DELIVERED') as delivered_at,
        max(event_at) filter (where outcome = 'SUCCESSFUL') as successful_at,
        max(event_at) filter (where outcome = 'QUEUED') as queued_at,
        max(event_at) filter (where outcome = 'PENDING') as pending_at,
        max(event_at) filter (where outcome = 'BLOCKED') as blocked_at,
        max(event_at) filter (where outcome = 'TTL_EXPIRED') as ttl_expired_at,
        max(event_at) filter (where outcome = 'CARRIER_UNREACHABLE') as carrier_unreachable_at,
        max(event_at) filter (where outcome = 'INVALID') as invalid_at,
        max(event_at) filter (where outcome = 'INVALID_MESSAGE') as invalid_message_at,
        max(event_at) filter (where outcome = 'CARRIER_BLOCKED') as carrier_blocked_at,
        max(event_at) filter (where outcome = 'UNREACHABLE') as unreachable_at,
        max(event_at) filter (where outcome = 'SPAM') as spam_at,
        max(event_at) filter (where outcome = 'UNKNOWN') as unknown_at,
        max(event_at) filter (where outcome = 'PROTECT_BLOCKED') as protect_blocked_at,
        max(event_at) filter (where outcome = 'FILE_TYPE_UNSUPPORTED') as file_type_unsupported_at,
        max(event_at) filter (where outcome = 'FILE_SIZE_EXCEEDED') as file_size_exceeded_at,
        max(event_at) filter (where outcome = 'FILE_INACCESSIBLE') as file_inaccessible_at,
        max(event_at) filter (where outcome = 'INITIATED') as initiated_at,
        max(event_at) filter (where outcome = 'RINGING') as ringing_at,
        max(event_at) filter (where outcome = 'ANSWERED') as answered_at,
        max(event_at) filter (where outcome = 'COMPLETED') as completed_at,
        max(event_at) filter (where outcome = 'BUSY') as busy_at,
        max(event_at) filter (where outcome = 'NO_ANSWER') as no_answer_at,
        max(event_at) filter (where outcome = 'FAILED') as failed_at,
        max_by(tags, if(cardinality(tags) > 0, '1', '0') || event_order) filter (where tags is not null) as context,
        min(ingest_timestamp) as ingest_timestamp,
        min(event_at) as message_timestamp,
        max_by(statuscode, event_order) as last_status,
        max_by(statusmessage, event_order) as status_description,
        max_by(outcome, event_order) as last_outcome
    from ordered_events
    group by channel, messageid
)

select
    channel,
    messageid,
    iso_country_code,
    type,
    carrier_fee,
    message_price,
    message_parts,
    case
        when message_price is not null or carrier_fee is not null
            then round(coalesce(message_price, 0e0) + coalesce(carrier_fee, 0e0), 5)
    end as total_price,
    call_duration,
    destination_address,
    sending_address,
    carrier_name,
    delivered_at,
    successful_at,
    queued_at,
    pending_at,
    blocked_at,
    ttl_expired_at,
    carrier_unreachable_at,
    invalid_at,
    invalid_message_at,
    carrier_blocked_at,
    unreachable_at,
    spam_at,
    unknown_at,
    protect_blocked_at,
    file_type_unsupported_at,
    file_size_exceeded_at,
    file_inaccessible_at,
    initiated_at,
    ringing_at,
    answered_at,
    completed_at,
    busy_at,
    no_answer_at,
    failed_at,
    context,
    ingest_timestamp,
    message_timestamp,
    last_status,
    status_description,
    case
        when last_outcome in ('DELIVERED', 'SUCCESSFUL', 'COMPLETED', 'ANSWERED') then 'success'
        when last_outcome in ('PENDING', 'QUEUED', 'SENT', 'INITIATED', 'RINGING') then 'pending'
        when
            last_outcome in (
                'BLOCKED',
                'BUSY',
                'CARRIER_BLOCKED',
                'CARRIER_UNREACHABLE',
                'FAILED',
                'FILE_INACCESSIBLE',
                'FILE_SIZE_EXCEEDED',
                'FILE_TYPE_UNSUPPORTED',
                'INVALID',
                'INVALID_MESSAGE',
                'NO_ANSWER',
                'PROTECT_BLOCKED',
                'SPAM',
                'TTL_EXPIRED',
                'UNKNOWN',
                'UNREACHABLE'
            )
            then 'failed'
        else cast('unknown' as varchar)
    end as message_status,
    cast(message_timestamp as date) as message_date
from messages
