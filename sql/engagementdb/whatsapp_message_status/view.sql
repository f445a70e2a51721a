with events as (
    select * from "engagementdb-events-table"
),

statuses as (
    select
        messageid,
        status,
        statuscode,
        sendingaddress,
        element_at(destinationaddress, 1) as destinationaddress,
        cast(try(from_unixtime(timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as status_at,
        coalesce(
            json_extract_scalar(rawevent, '$.changes[0].value.statuses[0].biz_opaque_callback_data'),
            element_at(channeldata, 'bizopaquecallbackdata')
        ) as biz_opaque,
        coalesce(
            json_extract_scalar(rawevent, '$.changes[0].value.statuses[0].conversation.id'),
            element_at(channeldata, 'conversationid')
        ) as conversation_id,
        coalesce(
            json_extract_scalar(rawevent, '$.changes[0].value.statuses[0].conversation.origin.type'),
            element_at(channeldata, 'conversationtype')
        ) as origin_type,
        lpad(cast(coalesce(timestamp, 0) as varchar), 20, '0') || coalesce(status, '') as status_order,
        ingest_timestamp
    from events
    where channel = 'whatsapp' and type = 'messageStatus' and messageid is not null
),

messages as (
    select
        messageid,
        max_by(sendingaddress, status_order) filter (where sendingaddress is not null) as sending_address,
        max_by(destinationaddress, status_order) filter (where destinationaddress is not null) as destination_address,
        min(ingest_timestamp) as ingest_timestamp,
        min(status_at) as first_status_at,
        max(status_at) filter (where status = 'accepted') as accepted_timestamp,
        max(status_at) filter (where status = 'sent') as sent_timestamp,
        max(status_at) filter (where status = 'delivered') as delivered_timestamp,
        max(status_at) filter (where status = 'read') as read_timestamp,
        max(status_at) filter (where status = 'failed') as failed_timestamp,
        max_by(biz_opaque, status_order) filter (where biz_opaque is not null) as biz_opaque,
        -- The empty text stands where a status has no error, and stays where none has one.
        max_by(statuscode, if(statuscode = '', '0', '1') || status_order)
        filter (where statuscode is not null) as status_code,
        max_by(conversation_id, status_order) filter (where conversation_id is not null) as conversation_id,
        max_by(origin_type, status_order) filter (where origin_type is not null) as origin_type
    from statuses
    group by messageid
),

dated as (
    select
        *,
        coalesce(
            sent_timestamp, accepted_timestamp, delivered_timestamp, read_timestamp, failed_timestamp, first_status_at
        ) as message_timestamp
    from messages
)

select
    messageid,
    sending_address,
    destination_address,
    ingest_timestamp,
    message_timestamp,
    accepted_timestamp,
    sent_timestamp,
    delivered_timestamp,
    read_timestamp,
    failed_timestamp,
    biz_opaque,
    status_code,
    conversation_id,
    origin_type,
    cast(message_timestamp as date) as message_date
from dated
