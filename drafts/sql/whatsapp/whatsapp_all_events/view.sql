with records as (
    select * from whatsapp_events
),

-- A record is the service's header, the same as text in an envelope of SNS, or an event of EventBridge.
headers as (
    select
        coalesce(whatsappwebhookentry, json_extract_scalar(message, '$.whatsAppWebhookEntry')) as entry,
        message,
        coalesce(json_extract_scalar(message, '$.messageId'), if(message is null, messageid), detail.messageid) as aws_message_id,
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

-- A record in which nothing can be read keeps one row.
changes as (
    select
        headers.*,
        listed.change,
        listed.change_number,
        json_extract_scalar(headers.entry, '$.id') as entry_waba_id
    from headers
    cross join unnest(
        coalesce(
            nullif(
                try(cast(json_extract(headers.entry, '$.changes') as array(json))), cast(array[] as array(json))
            ),
            array[cast(null as json)]
        )
    ) with ordinality as listed (change, change_number)
)
select entry, change, change_number, entry_waba_id from changes
