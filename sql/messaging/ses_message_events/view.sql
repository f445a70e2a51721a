with ses_records as (
    select * from ses.ses_all_events
),

-- A line that is no event has no type.
typed_records as (
    select *
    from ses_records
    where event_type is not null
),

per_recipient as (
    select
        typed_records.*,
        listed.recipient,
        element_at(typed_records.bounce.bouncedrecipients, listed.place) as bounced_recipient,
        element_at(typed_records.deliverydelay.delayedrecipients, listed.place) as delayed_recipient
    from typed_records
    left join unnest(typed_records.recipients) with ordinality as listed (recipient, place) on true
)

select
    cast('ses' as varchar) as family,
    cast('email' as varchar) as channel,
    case
        when event_type = 'Send' then cast('sent' as varchar)
        when event_type = 'Delivery' then 'delivered'
        when event_type = 'Open' then 'opened'
        when event_type = 'Click' then 'clicked'
        when event_type = 'Bounce' then 'bounced'
        -- Such a report says that the address was not tried, not that somebody complained.
        when complaint_class = 'suppressed' then 'bounced'
        when complaint_class = 'not_spam' then 'marked_not_spam'
        when event_type = 'Complaint' then 'complained'
        when event_type = 'Reject' then 'rejected'
        when event_type = 'Rendering Failure' then 'rendering_failed'
        when event_type = 'DeliveryDelay' then 'delayed'
        when event_type = 'Subscription' and is_unsubscribe then 'unsubscribed'
        when event_type = 'Subscription' then 'preferences_changed'
        else 'other'
    end as event_name,
    cast(null as boolean) as is_final,
    event_type,
    occurred_at,
    sent_at,
    message_id,
    recipient,
    recipient_count,
    from_address as sender,
    cast(null as varchar) as country,
    cast(null as varchar) as carrier,
    cast(null as varchar) as application_id,
    aws_account_id,
    cast(null as varchar) as endpoint_id,
    campaign as campaign_id,
    cast(null as varchar) as campaign_activity_id,
    -- To look them up in tags would make that map of every record.
    element_at(
        coalesce(
            element_at(tag_lists, 'treatmentid'),
            element_at(tag_lists, 'treatmentId'),
            element_at(tag_lists, 'TreatmentId'),
            element_at(tag_lists, 'treatment_id')
        ),
        1
    ) as treatment_id,
    element_at(
        coalesce(
            element_at(tag_lists, 'journeyid'),
            element_at(tag_lists, 'journeyId'),
            element_at(tag_lists, 'JourneyId'),
            element_at(tag_lists, 'journey_id')
        ),
        1
    ) as journey_id,
    cast(null as varchar) as journey_run_id,
    cast(null as varchar) as journey_activity_id,
    tenant,
    configuration_set,
    template,
    subject,
    element_at(element_at(tag_lists, 'application_message_id'), 1) as application_message_id,
    click.link as link,
    case
        when event_type = 'Open' then open.useragent
        when event_type = 'Click' then click.useragent
        when event_type = 'Complaint' then complaint.useragent
    end as user_agent,
    is_machine_open,
    is_bot_click,
    case
        when event_type = 'Bounce' then coalesce(bounced_recipient.diagnosticcode, bounced_recipient.status)
        when event_type = 'DeliveryDelay'
            then coalesce(delayed_recipient.diagnosticcode, delayed_recipient.status, deliverydelay.delaytype)
        when event_type = 'Reject' then reject.reason
        when event_type = 'Rendering Failure' then failure.errormessage
    end as reason,
    if(complaint_class = 'suppressed', complaint_class, bounce_class) as bounce_type,
    if(complaint_class = 'suppressed', complaint.complaintsubtype, bounce.bouncesubtype) as bounce_subtype,
    complaint.complaintfeedbacktype as complaint_type,
    cast(null as integer) as message_parts,
    cast(null as double) as price_usd,
    cast(null as double) as fee_usd,
    ingest_timestamp,
    tags,
    if(event_type in ('Open', 'Click', 'Subscription'), record_key, record_key || '|' || recipient) as event_key
from per_recipient
