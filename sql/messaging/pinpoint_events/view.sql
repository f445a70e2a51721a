with pinpoint_records as (
    select * from pinpoint.all_events
),

-- Only what is needed below leaves the record; what one kind of event has is looked up for it alone.
records as (
    select
        event_type,
        case
            when starts_with(event_type, '_email.') then cast('email' as varchar)
            when starts_with(event_type, '_SMS.') then 'sms'
            when starts_with(event_type, '_inapp.') then 'in_app'
            when event_type in ('_campaign.send', '_journey.send') then 'send'
            when starts_with(event_type, '_campaign.') or starts_with(event_type, '_journey.') then 'push'
            else 'app'
        end as kind,
        event_timestamp,
        arrival_timestamp,
        application,
        client,
        session,
        attributes,
        client_context,
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
        facets.email_channel.mail_event.bounce.bounce_type as service_bounce_type,
        facets.email_channel.mail_event.bounce.bounce_sub_type as bounce_subtype,
        facets.email_channel.mail_event.bounce.feedback_id as bounce_feedback_id,
        facets.email_channel.mail_event.bounce.bounced_recipients as bounced_recipients,
        facets.email_channel.mail_event.complaint.feedback_id as complaint_feedback_id,
        facets.email_channel.mail_event.complaint.user_agent as complaint_agent,
        facets.email_channel.mail_event.complaint.complaint_feedback_type as complaint_type,
        facets.email_channel.mail_event.complaint.complained_recipients as complained_recipients,
        metrics.price_in_millicents_usd / 1e5 as price_usd,
        awsaccountid,
        ingest_timestamp
    from pinpoint_records
    where event_type is not null
),

-- The recipients that an event tells about. Opens and clicks of a mail to several are nobody's: they
-- share its picture and its links.
listings as (
    select
        *,
        case
            when event_type in ('_email.send', '_email.rejected', '_email.rendering_failure')
                then cardinality(destination)
            when event_type = '_email.delivered' then cardinality(delivered_recipients)
            when event_type in ('_email.hardbounce', '_email.softbounce') then cardinality(bounced_recipients)
            when event_type = '_email.complaint' then cardinality(complained_recipients)
        end as listed_count,
        case
            when kind = 'send'
                then
                    coalesce(
                        nullif(element_at(attributes, 'delivery_type'), 'null'),
                        nullif(element_at(attributes, 'journey_activity_type'), 'null'),
                        json_extract_scalar(element_at(client_context.custom, 'endpoint'), '$.ChannelType')
                    )
        end as channel_type,
        case
            when kind = 'sms' then nullif(element_at(attributes, 'record_status'), 'null')
            when kind = 'send'
                then
                    coalesce(
                        nullif(element_at(attributes, 'campaign_send_status'), 'null'),
                        nullif(element_at(attributes, 'journey_send_status'), 'null')
                    )
        end as status
    from records
),

per_recipient as (
    select
        listings.*,
        listed.place
    from listings
    cross join
        unnest(sequence(1, case when listings.listed_count > 0 then listings.listed_count else 1 end))
            as listed (place)
),

addressed as (
    select
        *,
        case
            when kind <> 'send' then nullif(kind, 'app')
            when channel_type = 'EMAIL' then 'email'
            when channel_type = 'SMS' then 'sms'
            when channel_type = 'VOICE' then 'voice'
            when channel_type = 'CUSTOM' then 'custom'
            when channel_type = 'CONTACT_CENTER' then 'contact_center'
            when
                channel_type in ('ADM', 'APNS', 'APNS_SANDBOX', 'APNS_VOIP', 'APNS_VOIP_SANDBOX', 'BAIDU', 'GCM', 'PUSH')
                then 'push'
        end as channel,
        case
            when event_type in ('_email.send', '_email.rejected', '_email.rendering_failure')
                then lower(element_at(destination, place))
            when event_type = '_email.delivered' then lower(element_at(delivered_recipients, place))
            when event_type in ('_email.hardbounce', '_email.softbounce')
                then lower(element_at(bounced_recipients, place).email_address)
            when event_type = '_email.complaint' then lower(element_at(complained_recipients, place).email_address)
        end as listed_address
    from per_recipient
),

recipients as (
    select
        *,
        case
            when listed_address is not null then listed_address
            when kind = 'email'
                then case when cardinality(destination) = 1 then lower(element_at(destination, 1)) end
            when kind = 'sms'
                then
                    case when starts_with(element_at(attributes, 'destination_phone_number'), '+') then '' else '+' end
                    || regexp_replace(nullif(element_at(attributes, 'destination_phone_number'), 'null'), '[ ().-]')
            when kind <> 'app' then client.client_id
        end as recipient
    from addressed
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
        when event_type = '_email.complaint'
            then case when complaint_type = 'not-spam' then 'marked_not_spam' else 'complained' end
        when event_type in ('_email.unsubscribe', '_SMS.OPTOUT') then 'unsubscribed'
        when event_type = '_email.rejected' then 'rejected'
        when event_type = '_email.rendering_failure' then 'rendering_failed'
        when event_type = '_SMS.BUFFERED' then 'sent'
        when event_type = '_SMS.SUCCESS'
            then case when status = 'DELIVERED' then 'delivered' when status = 'PENDING' then 'sent' else 'accepted' end
        when event_type = '_SMS.FAILURE' then 'failed'
        when kind = 'send'
            then
                case
                    when status = 'SUCCESS' then case when channel = 'push' then 'sent' else 'targeted' end
                    when regexp_like(status, 'FAILURE|THROTTLED|UNKNOWN') then 'failed'
                    else 'not_sent'
                end
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
    cast(null as boolean) as is_final,
    event_type,
    cast(
        try(from_unixtime(
            case when kind = 'email' then arrival_timestamp else event_timestamp end / 1e3
        )) at time zone 'UTC' as timestamp(3)
    ) as occurred_at,
    cast(
        try(from_unixtime(
            case
                when kind = 'email' then coalesce(message_send_timestamp, event_timestamp)
                when event_type in ('_SMS.BUFFERED', '_inapp.message_displayed') then event_timestamp
                when kind = 'send' and status = 'SUCCESS' then event_timestamp
            end / 1e3
        )) at time zone 'UTC' as timestamp(3)
    ) as sent_at,
    case
        when kind = 'email' then email_message_id
        when kind = 'sms' then nullif(element_at(attributes, 'message_id'), 'null')
        when kind = 'in_app' then nullif(element_at(attributes, 'campaign_id'), 'null')
        when channel = 'push'
            then
                coalesce(
                    nullif(element_at(attributes, 'campaign_activity_id'), 'null'),
                    nullif(element_at(attributes, 'journey_run_id'), 'null')
                    || '|' || nullif(element_at(attributes, 'journey_activity_id'), 'null')
                )
    end as message_id,
    recipient,
    case when kind = 'email' then cardinality(destination) when recipient is not null then 1 end as recipient_count,
    case
        when kind = 'email' then from_address
        when kind = 'sms' then nullif(element_at(attributes, 'origination_phone_number'), 'null')
    end as sender,
    case when kind = 'sms' then upper(nullif(element_at(attributes, 'iso_country_code'), 'null')) end as country,
    cast(null as varchar) as carrier,
    application.app_id as application_id,
    awsaccountid as aws_account_id,
    client.client_id as endpoint_id,
    nullif(element_at(attributes, 'campaign_id'), 'null') as campaign_id,
    nullif(element_at(attributes, 'campaign_activity_id'), 'null') as campaign_activity_id,
    nullif(element_at(attributes, 'treatment_id'), 'null') as treatment_id,
    nullif(element_at(attributes, 'journey_id'), 'null') as journey_id,
    nullif(element_at(attributes, 'journey_run_id'), 'null') as journey_run_id,
    nullif(element_at(attributes, 'journey_activity_id'), 'null') as journey_activity_id,
    cast(null as varchar) as tenant,
    cast(null as varchar) as configuration_set,
    cast(null as varchar) as template,
    subject,
    coalesce(
        json_extract_scalar(element_at(attributes, 'customer_context'), '$.application_message_id'),
        nullif(element_at(attributes, 'application_message_id'), 'null'),
        element_at(client_context.custom, 'application_message_id')
    ) as application_message_id,
    link,
    coalesce(open_agent, click_agent, complaint_agent) as user_agent,
    case
        when event_type = '_email.open'
            then
                coalesce(arrival_timestamp - event_timestamp < 2000, false)
                or coalesce(
                    trim(open_agent) = 'Mozilla/5.0' and arrival_timestamp - event_timestamp <= 60000, false
                )
                or coalesce(
                    regexp_like(
                        replace(lower(open_agent), 'cubot', ''),
                        'bot|crawl|spider|scanner|barracuda|proofpoint|mimecast|safelinks|headless'
                    )
                    or regexp_like(lower(open_agent), 'phantomjs|curl|wget|python-requests|go-http-client|java/|[+]https?://'),
                    false
                )
        else false
    end as is_machine_open,
    case
        when event_type in ('_email.click', '_email.unsubscribe')
            then
                coalesce(arrival_timestamp - event_timestamp < 5000, false)
                or coalesce(
                    regexp_like(
                        replace(lower(click_agent), 'cubot', ''),
                        'bot|crawl|spider|scanner|barracuda|proofpoint|mimecast|safelinks|headless'
                    )
                    or regexp_like(lower(click_agent), 'phantomjs|curl|wget|python-requests|go-http-client|java/|[+]https?://')
                    or not regexp_like(lower(click_agent), '^ *((mozilla|opera)/|$)'),
                    false
                )
        else false
    end as is_bot_click,
    case
        when event_type in ('_email.hardbounce', '_email.softbounce')
            then
                coalesce(
                    element_at(bounced_recipients, place).diagnostic_code, element_at(bounced_recipients, place).status
                )
        when event_type = '_email.rejected' then reject_reason
        when event_type = '_SMS.FAILURE' then status
        when kind = 'send' then nullif(status, 'SUCCESS')
    end as reason,
    case
        when event_type not in ('_email.hardbounce', '_email.softbounce') then null
        when bounce_subtype in ('OnAccountSuppressionList', 'Suppressed') then cast('suppressed' as varchar)
        when service_bounce_type = 'Undetermined' then 'undetermined'
        when event_type = '_email.hardbounce' then 'hard'
        else 'soft'
    end as bounce_type,
    bounce_subtype,
    complaint_type,
    case
        when kind = 'sms' then try_cast(element_at(attributes, 'number_of_message_parts') as integer)
    end as message_parts,
    price_usd,
    cast(null as double) as fee_usd,
    ingest_timestamp,
    case
        when kind = 'sms'
            then
                transform_values(
                    try(
                        cast(
                            json_parse(nullif(element_at(attributes, 'customer_context'), 'null')) as map(varchar, json)
                        )
                    ),
                    (k, v) -> coalesce(json_extract_scalar(v, '$'), nullif(json_format(v), 'null'))
                )
        else
            map_concat(
                coalesce(client_context.custom, cast(map() as map(varchar, varchar))),
                coalesce(attributes, cast(map() as map(varchar, varchar)))
            )
    end as tags,
    case
        when event_type in ('_email.open', '_email.click', '_email.unsubscribe')
            then
                event_type || '|' || email_message_id || '|' || cast(arrival_timestamp as varchar)
                || '|' || nullif(element_at(attributes, 'feedback'), 'null')
        when event_type in ('_email.hardbounce', '_email.softbounce')
            then event_type || '|' || bounce_feedback_id || '|' || listed_address
        when event_type = '_email.complaint' then event_type || '|' || complaint_feedback_id || '|' || listed_address
        when kind = 'email' then event_type || '|' || email_message_id || '|' || recipient
        when kind = 'sms'
            then
                event_type || '|' || cast(event_timestamp as varchar) || '|' || status
                || '|' || nullif(element_at(attributes, 'message_id'), 'null')
        when event_type = '_campaign.send'
            then
                event_type || '|' || nullif(element_at(attributes, 'campaign_activity_id'), 'null')
                || '|' || client.client_id
        when event_type = '_journey.send'
            then
                event_type || '|' || nullif(element_at(attributes, 'journey_run_id'), 'null')
                || '|' || nullif(element_at(attributes, 'journey_activity_id'), 'null')
                || '|' || client.client_id || '|' || cast(event_timestamp as varchar)
        else
            event_type || '|' || application.app_id || '|' || client.client_id
            || '|' || nullif(element_at(session, 'session_id'), 'null') || '|' || cast(event_timestamp as varchar)
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
