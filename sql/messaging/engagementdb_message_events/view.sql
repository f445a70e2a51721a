with stored_events as (
    select * from engagementdb."engagementdb-events-table"
),

-- What differs by service and kind of event: whom it tells about, when it happened, what was stored.
records as (
    select
        accountid,
        case
            when channel = 'email' then cast('email' as varchar)
            when channel = 'media' then 'mms'
            when channel in ('voice', 'whatsapp') then channel
            when channel = 'rcs' or (channel = 'text' and starts_with(sendingaddress, 'rcs-')) then 'rcs'
            when channel = 'text' then 'sms'
        end as channel,
        case
            when channel = 'email' then type
            when channel = 'whatsapp' and type = 'message' then 'INBOUND_MESSAGE'
            else status
        end as event_type,
        substr(status, strpos(status, '_') + 1) as outcome,
        nullif(statuscode, '') as statuscode,
        nullif(statusmessage, '') as statusmessage,
        timestamp,
        cast(try(from_unixtime(timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as stored_at,
        messageid,
        sendingaddress,
        destinationaddress,
        isocountrycode,
        tags,
        channeldata,
        rawevent,
        -- The event's own object, of a WhatsApp entry its one status or message.
        case
            when channel = 'email' and type = 'Delivery' then json_extract(rawevent, '$.delivery')
            when channel = 'email' and type = 'Open' then json_extract(rawevent, '$.open')
            when channel = 'email' and type = 'Click' then json_extract(rawevent, '$.click')
            when channel = 'email' and type = 'Bounce' then json_extract(rawevent, '$.bounce')
            when channel = 'email' and type = 'Complaint' then json_extract(rawevent, '$.complaint')
            when channel = 'email' and type = 'Reject' then json_extract(rawevent, '$.reject')
            when channel = 'email' and type = 'Rendering Failure' then json_extract(rawevent, '$.failure')
            when channel = 'email' and type = 'DeliveryDelay' then json_extract(rawevent, '$.deliveryDelay')
            when channel = 'email' and type = 'Subscription' then json_extract(rawevent, '$.subscription')
            when channel = 'whatsapp' and type = 'messageStatus'
                then json_extract(rawevent, '$.changes[0].value.statuses[0]')
            when channel = 'whatsapp' then json_extract(rawevent, '$.changes[0].value.messages[0]')
        end as details,
        ingest_timestamp
    from stored_events
    where channel is not null
),

-- An open, click or change of preferences of a mail to several is nobody's.
told as (
    select
        *,
        json_extract_scalar(details, '$.timestamp') as own_time,
        coalesce(
            json_extract_scalar(details, '$.bounceType'), case when event_type = 'Bounce' then statuscode end
        ) as service_bounce_type,
        coalesce(
            json_extract_scalar(details, '$.bounceSubType'), case when event_type = 'Bounce' then statusmessage end
        ) as bounce_subtype,
        json_extract_scalar(details, '$.complaintSubType') as complaint_subtype,
        coalesce(
            json_extract_scalar(details, '$.complaintFeedbackType'),
            case when event_type = 'Complaint' then statuscode end
        ) as complaint_type,
        coalesce(json_extract_scalar(details, '$.link'), case when event_type = 'Click' then statusmessage end) as link,
        json_extract_scalar(details, '$.ipAddress') as ip_address,
        json_extract_scalar(details, '$.userAgent') as user_agent,
        json_extract_scalar(details, '$.isBotEvent') as is_bot_event,
        coalesce(
            json_extract_scalar(details, '$.biz_opaque_callback_data'), element_at(channeldata, 'bizopaquecallbackdata')
        ) as callback_data,
        case
            when event_type = 'Delivery'
                then
                    transform(
                        try(cast(json_extract(details, '$.recipients') as array(varchar))),
                        r -> cast(row(r, cast(null as varchar)) as row(address varchar, reason varchar))
                    )
            when event_type in ('Bounce', 'Complaint', 'DeliveryDelay')
                then
                    transform(
                        coalesce(
                            try(cast(json_extract(details, '$.bouncedRecipients') as array(json))),
                            try(cast(json_extract(details, '$.complainedRecipients') as array(json))),
                            try(cast(json_extract(details, '$.delayedRecipients') as array(json)))
                        ),
                        r -> cast(
                            row(
                                json_extract_scalar(r, '$.emailAddress'),
                                coalesce(json_extract_scalar(r, '$.diagnosticCode'), json_extract_scalar(r, '$.status'))
                            ) as row(address varchar, reason varchar)
                        )
                    )
        end as named_recipients,
        array_except(
            transform(
                filter(
                    try(cast(json_extract(details, '$.newTopicPreferences.topicSubscriptionStatus') as array(json))),
                    t -> json_extract_scalar(t, '$.subscriptionStatus') = 'OptOut'
                ),
                t -> json_extract_scalar(t, '$.topicName')
            ),
            coalesce(
                transform(
                    filter(
                        try(cast(json_extract(details, '$.oldTopicPreferences.topicSubscriptionStatus') as array(json))),
                        t -> json_extract_scalar(t, '$.subscriptionStatus') = 'OptOut'
                    ),
                    t -> json_extract_scalar(t, '$.topicName')
                ),
                cast(array[] as array(varchar))
            )
        ) as opted_out_topics
    from records
),

listings as (
    select
        *,
        case
            when cardinality(named_recipients) > 0 then named_recipients
            when
                channel <> 'email'
                or event_type in ('Send', 'Reject', 'Rendering Failure')
                or cardinality(destinationaddress) = 1
                then
                    transform(
                        destinationaddress,
                        r -> cast(row(r, cast(null as varchar)) as row(address varchar, reason varchar))
                    )
        end as listed_recipients,
        case
            when channel = 'whatsapp'
                then
                    coalesce(
                        cast(try(from_unixtime(try_cast(own_time as bigint))) at time zone 'UTC' as timestamp(3)), stored_at
                    )
            else
                coalesce(
                    cast(try(from_iso8601_timestamp(own_time)) at time zone 'UTC' as timestamp(3)), stored_at
                )
        end as occurred_at,
        case
            when event_type in ('Send', 'Reject', 'Rendering Failure') then event_type || '|' || messageid
            when event_type in ('Delivery', 'DeliveryDelay') then event_type || '|' || messageid || '|' || own_time
            when event_type in ('Bounce', 'Complaint')
                then event_type || '|' || json_extract_scalar(details, '$.feedbackId')
            when event_type = 'Open'
                then event_type || '|' || messageid || '|' || own_time || '|' || ip_address || '|' || user_agent
            when event_type = 'Click'
                then
                    event_type || '|' || messageid || '|' || own_time || '|' || ip_address
                    || '|' || cast(length(link) as varchar) || ':' || link || '|' || user_agent
            when event_type = 'Subscription'
                then
                    event_type || '|' || messageid || '|' || own_time
                    || '|' || json_extract_scalar(details, '$.contactList')
            when event_type = 'INBOUND_MESSAGE' then event_type || '|' || messageid
            when channel = 'whatsapp' then messageid || '|' || event_type || '|' || own_time
            when channel <> 'email' then messageid || '|' || event_type || '|' || cast(timestamp as varchar)
        end as record_key,
        coalesce(
            json_extract_scalar(details, '$.newTopicPreferences.unsubscribeAll') = 'true'
            and coalesce(json_extract_scalar(details, '$.oldTopicPreferences.unsubscribeAll'), 'false') <> 'true',
            false
        )
        or coalesce(cardinality(opted_out_topics) > 0, false) as is_unsubscribe,
        is_bot_event = 'Likely' as is_likely_bot,
        transform_values(
            try(cast(json_parse(callback_data) as map(varchar, json))), (k, v) -> json_extract_scalar(v, '$')
        ) as callback_values
    from told
),

per_recipient as (
    select
        listings.*,
        element_at(listings.listed_recipients, listed.place) as told_recipient
    from listings
    cross join
        unnest(
            sequence(
                1, case when cardinality(listings.listed_recipients) > 0 then cardinality(listings.listed_recipients) else 1 end
            )
        ) as listed (place)
),

addressed as (
    select
        *,
        told_recipient.reason as named_reason,
        told_recipient.address as address
    from per_recipient
),

named as (
    select
        *,
        case
            when channel = 'email' then lower(coalesce(regexp_extract(address, '<([^<>]+)>', 1), trim(address)))
            else case when starts_with(address, '+') then '' else '+' end || regexp_replace(address, '[ ().-]')
        end as recipient,
        case
            when channel is null then cast('other' as varchar)
            when event_type = 'Send' then 'sent'
            when event_type = 'Delivery' then 'delivered'
            when event_type = 'Open' then 'opened'
            when event_type = 'Click' then 'clicked'
            when event_type = 'Bounce' then 'bounced'
            -- The address was not tried, nobody complained.
            when complaint_subtype in ('OnAccountSuppressionList', 'OnTenantSuppressionList') then 'bounced'
            when event_type = 'Complaint' and complaint_type = 'not-spam' then 'marked_not_spam'
            when event_type = 'Complaint' then 'complained'
            when event_type = 'Reject' then 'rejected'
            when event_type = 'Rendering Failure' then 'rendering_failed'
            when event_type = 'DeliveryDelay' then 'delayed'
            when event_type = 'Subscription' and is_unsubscribe then 'unsubscribed'
            when event_type = 'Subscription' then 'preferences_changed'
            when channel = 'email' or event_type = 'INBOUND_MESSAGE' then 'other'
            when outcome in ('QUEUED', 'PENDING', 'SENT', 'INITIATED', 'RINGING', 'accepted', 'sent') then 'sent'
            when outcome in ('SUCCESSFUL', 'ANSWERED') then 'accepted'
            when outcome in ('DELIVERED', 'COMPLETED', 'delivered') then 'delivered'
            when outcome in ('READ', 'read') then 'opened'
            when
                outcome in (
                    'BLOCKED',
                    'BUSY',
                    'CARRIER_BLOCKED',
                    'CARRIER_UNREACHABLE',
                    'FAILED',
                    'FALLEN_BACK_TO_SMS',
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
                    'UNREACHABLE',
                    'failed',
                    'Message retries exhausted, dropping message.'
                )
                then 'failed'
            else 'other'
        end as event_name
    from addressed
),

-- WhatsApp has one text, which may be JSON.
tagged as (
    select
        *,
        if(
            channel = 'whatsapp',
            coalesce(
                callback_values,
                if(callback_data is not null, map(array['biz_opaque_callback_data'], array[callback_data]))
            ),
            tags
        ) as sender_tags,
        coalesce(
            try_cast(element_at(channeldata, 'totalcarrierfee') as double),
            case when channel <> 'email' then try_cast(json_extract_scalar(rawevent, '$.totalCarrierFee') as double) end
        ) as carrier_fee_usd,
        case
            when channel = 'rcs' then try_cast(json_extract_scalar(rawevent, '$.conversationSessionFee') as double)
        end as conversation_fee_usd
    from named
)

select
    cast('engagementdb' as varchar) as family,
    channel,
    event_name,
    case when channel <> 'email' then json_extract_scalar(rawevent, '$.isFinal') = 'true' end as is_final,
    coalesce(event_type, cast('unknown' as varchar)) as event_type,
    occurred_at,
    case
        when channel = 'email' then stored_at
        when channel <> 'whatsapp'
            then
                cast(
                    try(from_unixtime(try_cast(json_extract_scalar(rawevent, '$.messageRequestTimestamp') as bigint) / 1e3))
                    at time zone 'UTC' as timestamp(3)
                )
        when event_name = 'sent' then occurred_at
    end as sent_at,
    -- A message that was received is none of ours, and an event of an unknown channel belongs to none.
    if(channel is not null and event_type <> 'INBOUND_MESSAGE', messageid) as message_id,
    recipient,
    case when channel = 'email' then cardinality(destinationaddress) when recipient is not null then 1 end as recipient_count,
    case
        when channel = 'email' then coalesce(regexp_extract(sendingaddress, '<([^<>]+)>', 1), nullif(sendingaddress, ''))
        when channel = 'whatsapp' and regexp_like(sendingaddress, '^[0-9]+$') then '+' || sendingaddress
        else nullif(sendingaddress, '')
    end as sender,
    upper(
        coalesce(
            nullif(isocountrycode, ''),
            element_at(channeldata, 'isocountrycode'),
            case when channel <> 'email' then json_extract_scalar(rawevent, '$.isoCountryCode') end
        )
    ) as country,
    case when channel <> 'email' then json_extract_scalar(rawevent, '$.carrierName') end as carrier,
    cast(null as varchar) as application_id,
    accountid as aws_account_id,
    cast(null as varchar) as endpoint_id,
    nullif(
        coalesce(
            case
                when channel <> 'email'
                    then
                        coalesce(
                            element_at(sender_tags, 'campaignid'),
                            element_at(sender_tags, 'campaignId'),
                            element_at(sender_tags, 'campaign_id')
                        )
            end,
            element_at(sender_tags, 'campaign'),
            element_at(sender_tags, 'Campaign'),
            case when channel = 'whatsapp' and callback_values is null then nullif(split_part(callback_data, '|', 1), '') end
        ),
        'null'
    ) as campaign_id,
    cast(null as varchar) as campaign_activity_id,
    nullif(
        coalesce(
            element_at(sender_tags, 'treatmentid'),
            element_at(sender_tags, 'treatmentId'),
            element_at(sender_tags, 'treatment_id')
        ),
        'null'
    ) as treatment_id,
    nullif(
        coalesce(
            element_at(sender_tags, 'journeyid'), element_at(sender_tags, 'journeyId'), element_at(sender_tags, 'journey_id')
        ),
        'null'
    ) as journey_id,
    cast(null as varchar) as journey_run_id,
    cast(null as varchar) as journey_activity_id,
    nullif(
        coalesce(
            element_at(sender_tags, 'ses:tenant-name'),
            element_at(sender_tags, 'tenantid'),
            element_at(sender_tags, 'tenantId'),
            element_at(sender_tags, 'tenant_id'),
            element_at(sender_tags, 'tenant'),
            element_at(sender_tags, 'Tenant')
        ),
        'null'
    ) as tenant,
    element_at(sender_tags, 'ses:configuration-set') as configuration_set,
    case
        when channel = 'email'
            then
                coalesce(
                    element_at(sender_tags, 'template'),
                    element_at(sender_tags, 'Template'),
                    json_extract_scalar(details, '$.templateName')
                )
    end as template,
    coalesce(
        nullif(element_at(channeldata, 'subject'), ''),
        case when channel = 'email' then json_extract_scalar(rawevent, '$.mail.commonHeaders.subject') end
    ) as subject,
    nullif(
        coalesce(
            element_at(sender_tags, 'applicationmessageid'),
            element_at(sender_tags, 'applicationMessageId'),
            element_at(sender_tags, 'application_message_id')
        ),
        'null'
    ) as application_message_id,
    link,
    user_agent,
    case
        when event_type <> 'Open' or event_type is null then false
        when is_likely_bot is not null then is_likely_bot
        else
            coalesce(own_time is not null and date_diff('millisecond', stored_at, occurred_at) < 2000, false)
            or coalesce(
                trim(user_agent) = 'Mozilla/5.0'
                and own_time is not null
                and date_diff('millisecond', stored_at, occurred_at) <= 60000,
                false
            )
            or coalesce(
                regexp_like(
                    replace(lower(user_agent), 'cubot', ''),
                    'bot|crawl|spider|scanner|barracuda|proofpoint|mimecast|safelinks|headless'
                )
                or regexp_like(lower(user_agent), 'phantomjs|curl|wget|python-requests|go-http-client|java/|[+]https?://'),
                false
            )
    end as is_machine_open,
    case
        when event_type <> 'Click' or event_type is null then false
        when is_likely_bot is not null then is_likely_bot
        else
            coalesce(own_time is not null and date_diff('millisecond', stored_at, occurred_at) < 5000, false)
            or coalesce(
                regexp_like(
                    replace(lower(user_agent), 'cubot', ''),
                    'bot|crawl|spider|scanner|barracuda|proofpoint|mimecast|safelinks|headless'
                )
                or regexp_like(lower(user_agent), 'phantomjs|curl|wget|python-requests|go-http-client|java/|[+]https?://')
                or not regexp_like(lower(user_agent), '^ *((mozilla|opera)/|$)'),
                false
            )
    end as is_bot_click,
    case
        when event_type = 'Bounce' then named_reason
        when event_type = 'DeliveryDelay'
            then coalesce(named_reason, json_extract_scalar(details, '$.delayType'), statuscode)
        when event_type = 'Reject' then coalesce(json_extract_scalar(details, '$.reason'), statuscode)
        when event_type = 'Rendering Failure' then coalesce(json_extract_scalar(details, '$.errorMessage'), statusmessage)
        when event_name = 'failed' and channel = 'whatsapp'
            then
                coalesce(
                    nullif(
                        concat_ws(
                            ' ',
                            json_extract_scalar(details, '$.errors[0].code'),
                            json_extract_scalar(details, '$.errors[0].title')
                        ),
                        ''
                    ),
                    event_type
                )
        when event_name = 'failed' then coalesce(nullif(statuscode, 'FAILED'), outcome)
    end as reason,
    case
        when complaint_subtype in ('OnAccountSuppressionList', 'OnTenantSuppressionList') then cast('suppressed' as varchar)
        when event_type <> 'Bounce' then null
        when
            bounce_subtype in (
                'OnAccountSuppressionList',
                'OnTenantSuppressionList',
                'Suppressed',
                'EmailValidationSuppressed',
                'UnsubscribedRecipient'
            )
            then 'suppressed'
        when service_bounce_type = 'Permanent' then 'hard'
        when service_bounce_type = 'Transient' then 'soft'
        when event_type = 'Bounce' then 'undetermined'
    end as bounce_type,
    if(
        complaint_subtype in ('OnAccountSuppressionList', 'OnTenantSuppressionList'), complaint_subtype, bounce_subtype
    ) as bounce_subtype,
    complaint_type,
    coalesce(
        try_cast(element_at(channeldata, 'totalmessageparts') as integer),
        case
            when channel <> 'email' then try_cast(json_extract_scalar(rawevent, '$.totalMessageParts') as integer)
        end
    ) as message_parts,
    coalesce(
        try_cast(element_at(channeldata, 'totalmessageprice') as double),
        case when channel <> 'email' then try_cast(json_extract_scalar(rawevent, '$.totalMessagePrice') as double) end
    ) as price_usd,
    coalesce(carrier_fee_usd + conversation_fee_usd, carrier_fee_usd, conversation_fee_usd) as fee_usd,
    ingest_timestamp,
    sender_tags as tags,
    if(
        event_type in ('Send', 'Reject', 'Rendering Failure', 'Delivery', 'DeliveryDelay', 'Bounce', 'Complaint'),
        record_key || '|' || recipient,
        record_key
    ) as event_key
from tagged
