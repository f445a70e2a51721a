with events as (
    select * from "engagementdb-events-table" as stored
),

message_events as (
    select
        messageid,
        nullif(type, '') as type,
        status,
        nullif(statuscode, '') as statuscode,
        nullif(statusmessage, '') as statusmessage,
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
            try_cast(element_at(channeldata, 'totalcarrierfee') as double),
            try_cast(json_extract_scalar(rawevent, '$.totalCarrierFee') as double)
        ) as carrier_fee,
        coalesce(
            try_cast(element_at(channeldata, 'totalmessageparts') as integer),
            try_cast(json_extract_scalar(rawevent, '$.totalMessageParts') as integer)
        ) as message_parts,
        json_extract_scalar(rawevent, '$.carrierName') as carrier_name,
        -- A final event comes after every other one, whatever its time. An event that cannot be read
        -- is final unless its type expects another.
        if(
            coalesce(
                lower(json_extract_scalar(rawevent, '$.isFinal')) = 'true',
                status not in ('MEDIA_PENDING', 'MEDIA_QUEUED', 'MEDIA_SUCCESSFUL'),
                false
            ),
            '1',
            '0'
        )
        || lpad(cast(coalesce(timestamp, 0) as varchar), 20, '0')
        || coalesce(status, '') as event_order,
        ingest_timestamp
    from events
    where channel = 'media' and messageid is not null
),

messages as (
    select
        messageid,
        max_by(iso_country_code, event_order) filter (where iso_country_code is not null) as iso_country_code,
        max_by(type, event_order) filter (where type is not null) as type,
        max_by(carrier_fee, event_order)
        filter (where message_price is not null or carrier_fee is not null) as carrier_fee,
        max_by(message_price, event_order)
        filter (where message_price is not null or carrier_fee is not null) as message_price,
        max_by(message_parts, event_order) filter (where message_parts is not null) as message_parts,
        max_by(destinationaddress, event_order) filter (where destinationaddress is not null) as destination_address,
        -- The empty text stands where an event names no sender, and stays where none does.
        max_by(sendingaddress, if(sendingaddress = '', '0', '1') || event_order)
        filter (where sendingaddress is not null) as sending_address,
        max_by(carrier_name, event_order) filter (where carrier_name is not null) as carrier_name,
        max(event_at) filter (where status = 'MEDIA_DELIVERED') as media_delivered,
        max(event_at) filter (where status = 'MEDIA_SUCCESSFUL') as media_successful,
        max(event_at) filter (where status = 'MEDIA_QUEUED') as media_queued,
        max(event_at) filter (where status = 'MEDIA_PENDING') as media_pending,
        max(event_at) filter (where status = 'MEDIA_BLOCKED') as media_blocked,
        max(event_at) filter (where status = 'MEDIA_TTL_EXPIRED') as media_ttl_expired,
        max(event_at) filter (where status = 'MEDIA_CARRIER_UNREACHABLE') as media_carrier_unreachable,
        max(event_at) filter (where status = 'MEDIA_INVALID') as media_invalid,
        max(event_at) filter (where status = 'MEDIA_INVALID_MESSAGE') as media_invalid_message,
        max(event_at) filter (where status = 'MEDIA_CARRIER_BLOCKED') as media_carrier_blocked,
        max(event_at) filter (where status = 'MEDIA_UNREACHABLE') as media_unreachable,
        max(event_at) filter (where status = 'MEDIA_SPAM') as media_spam,
        max(event_at) filter (where status = 'MEDIA_UNKNOWN') as media_unknown,
        max(event_at) filter (where status = 'MEDIA_FILE_TYPE_UNSUPPORTED') as media_type_unsupported,
        max(event_at) filter (where status = 'MEDIA_FILE_SIZE_EXCEEDED') as media_size_exceeded,
        max(event_at) filter (where status = 'MEDIA_FILE_INACCESSIBLE') as media_inaccessible,
        max_by(tags, if(cardinality(tags) > 0, '1', '0') || event_order) filter (where tags is not null) as context,
        min(ingest_timestamp) as ingest_timestamp,
        min(event_at) as message_timestamp,
        max_by(statuscode, event_order) as last_status,
        max_by(statusmessage, event_order) as status_description,
        max_by(status, event_order) as last_event_type
    from message_events
    group by messageid
)

select
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
    destination_address,
    sending_address,
    carrier_name,
    media_delivered,
    media_successful,
    media_queued,
    media_pending,
    media_blocked,
    media_ttl_expired,
    media_carrier_unreachable,
    media_invalid,
    media_invalid_message,
    media_carrier_blocked,
    media_unreachable,
    media_spam,
    media_unknown,
    media_type_unsupported,
    media_size_exceeded,
    media_inaccessible,
    context,
    ingest_timestamp,
    message_timestamp,
    last_status,
    status_description,
    case
        when last_event_type in ('MEDIA_DELIVERED', 'MEDIA_SUCCESSFUL') then 'success'
        when last_event_type in ('MEDIA_PENDING', 'MEDIA_QUEUED') then 'pending'
        when
            last_event_type in (
                'MEDIA_BLOCKED',
                'MEDIA_CARRIER_BLOCKED',
                'MEDIA_CARRIER_UNREACHABLE',
                'MEDIA_FILE_INACCESSIBLE',
                'MEDIA_FILE_SIZE_EXCEEDED',
                'MEDIA_FILE_TYPE_UNSUPPORTED',
                'MEDIA_INVALID',
                'MEDIA_INVALID_MESSAGE',
                'MEDIA_SPAM',
                'MEDIA_TTL_EXPIRED',
                'MEDIA_UNKNOWN',
                'MEDIA_UNREACHABLE'
            )
            then 'failed'
        else cast('unknown' as varchar)
    end as message_status,
    cast(message_timestamp as date) as message_date
from messages
