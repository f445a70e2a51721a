with events as (
    select * from "engagementdb-events-table"
),

statuses as (
    select
        messageid,
        statuscode,
        sendingaddress,
        element_at(destinationaddress, 1) as destinationaddress,
        cast(try(from_unixtime(timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as status_at,
        coalesce(
            json_extract_scalar(rawevent, '$.changes[0].value.statuses[0].conversation.id'),
            element_at(channeldata, 'conversationid')
        ) as conversation_id,
        coalesce(
            json_extract_scalar(rawevent, '$.changes[0].value.statuses[0].biz_opaque_callback_data'),
            element_at(channeldata, 'bizopaquecallbackdata')
        ) as biz_opaque,
        coalesce(
            json_extract_scalar(rawevent, '$.changes[0].value.statuses[0].conversation.origin.type'),
            element_at(channeldata, 'conversationtype')
        ) as origin_type,
        lpad(cast(coalesce(timestamp, 0) as varchar), 20, '0') || status || messageid as status_order,
        ingest_timestamp
    from events
    where channel = 'whatsapp' and type = 'messageStatus' and status <> 'accepted' and messageid is not null
),

conversations as (
    select
        conversation_id,
        count(distinct messageid) as total_messages,
        min(ingest_timestamp) as ingest_timestamp,
        min(status_at) as first_status_at,
        max(status_at) as last_status_at,
        max_by(sendingaddress, status_order) filter (where sendingaddress is not null) as sending_address,
        max_by(destinationaddress, status_order) filter (where destinationaddress is not null) as destination_address,
        max_by(biz_opaque, status_order) filter (where biz_opaque is not null) as biz_opaque,
        -- The empty text stands where a status has no error, and stays where none has one.
        max_by(statuscode, if(statuscode = '', '0', '1') || status_order)
        filter (where statuscode is not null) as status_code,
        max_by(origin_type, status_order) filter (where origin_type is not null) as origin_type
    from statuses
    where conversation_id is not null
    group by conversation_id
)

select
    conversation_id,
    total_messages,
    ingest_timestamp,
    first_status_at as message_timestamp,
    first_status_at as first_message_timestamp,
    last_status_at as last_message_timestamp,
    cast(date_diff('second', first_status_at, last_status_at) as integer) as conversation_duration_seconds,
    date_diff('second', first_status_at, last_status_at) / 6e1 as conversation_duration_minutes,
    sending_address,
    destination_address,
    biz_opaque,
    status_code,
    origin_type,
    cast(first_status_at as date) as message_date
from conversations
