with pinpoint_records as (
    select * from pinpoint.all_events
),

-- The leaves that anything below needs, so that no engine reads the rest of the record.
read_records as (
    select
        event_type,
        case
            when starts_with(event_type, '_email.') then 'email'
            when starts_with(event_type, '_SMS.') then 'sms'
            when starts_with(event_type, '_inapp.') then 'in_app'
            when event_type in ('_campaign.send', '_journey.send') then 'send'
            when starts_with(event_type, '_campaign.') or starts_with(event_type, '_journey.') then 'push'
            else 'app'
        end as record_kind,
        event_timestamp,
        arrival_timestamp,
        application.app_id as application_id,
        client.client_id as endpoint_id,
        nullif(element_at(session, 'session_id'), 'null') as session_id,
        attributes,
        client_context.custom as client_context_custom,
        nullif(element_at(attributes, 'campaign_id'), 'null') as campaign_id,
        nullif(element_at(attributes, 'campaign_activity_id'), 'null') as campaign_activity_id,
        nullif(element_at(attributes, 'journey_run_id'), 'null') as journey_run_id,
        nullif(element_at(attributes, 'journey_activity_id'), 'null') as journey_activity_id,
        nullif(element_at(attributes, 'feedback'), 'null') as feedback,
        nullif(element_at(attributes, 'message_id'), 'null') as sms_message_id,
        nullif(element_at(attributes, 'record_status'), 'null') as record_status,
        nullif(element_at(attributes, 'destination_phone_number'), 'null') as destination_phone_number,
        nullif(element_at(attributes, 'customer_context'), 'null') as customer_context,
        coalesce(
            nullif(element_at(attributes, 'campaign_send_status'), 'null'),
            nullif(element_at(attributes, 'journey_send_status'), 'null')
        ) as send_status,
        coalesce(
            nullif(element_at(attributes, 'delivery_type'), 'null'),
            nullif(element_at(attributes, 'journey_activity_type'), 'null'),
            json_extract_scalar(element_at(client_context.custom, 'endpoint'), '$.ChannelType')
        ) as channel_type,
        facets.email_channel.mail_event.mail.message_id as email_message_id,
        facets.email_channel.mail_event.mail.message_send_timestamp as message_send_timestamp,
        facets.email_channel.mail_event.mail.from_address as from_address,
        facets.email_channel.mail_event.mail.destination as destination,
        facets.email_channel.mail_event.mail.common_headers.subject as subject,
        facets.email_channel.mail_event.delivery.recipients as delivered_recipients,
        facets.email_channel.mail_event.open.user_agent as open_agent,
        facets.email_channel.mail_event.click.user_agent as click_agent,
        facets.email_channel.mail_event.click.link as link,
        facets.email_channel.mail_event.reject.reason as reject_reason,
        facets.email_channel.mail_event.bounce.bounce_type as pinpoint_bounce_type,
        facets.email_channel.mail_event.bounce.bounce_sub_type as bounce_sub_type,
        facets.email_channel.mail_event.bounce.feedback_id as bounce_feedback_id,
        facets.email_channel.mail_event.bounce.bounced_recipients as bounced_recipients,
        facets.email_channel.mail_event.complaint.feedback_id as complaint_feedback_id,
        facets.email_channel.mail_event.complaint.user_agent as complaint_agent,
        facets.email_channel.mail_event.complaint.complaint_feedback_type as complaint_feedback_type,
        facets.email_channel.mail_event.complaint.complained_recipients as complained_recipients,
        metrics.price_in_millicents_usd / 1e5 as price_usd,
        awsaccountid as aws_account_id,
        ingest_timestamp
    from pinpoint_records
    where event_type is not null
),

channels as (
    select
        read_records.*,
        case
            when record_kind in ('email', 'sms', 'in_app', 'push') then record_kind
            when record_kind = 'app' then null
            when channel_type = 'EMAIL' then cast('email' as varchar)
            when channel_type = 'SMS' then 'sms'
            when channel_type = 'VOICE' then 'voice'
            when channel_type = 'CUSTOM' then 'custom'
            when channel_type = 'CONTACT_CENTER' then 'contact_center'
            when
                channel_type in (
                    'ADM', 'APNS', 'APNS_SANDBOX', 'APNS_VOIP', 'APNS_VOIP_SANDBOX', 'BAIDU', 'GCM', 'PUSH'
                )
                then 'push'
        end as channel,
        -- Whom the event tells about, never an empty list. An open or click of a mail to several is
        -- nobody's: they share its picture and its links.
        case
            when event_type in ('_email.hardbounce', '_email.softbounce') and cardinality(bounced_recipients) > 0
                then transform(bounced_recipients, r -> r.email_address)
            when event_type = '_email.complaint' and cardinality(complained_recipients) > 0
                then transform(complained_recipients, r -> r.email_address)
            when event_type = '_email.delivered' and cardinality(delivered_recipients) > 0
                then delivered_recipients
            when
                event_type in ('_email.send', '_email.rejected', '_email.rendering_failure')
                and cardinality(destination) > 0
                then destination
            when record_kind = 'email' and cardinality(destination) = 1 then destination
            when record_kind = 'sms' then array[destination_phone_number]
            when record_kind in ('send', 'push', 'in_app') then array[endpoint_id]
            else array[cast(null as varchar)]
        end as listed_recipients
    from read_records
),

per_recipient as (
    select
        channels.*,
        listed.address
    from channels
    cross join unnest(channels.listed_recipients) as listed (address)
),

recipients as (
    select
        *,
        case
            when record_kind = 'email' then lower(address)
            when record_kind = 'sms'
                then
                    case when starts_with(address, '+') then '' else '+' end
                    || regexp_replace(address, '[ ().-]')
            else address
        end as recipient,
        case
            when event_type in ('_email.hardbounce', '_email.softbounce')
                then element_at(filter(bounced_recipients, r -> r.email_address = address), 1)
        end as bounced_recipient,
        case
            when event_type = '_email.complaint'
                then element_at(filter(complained_recipients, r -> r.email_address = address), 1)
        end as complained_recipient
    from per_recipient
)

select
    cast('pinpoint' as varchar) as family,
    channel,
    case
        when event_type = '_email.send' then cast('sent' as varchar)
        when event_type = '_email.delivered' then 'delivered'
        when event_type = '_email.open' then 'opened'
        when event_type = '_email.click' then 'clicked'
        when event_type in ('_email.hardbounce', '_email.softbounce') then 'bounced'
        when event_type = '_email.complaint' and complaint_feedback_type = 'not-spam' then 'marked_not_spam'
        when event_type = '_email.complaint' then 'complained'
        when event_type = '_email.unsubscribe' then 'unsubscribed'
        when event_type = '_email.rejected' then 'rejected'
        when event_type = '_email.rendering_failure' then 'rendering_failed'
        when event_type = '_SMS.BUFFERED' then 'sent'
        when event_type = '_SMS.SUCCESS' and record_status = 'DELIVERED' then 'delivered'
        when event_type = '_SMS.SUCCESS' and record_status = 'PENDING' then 'sent'
        when event_type = '_SMS.SUCCESS' then 'accepted'
        when event_type = '_SMS.FAILURE' then 'failed'
        when event_type = '_SMS.OPTOUT' then 'unsubscribed'
        when record_kind = 'send' and send_status = 'SUCCESS' and channel = 'push' then 'sent'
        when record_kind = 'send' and send_status = 'SUCCESS' then 'targeted'
        when record_kind = 'send' and regexp_like(send_status, 'FAILURE|THROTTLED|UNKNOWN') then 'failed'
        when record_kind = 'send' then 'not_sent'
        when event_type in ('_campaign.opened_notification', '_journey.opened_notification') then 'opened'
        when
            event_type in (
                '_campaign.received_foreground',
                '_campaign.received_background',
                '_journey.received_foreground',
                '_journey.received_background'
            )
            then 'delivered'
        when event_type = '_inapp.message_displayed' then 'delivered'
        when event_type = '_inapp.message_clicked' then 'clicked'
        when event_type = '_inapp.message_dismissed' then 'dismissed'
        when event_type = '_session.start' then 'session_started'
        when event_type = '_session.stop' then 'session_stopped'
        when event_type = '_session.pause' then 'session_paused'
        when event_type = '_session.resume' then 'session_resumed'
        else 'other'
    end as event_name,
    event_type,
    cast(
        from_unixtime(
            case when record_kind = 'email' then arrival_timestamp else event_timestamp end / 1e3
        ) at time zone 'UTC' as timestamp(3)
    ) as occurred_at,
    cast(
        from_unixtime(
            case
                when record_kind = 'email' then coalesce(message_send_timestamp, event_timestamp)
                when
                    event_type in ('_SMS.BUFFERED', '_inapp.message_displayed')
                    or (record_kind = 'send' and send_status = 'SUCCESS')
                    then event_timestamp
            end / 1e3
        ) at time zone 'UTC' as timestamp(3)
    ) as sent_at,
    case
        when record_kind = 'email' then email_message_id
        when record_kind = 'sms' then sms_message_id
        when record_kind = 'in_app' then campaign_id
        when channel = 'push' then coalesce(campaign_activity_id, journey_run_id || '|' || journey_activity_id)
    end as message_id,
    recipient,
    case when record_kind = 'email' then split_part(recipient, '@', 2) end as recipient_domain,
    case
        when record_kind <> 'email' or split_part(recipient, '@', 2) is null then null
        when split_part(recipient, '@', 2) in ('gmail.com', 'googlemail.com') then 'gmail'
        when
            starts_with(split_part(recipient, '@', 2), 'outlook.')
            or starts_with(split_part(recipient, '@', 2), 'hotmail.')
            or starts_with(split_part(recipient, '@', 2), 'live.')
            or split_part(recipient, '@', 2) = 'msn.com'
            then 'microsoft'
        when
            starts_with(split_part(recipient, '@', 2), 'yahoo.')
            or split_part(recipient, '@', 2) in ('ymail.com', 'rocketmail.com', 'aol.com')
            then 'yahoo'
        when split_part(recipient, '@', 2) in ('icloud.com', 'me.com', 'mac.com') then 'apple'
        else cast('other' as varchar)
    end as domain_group,
    case when record_kind = 'email' then cardinality(destination) when recipient is not null then 1 end as recipient_count,
    case
        when record_kind = 'email' then from_address
        when record_kind = 'sms' then nullif(element_at(attributes, 'origination_phone_number'), 'null')
    end as sender,
    upper(nullif(element_at(attributes, 'iso_country_code'), 'null')) as country,
    cast(null as varchar) as carrier,
    application_id,
    aws_account_id,
    endpoint_id,
    campaign_id,
    campaign_activity_id,
    nullif(element_at(attributes, 'treatment_id'), 'null') as treatment_id,
    nullif(element_at(attributes, 'journey_id'), 'null') as journey_id,
    journey_run_id,
    journey_activity_id,
    cast(null as varchar) as tenant,
    cast(null as varchar) as configuration_set,
    subject,
    coalesce(
        json_extract_scalar(customer_context, '$.application_message_id'),
        nullif(element_at(attributes, 'application_message_id'), 'null'),
        element_at(client_context_custom, 'application_message_id')
    ) as application_message_id,
    link,
    coalesce(open_agent, click_agent, complaint_agent) as user_agent,
    event_type = '_email.open'
    and coalesce(
        trim(open_agent) = 'Mozilla/5.0' and arrival_timestamp - event_timestamp <= 60000, false
    ) as is_machine_open,
    event_type in ('_email.click', '_email.unsubscribe')
    and (
        coalesce(arrival_timestamp - event_timestamp < 5000, false)
        or coalesce(
            regexp_like(
                lower(click_agent), 'bot|crawl|spider|scanner|barracuda|proofpoint|mimecast|safelinks|headless'
            )
            or regexp_like(
                lower(click_agent), 'phantomjs|curl|wget|python-requests|go-http-client|okhttp|java/'
            ),
            false
        )
    ) as is_bot_click,
    coalesce(split_part(recipient, '@', 2) = 'simulator.amazonses.com', false) as is_test,
    case
        when event_type in ('_email.hardbounce', '_email.softbounce')
            then coalesce(bounced_recipient.diagnostic_code, bounced_recipient.status)
        when event_type = '_email.rejected' then reject_reason
        when event_type = '_SMS.FAILURE' then record_status
        when record_kind = 'send' then nullif(send_status, 'SUCCESS')
    end as reason,
    case
        when event_type not in ('_email.hardbounce', '_email.softbounce') then null
        when bounce_sub_type in ('OnAccountSuppressionList', 'Suppressed') then 'suppressed'
        when pinpoint_bounce_type = 'Undetermined' then 'undetermined'
        when event_type = '_email.hardbounce' then 'hard'
        else cast('soft' as varchar)
    end as bounce_type,
    bounce_sub_type as bounce_subtype,
    complaint_feedback_type as complaint_type,
    try_cast(element_at(attributes, 'number_of_message_parts') as integer) as message_parts,
    price_usd,
    cast(null as double) as fee_usd,
    ingest_timestamp,
    case
        when record_kind = 'sms'
            then
                transform_values(
                    try(cast(json_parse(customer_context) as map(varchar, json))),
                    (k, v) -> coalesce(json_extract_scalar(v, '$'), nullif(json_format(v), 'null'))
                )
        else
            map_concat(
                coalesce(client_context_custom, cast(map() as map(varchar, varchar))),
                coalesce(attributes, cast(map() as map(varchar, varchar)))
            )
    end as tags,
    case
        when event_type in ('_email.open', '_email.click', '_email.unsubscribe')
            then
                event_type || '|' || email_message_id || '|' || cast(arrival_timestamp as varchar) || '|' || feedback
        when event_type in ('_email.hardbounce', '_email.softbounce')
            then event_type || '|' || bounce_feedback_id || '|' || lower(bounced_recipient.email_address)
        when event_type = '_email.complaint'
            then event_type || '|' || complaint_feedback_id || '|' || lower(complained_recipient.email_address)
        when record_kind = 'email' then event_type || '|' || email_message_id || '|' || recipient
        when record_kind = 'sms'
            then event_type || '|' || cast(event_timestamp as varchar) || '|' || record_status || '|' || sms_message_id
        when event_type = '_campaign.send' then event_type || '|' || campaign_activity_id || '|' || endpoint_id
        when event_type = '_journey.send'
            then
                event_type || '|' || journey_run_id || '|' || journey_activity_id
                || '|' || endpoint_id || '|' || cast(event_timestamp as varchar)
        else
            event_type || '|' || application_id || '|' || endpoint_id || '|' || session_id
            || '|' || cast(event_timestamp as varchar)
            || '|'
            || coalesce(
                array_join(
                    array_sort(
                        transform(
                            map_keys(attributes),
                            k -> cast(length(k) as varchar) || ':' || lower(k) || '='
                            || coalesce(
                                cast(length(element_at(attributes, k)) as varchar) || ':' || element_at(attributes, k),
                                '4:null'
                            )
                        )
                    ),
                    ','
                ),
                ''
            )
    end as event_key
from recipients
