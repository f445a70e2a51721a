with events as (
    select * from "engagementdb-events-table"
),

-- The stored time is that of sending on every event; the event's own one is in what SES published.
mails as (
    select
        messageid,
        type,
        sendingaddress,
        element_at(destinationaddress, 1) as destinationaddress,
        cardinality(destinationaddress) as recipient_count,
        tags,
        coalesce(
            nullif(element_at(channeldata, 'subject'), ''), json_extract_scalar(rawevent, '$.mail.commonHeaders.subject')
        ) as subject,
        cast(try(from_unixtime(timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as sent_at,
        statuscode,
        statusmessage,
        case
            when type = 'Delivery' then json_extract(rawevent, '$.delivery')
            when type = 'Open' then json_extract(rawevent, '$.open')
            when type = 'Click' then json_extract(rawevent, '$.click')
            when type = 'Bounce' then json_extract(rawevent, '$.bounce')
            when type = 'Complaint' then json_extract(rawevent, '$.complaint')
            when type = 'DeliveryDelay' then json_extract(rawevent, '$.deliveryDelay')
            when type = 'Subscription' then json_extract(rawevent, '$.subscription')
        end as details,
        ingest_timestamp
    from events
    where channel = 'email' and messageid is not null
),

timed as (
    select
        *,
        cast(
            try(from_iso8601_timestamp(json_extract_scalar(details, '$.timestamp'))) at time zone 'UTC' as timestamp(3)
        ) as own_at,
        json_extract_scalar(details, '$.timestamp') as own_time,
        json_extract_scalar(details, '$.ipAddress') as ip_address,
        json_extract_scalar(details, '$.userAgent') as user_agent,
        json_extract_scalar(details, '$.isBotEvent') as is_bot_event,
        case when type = 'Click' then coalesce(json_extract_scalar(details, '$.link'), nullif(statusmessage, '')) end as link,
        case
            when type = 'Bounce' then coalesce(json_extract_scalar(details, '$.bounceType'), nullif(statuscode, ''))
        end as bouncetype,
        case
            when type = 'Bounce' then coalesce(json_extract_scalar(details, '$.bounceSubType'), nullif(statusmessage, ''))
        end as bouncesubtype,
        case
            when type = 'Complaint'
                then coalesce(json_extract_scalar(details, '$.complaintFeedbackType'), nullif(statuscode, ''))
        end as complaintfeedbacktype
    from mails
),

judged as (
    select
        *,
        coalesce(own_at, sent_at) as event_at,
        case
            when is_bot_event is not null then is_bot_event = 'Likely'
            else
                coalesce(date_diff('millisecond', sent_at, own_at) < if(type = 'Open', 2000, 5000), false)
                or coalesce(
                    type = 'Open'
                    and trim(user_agent) = 'Mozilla/5.0'
                    and date_diff('millisecond', sent_at, own_at) <= 60000,
                    false
                )
                or coalesce(
                    regexp_like(
                        replace(lower(user_agent), 'cubot', ''),
                        'bot|crawl|spider|scanner|barracuda|proofpoint|mimecast|safelinks|headless'
                    )
                    or regexp_like(lower(user_agent), 'phantomjs|curl|wget|python-requests|go-http-client|java/|[+]https?://')
                    or (type = 'Click' and not regexp_like(lower(user_agent), '^ *((mozilla|opera)/|$)')),
                    false
                )
        end as is_machine,
        own_time || '|' || ip_address || '|' || user_agent
        || if(type = 'Click', '|' || link, '') as reaction_key,
        -- By time; of one moment what comes later in the life of a mail.
        coalesce(date_format(coalesce(own_at, sent_at), '%Y-%m-%d %H:%i:%s.%f'), '0')
        || case type when 'Send' then '0' when 'DeliveryDelay' then '1' when 'Delivery' then '2' else '3' end
        || coalesce(type, '') || coalesce(link, '') as event_order
    from timed
),

messages as (
    select
        messageid,
        -- The empty text stands where an event names no sender, and stays where none does.
        max_by(sendingaddress, if(sendingaddress = '', '0', '1') || event_order)
        filter (where sendingaddress is not null) as sendingaddress,
        max_by(destinationaddress, event_order) filter (where destinationaddress is not null) as destinationaddress,
        max(recipient_count) as recipient_count,
        min(ingest_timestamp) as ingest_timestamp,
        min(sent_at) as message_timestamp,
        max(event_at) filter (where type = 'Send') as send_timestamp,
        max(event_at) filter (where type = 'Bounce') as bounce_timestamp,
        max(event_at) filter (where type = 'Complaint') as complaint_timestamp,
        max(event_at) filter (where type = 'Delivery') as delivery_timestamp,
        max(event_at) filter (where type = 'Reject') as reject_timestamp,
        max(event_at) filter (where type = 'Open') as last_open_timestamp,
        max(event_at) filter (where type = 'Click') as last_click_timestamp,
        max(event_at) filter (where type = 'Rendering Failure') as rendering_failure_timestamp,
        max(event_at) filter (where type = 'DeliveryDelay') as delivery_delay_timestamp,
        max(event_at) filter (where type = 'Subscription') as subscription_timestamp,
        -- An event without a key is never taken for another one.
        count(distinct reaction_key) filter (where type = 'Open')
        + count_if(type = 'Open' and reaction_key is null) as open_count,
        count(distinct reaction_key) filter (where type = 'Open' and not is_machine)
        + count_if(type = 'Open' and not is_machine and reaction_key is null) as human_open_count,
        count(distinct reaction_key) filter (where type = 'Click')
        + count_if(type = 'Click' and reaction_key is null) as click_count,
        count(distinct reaction_key) filter (where type = 'Click' and not is_machine)
        + count_if(type = 'Click' and not is_machine and reaction_key is null) as human_click_count,
        max_by(link, event_order) filter (where link is not null) as last_clicked_link,
        -- A permanent bounce says more than a later one that is not.
        max_by(bouncetype, if(bouncetype = 'Permanent', '1', '0') || event_order)
        filter (where bouncetype is not null) as bouncetype,
        max_by(bouncesubtype, if(bouncetype = 'Permanent', '1', '0') || event_order)
        filter (where bouncetype is not null) as bouncesubtype,
        max_by(complaintfeedbacktype, event_order)
        filter (where complaintfeedbacktype is not null) as complaintfeedbacktype,
        max_by(type, event_order) filter (
            where type in ('Send', 'Delivery', 'DeliveryDelay', 'Bounce', 'Complaint', 'Reject', 'Rendering Failure')
        ) as latest_status,
        max_by(element_at(tags, 'ses:source-tls-version'), event_order)
        filter (where element_at(tags, 'ses:source-tls-version') is not null) as source_tls_version,
        max_by(subject, event_order) filter (where subject is not null) as subject,
        max_by(element_at(tags, 'ses:source-ip'), event_order)
        filter (where element_at(tags, 'ses:source-ip') is not null) as source_ip,
        max_by(element_at(tags, 'ses:configuration-set'), event_order)
        filter (where element_at(tags, 'ses:configuration-set') is not null) as configuration_set,
        max_by(element_at(tags, 'campaign'), event_order)
        filter (where element_at(tags, 'campaign') is not null) as campaign
    from judged
    group by messageid
),

-- Addresses may stand behind a name, in angle brackets.
domains as (
    select
        *,
        regexp_extract(destinationaddress, '@([^@<> ]+)>? *$', 1) as isp,
        lower(regexp_extract(destinationaddress, '@([^@<> ]+)>? *$', 1)) as recipient_domain
    from messages
)

select
    messageid,
    sendingaddress,
    destinationaddress,
    ingest_timestamp,
    message_timestamp,
    send_timestamp,
    bounce_timestamp,
    complaint_timestamp,
    delivery_timestamp,
    reject_timestamp,
    last_open_timestamp,
    open_count,
    last_click_timestamp,
    click_count,
    last_clicked_link,
    rendering_failure_timestamp,
    delivery_delay_timestamp,
    subscription_timestamp,
    bouncetype,
    bouncesubtype,
    complaintfeedbacktype,
    case
        when bounce_timestamp is not null then cast('Bounce' as varchar)
        when complaint_timestamp is not null then 'Complaint'
        when delivery_timestamp is not null then 'Delivery'
        when reject_timestamp is not null then 'Reject'
        when send_timestamp is not null then 'Send'
        when rendering_failure_timestamp is not null then 'Rendering Failure'
        when delivery_delay_timestamp is not null then 'DeliveryDelay'
    end as last_status,
    isp,
    coalesce(regexp_extract(sendingaddress, '@([^@<> ]+)>? *$', 1), 'none') as sending_domain,
    source_tls_version,
    subject,
    source_ip,
    coalesce(configuration_set, 'none') as configuration_set,
    coalesce(campaign, 'none') as campaign,
    recipient_count,
    human_open_count,
    human_click_count,
    latest_status,
    case
        when recipient_domain in ('gmail.com', 'googlemail.com') then cast('gmail' as varchar)
        when
            starts_with(recipient_domain, 'outlook.')
            or starts_with(recipient_domain, 'hotmail.')
            or starts_with(recipient_domain, 'live.')
            or recipient_domain = 'msn.com'
            then 'microsoft'
        when
            starts_with(recipient_domain, 'yahoo.') or recipient_domain in ('ymail.com', 'rocketmail.com', 'aol.com')
            then 'yahoo'
        when recipient_domain in ('icloud.com', 'me.com', 'mac.com') then 'apple'
        else recipient_domain
    end as isp_group,
    cast(message_timestamp as date) as message_date
from domains
