with records as (
    select * from whatsapp_events
),

-- A record is the service's header, the same as text in an envelope of SNS, or an event of EventBridge.
headers as (
    select
        coalesce(whatsappwebhookentry, json_extract_scalar(message, '$.whatsAppWebhookEntry')) as entry,
        -- What is left to show of a record in which no change can be read.
        coalesce(whatsappwebhookentry, message) as unread,
        -- In an envelope messageid is the notification's.
        coalesce(
            if(message is null, messageid, json_extract_scalar(message, '$.messageId')), detail.messageid
        ) as aws_message_id,
        coalesce(messageid, id) as record_id,
        coalesce(
            message_timestamp, json_extract_scalar(message, '$.message_timestamp'), "timestamp", "time"
        ) as received_text,
        coalesce(aws_account_id, json_extract_scalar(message, '$.aws_account_id'), account) as aws_account_id,
        coalesce(
            element_at(context.metawabaids, 1).arn, json_extract_scalar(message, '$.context.MetaWabaIds[0].arn')
        ) as waba_arn,
        region,
        detail_type,
        detail,
        ingest_timestamp
    from records
),

entries as (
    select
        *,
        json_extract_scalar(entry, '$.id') as entry_waba_id,
        try(cast(json_extract(entry, '$.changes') as array(json))) as listed_changes
    from headers
),

-- A record without changes keeps one row; so does a change without statuses and messages, below.
changes as (
    select
        entries.*,
        listed.change,
        listed.change_number,
        json_extract_scalar(listed.change, '$.field') as field
    from entries
    left join unnest(entries.listed_changes) with ordinality as listed (change, change_number) on true
),

-- Other fields have statuses too, those of calls for instance.
contents as (
    select
        *,
        filter(
            try(cast(json_extract(change, '$.value.statuses') as array(json))), s -> field = 'messages'
        ) as statuses,
        filter(
            try(cast(json_extract(change, '$.value.messages') as array(json))), m -> field = 'messages'
        ) as messages,
        try(cast(json_extract(change, '$.value.contacts') as array(json))) as contacts
    from changes
),

items as (
    select
        contents.*,
        listed.item,
        case
            when listed.item_number <= cardinality(contents.statuses) then cast('status' as varchar)
            when listed.item is not null then 'message'
            when contents.field is not null then 'change'
            when contents.detail_type = 'WhatsApp Message Received' then 'message'
            when starts_with(contents.detail_type, 'WhatsApp Message ') then 'status'
            when contents.detail_type is not null then 'change'
        end as event_kind
    from contents
    left join
        unnest(
            concat(
                coalesce(contents.statuses, cast(array[] as array(json))),
                coalesce(contents.messages, cast(array[] as array(json)))
            )
        ) with ordinality as listed (item, item_number)
        on true
),

read_items as (
    select
        *,
        case
            when detail_type is not null and event_kind = 'status'
                then coalesce(detail.status, lower(substr(detail_type, 18)))
            when event_kind = 'status' then json_extract_scalar(item, '$.status')
            when event_kind = 'message' then json_extract_scalar(item, '$.type')
            else coalesce(field, detail_type)
        end as event_type,
        coalesce(json_extract_scalar(item, '$.timestamp'), detail.eventtimestamp) as reported_text,
        json_extract_scalar(item, '$.id') as message_id,
        json_extract_scalar(item, '$.from') as sender_id,
        coalesce(json_extract_scalar(item, '$.recipient_id'), json_extract_scalar(item, '$.from')) as customer_id,
        coalesce(
            json_extract_scalar(change, '$.value.metadata.display_phone_number'), detail.originationphonenumber
        ) as business_id,
        json_extract_scalar(item, '$.biz_opaque_callback_data') as callback_data,
        try(cast(item as map(varchar, json))) as fields
    from items
),

typed as (
    select
        *,
        cast(try(from_iso8601_timestamp(received_text)) at time zone 'UTC' as timestamp(3)) as received_at,
        -- Seconds as text; more than eleven digits are no seconds.
        cast(
            try(from_unixtime(try_cast(regexp_extract(reported_text, '^[0-9]{1,11}$') as bigint))) at time zone 'UTC'
            as timestamp(3)
        ) as reported_at,
        element_at(fields, event_type) as content,
        transform_values(
            try(cast(json_parse(callback_data) as map(varchar, json))), (k, v) -> json_extract_scalar(v, '$')
        ) as callback_values,
        element_at(filter(contacts, c -> json_extract_scalar(c, '$.wa_id') = sender_id), 1) as contact
    from read_items
)

select
    event_kind,
    event_type,
    coalesce(reported_at, received_at) as occurred_at,
    received_at,
    message_id,
    aws_message_id,
    if(regexp_like(customer_id, '^[0-9]+$'), '+' || customer_id, customer_id) as customer_phone_number,
    json_extract_scalar(item, '$.recipient_user_id') as recipient_user_id,
    json_extract_scalar(contact, '$.profile.name') as customer_name,
    if(regexp_like(business_id, '^[0-9]+$'), '+' || business_id, business_id) as business_phone_number,
    coalesce(
        json_extract_scalar(change, '$.value.metadata.phone_number_id'), detail.originationphonenumberid
    ) as phone_number_id,
    coalesce(entry_waba_id, detail.wabaid) as waba_id,
    case json_extract_scalar(item, '$.pricing.billable') when 'true' then true when 'false' then false end as is_billable,
    json_extract_scalar(item, '$.pricing.pricing_model') as pricing_model,
    json_extract_scalar(item, '$.pricing.category') as pricing_category,
    json_extract_scalar(item, '$.pricing.type') as pricing_type,
    json_extract_scalar(item, '$.conversation.id') as conversation_id,
    json_extract_scalar(item, '$.conversation.origin.type') as conversation_origin,
    cast(
        try(from_unixtime(
            try_cast(
                regexp_extract(json_extract_scalar(item, '$.conversation.expiration_timestamp'), '^[0-9]{1,11}$')
                as bigint
            )
        )) at time zone 'UTC' as timestamp(3)
    ) as conversation_expires_at,
    try_cast(
        coalesce(json_extract_scalar(item, '$.errors[0].code'), element_at(detail.errors, 1).code) as integer
    ) as error_code,
    coalesce(json_extract_scalar(item, '$.errors[0].title'), element_at(detail.errors, 1).title) as error_title,
    coalesce(json_extract_scalar(item, '$.errors[0].message'), element_at(detail.errors, 1).message) as error_message,
    coalesce(
        json_extract_scalar(item, '$.errors[0].error_data.details'), element_at(detail.errors, 1).error_data.details
    ) as error_details,
    callback_data,
    callback_values,
    coalesce(
        element_at(callback_values, 'campaignId'),
        element_at(callback_values, 'campaign_id'),
        element_at(callback_values, 'campaign'),
        if(callback_values is null, nullif(split_part(callback_data, '|', 1), ''))
    ) as campaign_id,
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
    case
        when event_type in ('button', 'interactive') then coalesce(json_extract_scalar(content, '$.type'), event_type)
    end as reply_kind,
    coalesce(
        json_extract_scalar(content, '$.payload'),
        json_extract_scalar(content, '$.button_reply.id'),
        json_extract_scalar(content, '$.list_reply.id')
    ) as reply_id,
    json_extract_scalar(content, '$.list_reply.description') as reply_description,
    json_extract_scalar(content, '$.id') as media_id,
    json_extract_scalar(content, '$.mime_type') as mime_type,
    case
        when event_kind = 'message' then json_format(json_extract(content, '$'))
        when event_kind = 'change' then json_format(json_extract(change, '$.value'))
        when event_kind is null then unread
    end as content,
    detail_type is not null as is_eventbridge_event,
    detail_type as eventbridge_detail_type,
    aws_account_id,
    coalesce(region, split_part(waba_arn, ':', 4)) as aws_region,
    ingest_timestamp,
    case
        when event_kind = 'status'
            then coalesce(message_id, detail.messageid) || '|' || event_type || '|' || reported_text
        when event_kind = 'message' then coalesce(message_id, detail.messageid)
        when event_kind = 'change'
            then record_id || '|' || event_type || coalesce('|' || cast(change_number as varchar), '')
        else record_id
    end as event_key
from typed
