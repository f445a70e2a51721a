with records as (
    select * from ses_events
),

-- What differs by kind of event: its own time, whom it tells about, and what identifies it.
read_records as (
    select
        eventtype as event_type,
        mail,
        delivery,
        open,
        click,
        bounce,
        complaint,
        reject,
        failure,
        deliverydelay,
        subscription,
        case
            when eventtype = 'Delivery' then delivery.timestamp
            when eventtype = 'Open' then open.timestamp
            when eventtype = 'Click' then click.timestamp
            when eventtype = 'Bounce' then bounce.timestamp
            when eventtype = 'Complaint' then complaint.timestamp
            when eventtype = 'DeliveryDelay' then deliverydelay.timestamp
            when eventtype = 'Subscription' then subscription.timestamp
            else mail.timestamp
        end as occurred_text,
        -- An open or click of a message to several is nobody's: they share its picture and its links.
        case
            when eventtype = 'Delivery' and cardinality(delivery.recipients) > 0 then delivery.recipients
            when eventtype = 'Bounce' and cardinality(bounce.bouncedrecipients) > 0
                then transform(bounce.bouncedrecipients, r -> r.emailaddress)
            when eventtype = 'Complaint' and cardinality(complaint.complainedrecipients) > 0
                then transform(complaint.complainedrecipients, r -> r.emailaddress)
            when eventtype = 'DeliveryDelay' and cardinality(deliverydelay.delayedrecipients) > 0
                then transform(deliverydelay.delayedrecipients, r -> r.emailaddress)
            when eventtype in ('Send', 'Reject', 'Rendering Failure') or cardinality(mail.destination) = 1
                then mail.destination
        end as listed_recipients,
        case
            when eventtype in ('Send', 'Reject', 'Rendering Failure') then eventtype || '|' || mail.messageid
            when eventtype = 'Delivery' then eventtype || '|' || mail.messageid || '|' || delivery.timestamp
            when eventtype = 'DeliveryDelay'
                then eventtype || '|' || mail.messageid || '|' || deliverydelay.timestamp
            when eventtype = 'Bounce' then eventtype || '|' || bounce.feedbackid
            when eventtype = 'Complaint' then eventtype || '|' || complaint.feedbackid
            when eventtype = 'Open'
                then
                    eventtype || '|' || mail.messageid || '|' || open.timestamp
                    || '|' || open.ipaddress || '|' || open.useragent
            when eventtype = 'Click'
                then
                    eventtype || '|' || mail.messageid || '|' || click.timestamp || '|' || click.ipaddress
                    || '|' || cast(length(click.link) as varchar) || ':' || click.link || '|' || click.useragent
            when eventtype = 'Subscription'
                then
                    eventtype || '|' || mail.messageid || '|' || subscription.timestamp
                    || '|' || subscription.contactlist
        end as record_key,
        transform(
            filter(
                subscription.newtopicpreferences.topicsubscriptionstatus, t -> t.subscriptionstatus = 'OptOut'
            ),
            t -> t.topicname
        ) as topics_out,
        transform(
            filter(
                subscription.oldtopicpreferences.topicsubscriptionstatus, t -> t.subscriptionstatus = 'OptOut'
            ),
            t -> t.topicname
        ) as topics_out_before,
        transform(
            filter(
                subscription.newtopicpreferences.topicsubscriptionstatus, t -> t.subscriptionstatus = 'OptIn'
            ),
            t -> t.topicname
        ) as topics_in,
        transform(
            filter(
                subscription.oldtopicpreferences.topicsubscriptionstatus, t -> t.subscriptionstatus = 'OptIn'
            ),
            t -> t.topicname
        ) as topics_in_before,
        ingest_timestamp
    from records
),

timed as (
    select
        *,
        cast(try(from_iso8601_timestamp(occurred_text)) at time zone 'UTC' as timestamp(3)) as occurred_at,
        cast(try(from_iso8601_timestamp(mail.timestamp)) at time zone 'UTC' as timestamp(3)) as sent_at,
        coalesce(regexp_extract(mail.source, '<([^<>]+)>', 1), mail.source) as from_address,
        transform(
            listed_recipients, r -> lower(coalesce(regexp_extract(r, '<([^<>]+)>', 1), trim(r)))
        ) as recipients,
        array_except(
            topics_out, coalesce(topics_out_before, cast(array[] as array(varchar)))
        ) as opted_out_topics,
        array_except(
            topics_in, coalesce(topics_in_before, cast(array[] as array(varchar)))
        ) as opted_in_topics
    from read_records
)

select
    event_type,
    occurred_at,
    sent_at,
    mail.messageid as message_id,
    recipients,
    mail.destination as destination,
    cardinality(mail.destination) as recipient_count,
    coalesce(cardinality(mail.destination) > 1, false) as is_multi_recipient,
    coalesce(any_match(recipients, r -> split_part(r, '@', 2) = 'simulator.amazonses.com'), false) as is_test,
    from_address,
    coalesce(
        element_at(element_at(mail.tags, 'ses:from-domain'), 1), lower(split_part(from_address, '@', 2))
    ) as from_domain,
    mail.commonheaders."from" as header_from,
    mail.commonheaders."to" as header_to,
    mail.commonheaders.subject as subject,
    element_at(element_at(mail.tags, 'ses:configuration-set'), 1) as configuration_set,
    -- The sender's own tags, as Firehose lower-cases their names or else with a capital.
    coalesce(
        element_at(element_at(mail.tags, 'ses:tenant-name'), 1),
        element_at(
            if(
                element_at(mail.tags, 'tenant') is null,
                element_at(mail.tags, 'Tenant'),
                element_at(mail.tags, 'tenant')
            ),
            1
        )
    ) as tenant,
    element_at(
        if(
            element_at(mail.tags, 'campaign') is null,
            element_at(mail.tags, 'Campaign'),
            element_at(mail.tags, 'campaign')
        ),
        1
    ) as campaign,
    coalesce(
        element_at(
            if(
                element_at(mail.tags, 'template') is null,
                element_at(mail.tags, 'Template'),
                element_at(mail.tags, 'template')
            ),
            1
        ),
        failure.templatename
    ) as template,
    element_at(element_at(mail.tags, 'ses:source-ip'), 1) as source_ip,
    element_at(element_at(mail.tags, 'ses:caller-identity'), 1) as caller_identity,
    element_at(element_at(mail.tags, 'ses:operation'), 1) as operation,
    mail.sourcearn as source_arn,
    mail.sendingaccountid as aws_account_id,
    try(transform_keys(transform_values(mail.tags, (k, v) -> element_at(v, 1)), (k, v) -> lower(k))) as tags,
    mail.tags as tag_lists,
    mail.headers as headers,
    mail.headerstruncated as headers_truncated,
    case
        when event_type <> 'Open' or event_type is null then false
        when open.isbotevent is not null then open.isbotevent = 'Likely'
        else
            coalesce(date_diff('millisecond', sent_at, occurred_at) < 2000, false)
            or coalesce(
                trim(open.useragent) = 'Mozilla/5.0' and date_diff('millisecond', sent_at, occurred_at) <= 60000, false
            )
            or coalesce(
                regexp_like(
                    replace(lower(open.useragent), 'cubot', ''),
                    'bot|crawl|spider|scanner|barracuda|proofpoint|mimecast|safelinks|headless'
                )
                or regexp_like(lower(open.useragent), 'phantomjs|curl|wget|python-requests|go-http-client|java/|[+]https?://'),
                false
            )
    end as is_machine_open,
    case
        when event_type <> 'Click' or event_type is null then false
        when click.isbotevent is not null then click.isbotevent = 'Likely'
        else
            coalesce(date_diff('millisecond', sent_at, occurred_at) < 5000, false)
            or coalesce(
                regexp_like(
                    replace(lower(click.useragent), 'cubot', ''),
                    'bot|crawl|spider|scanner|barracuda|proofpoint|mimecast|safelinks|headless'
                )
                or regexp_like(lower(click.useragent), 'phantomjs|curl|wget|python-requests|go-http-client|java/|[+]https?://')
                or not regexp_like(lower(click.useragent), '^ *((mozilla|opera)/|$)'),
                false
            )
    end as is_bot_click,
    case
        when event_type <> 'Bounce' or event_type is null then null
        when
            bounce.bouncesubtype in (
                'OnAccountSuppressionList',
                'OnTenantSuppressionList',
                'Suppressed',
                'EmailValidationSuppressed',
                'UnsubscribedRecipient'
            )
            then 'suppressed'
        when bounce.bouncetype = 'Permanent' then 'hard'
        when bounce.bouncetype = 'Transient' then 'soft'
        else cast('undetermined' as varchar)
    end as bounce_class,
    case
        when event_type <> 'Complaint' or event_type is null then null
        when complaint.complaintsubtype in ('OnAccountSuppressionList', 'OnTenantSuppressionList') then 'suppressed'
        when complaint.complaintfeedbacktype = 'not-spam' then 'not_spam'
        else cast('spam' as varchar)
    end as complaint_class,
    opted_out_topics,
    opted_in_topics,
    coalesce(
        subscription.newtopicpreferences.unsubscribeall
        and not coalesce(subscription.oldtopicpreferences.unsubscribeall, false),
        false
    )
    or coalesce(cardinality(opted_out_topics) > 0, false) as is_unsubscribe,
    delivery,
    open,
    click,
    bounce,
    complaint,
    reject,
    failure,
    deliverydelay,
    subscription,
    ingest_timestamp,
    record_key
from timed
