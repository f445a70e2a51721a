with events as (
    select * from ses_events
),

message_events as (
    select
        mail.messageid as message_id,
        mail.commonheaders.subject as subject,
        mail.destination as destination,
        mail.commonheaders."to" as header_to,
        mail.timestamp as mail_time,
        delivery.timestamp as delivery_time,
        open.timestamp as open_time,
        click.timestamp as click_time,
        bounce.timestamp as bounce_time,
        complaint.timestamp as complaint_time,
        -- What is told of a message is taken from its Send, else from its earliest event.
        if(eventtype = 'Send', '0', '1')
        || coalesce(
            case
                when eventtype = 'Delivery' then delivery.timestamp
                when eventtype = 'Open' then open.timestamp
                when eventtype = 'Click' then click.timestamp
                when eventtype = 'Bounce' then bounce.timestamp
                when eventtype = 'Complaint' then complaint.timestamp
                when eventtype = 'DeliveryDelay' then deliverydelay.timestamp
                when eventtype = 'Subscription' then subscription.timestamp
                else mail.timestamp
            end,
            ''
        ) as telling_order,
        -- Of events of one moment always the same one decides.
        delivery.timestamp || coalesce(delivery.smtpresponse, '') as delivery_order,
        click.timestamp || coalesce(click.link, '') as click_order,
        bounce.timestamp || coalesce(bounce.feedbackid, '') as bounce_order,
        complaint.timestamp || coalesce(complaint.feedbackid, '') as complaint_order,
        bounce.bouncetype as bounce_type,
        bounce.bouncesubtype as bounce_subtype,
        complaint.complaintfeedbacktype as complaint_feedbacktype,
        reject.reason as reject_reason,
        failure.errormessage as rendering_failure_reason,
        click.link as link,
        delivery.smtpresponse as smtp_response,
        element_at(element_at(mail.tags, 'ses:configuration-set'), 1) as configuration_set,
        element_at(
            if(
                element_at(mail.tags, 'campaign') is null,
                element_at(mail.tags, 'Campaign'),
                element_at(mail.tags, 'campaign')
            ),
            1
        ) as campaign,
        eventtype = 'Send' as is_send,
        eventtype = 'Open' as is_open,
        eventtype = 'Click' as is_click,
        open.timestamp || '|' || open.ipaddress || '|' || open.useragent as open_key,
        click.timestamp || '|' || click.ipaddress
        || '|' || cast(length(click.link) as varchar) || ':' || click.link || '|' || click.useragent as click_key,
        ingest_timestamp
    from events
    -- Without an id there is no telling which message an event belongs to.
    where mail.messageid is not null
),

gathered as (
    select
        message_id,
        min_by(subject, telling_order) filter (where subject is not null) as subject,
        min_by(destination, telling_order) filter (where destination is not null) as destination,
        min_by(header_to, telling_order) filter (where header_to is not null) as header_to,
        min(mail_time) as time_sent,
        min(mail_time) filter (where is_send) as send_time,
        min(delivery_time) as time_delivered,
        min(open_time) as time_opened,
        max(open_time) as last_open_time,
        min(click_time) as time_clicked,
        max(click_time) as last_click_time,
        min(bounce_time) as time_bounced,
        max(bounce_time) as last_bounce_time,
        min(complaint_time) as time_complained,
        min_by(bounce_type, bounce_order) as bounce_type,
        min_by(bounce_subtype, bounce_order) as bounce_subtype,
        max_by(bounce_type, bounce_order) as last_bounce_type,
        max_by(bounce_subtype, bounce_order) as last_bounce_subtype,
        min_by(complaint_feedbacktype, complaint_order) as complaint_feedbacktype,
        max(reject_reason) as reject_reason,
        max(rendering_failure_reason) as rendering_failure_reason,
        -- An event without a key is never taken for another one.
        count(distinct open_key) + count_if(is_open and open_key is null) as open_count,
        count(distinct click_key) + count_if(is_click and click_key is null) as click_count,
        max_by(link, click_order) as last_clicked_link,
        min_by(smtp_response, delivery_order) as smtp_response,
        max(configuration_set) as configuration_set,
        max(campaign) as campaign,
        min(ingest_timestamp) as ingest_timestamp
    from message_events
    group by message_id
)

select
    message_id,
    subject,
    destination,
    time_sent,
    time_delivered,
    time_opened,
    time_clicked,
    time_bounced,
    bounce_type,
    bounce_subtype,
    time_complained,
    complaint_feedbacktype,
    header_to,
    cast(try(from_iso8601_timestamp(send_time)) at time zone 'UTC' as timestamp(3)) as sent_at,
    cast(try(from_iso8601_timestamp(time_delivered)) at time zone 'UTC' as timestamp(3)) as delivered_at,
    cast(try(from_iso8601_timestamp(time_bounced)) at time zone 'UTC' as timestamp(3)) as bounced_at,
    cast(try(from_iso8601_timestamp(time_complained)) at time zone 'UTC' as timestamp(3)) as complained_at,
    cast(try(from_iso8601_timestamp(time_opened)) at time zone 'UTC' as timestamp(3)) as first_opened_at,
    cast(try(from_iso8601_timestamp(time_clicked)) at time zone 'UTC' as timestamp(3)) as first_clicked_at,
    cast(try(from_iso8601_timestamp(last_open_time)) at time zone 'UTC' as timestamp(3)) as last_opened_at,
    cast(try(from_iso8601_timestamp(last_click_time)) at time zone 'UTC' as timestamp(3)) as last_clicked_at,
    cast(try(from_iso8601_timestamp(last_bounce_time)) at time zone 'UTC' as timestamp(3)) as last_bounced_at,
    last_bounce_type,
    last_bounce_subtype,
    reject_reason,
    rendering_failure_reason,
    open_count,
    click_count,
    last_clicked_link,
    smtp_response,
    configuration_set,
    campaign,
    ingest_timestamp
from gathered
