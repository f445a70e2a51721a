with events as (
    select * from "engagementdb-events-table"
),

received as (
    select
        accountid,
        nullif(organizationid, '') as organizationid,
        nullif(sendingid, '') as sendingid,
        nullif(sendingaddress, '') as sendingaddress,
        element_at(destinationaddress, 1) as destinationaddress,
        nullif(status, '') as status,
        statuscode,
        nullif(statusmessage, '') as statusmessage,
        messageid,
        cast(try(from_unixtime(timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as received_at,
        json_extract(rawevent, '$.changes[0].value.messages[0]') as item,
        json_extract(rawevent, '$.changes[0].value.contacts[0]') as contact,
        json_extract_scalar(rawevent, '$.changes[0].value.metadata.display_phone_number') as display_phone_number,
        ingest_timestamp
    from events
    where channel = 'whatsapp' and type = 'message' and messageid is not null
),

read_messages as (
    select
        *,
        coalesce(status, json_extract_scalar(item, '$.type')) as message_kind,
        -- The table files the customer under the destination, of a message that he sent too.
        coalesce(destinationaddress, json_extract_scalar(item, '$.from')) as customer_id,
        coalesce(sendingaddress, display_phone_number) as business_id,
        -- Seconds as text; more than eleven digits are no seconds.
        cast(
            try(from_unixtime(try_cast(regexp_extract(json_extract_scalar(item, '$.timestamp'), '^[0-9]{1,11}$') as bigint)))
            at time zone 'UTC' as timestamp(3)
        ) as reported_at,
        try(cast(item as map(varchar, json))) as fields
    from received
),

contents as (
    select
        *,
        element_at(fields, message_kind) as content
    from read_messages
)

select
    message_kind,
    coalesce(reported_at, received_at) as occurred_at,
    received_at,
    messageid,
    if(regexp_like(customer_id, '^[0-9]+$'), '+' || customer_id, customer_id) as customer_address,
    json_extract_scalar(contact, '$.profile.name') as customer_name,
    if(regexp_like(business_id, '^[0-9]+$'), '+' || business_id, business_id) as business_address,
    sendingid as phone_number_id,
    organizationid as waba_id,
    coalesce(
        json_extract_scalar(content, '$.body'),
        json_extract_scalar(content, '$.caption'),
        json_extract_scalar(content, '$.text'),
        json_extract_scalar(content, '$.button_reply.title'),
        json_extract_scalar(content, '$.list_reply.title'),
        json_extract_scalar(content, '$.emoji')
    ) as message_body,
    coalesce(
        json_extract_scalar(item, '$.context.id'), json_extract_scalar(content, '$.message_id')
    ) as previous_message_id,
    coalesce(
        json_extract_scalar(content, '$.payload'),
        json_extract_scalar(content, '$.button_reply.id'),
        json_extract_scalar(content, '$.list_reply.id')
    ) as reply_id,
    json_extract_scalar(content, '$.id') as media_id,
    json_extract_scalar(content, '$.mime_type') as mime_type,
    json_format(json_extract(content, '$')) as content,
    try_cast(coalesce(json_extract_scalar(item, '$.errors[0].code'), statuscode) as integer) as error_code,
    coalesce(json_extract_scalar(item, '$.errors[0].message'), statusmessage) as error_message,
    accountid,
    ingest_timestamp,
    messageid as event_key
from contents
