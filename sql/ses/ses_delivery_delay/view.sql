with events as (
    select * from ses_all_events
),

delays as (
    select *
    from events
    where event_type = 'DeliveryDelay'
),

per_recipient as (
    select
        delays.*,
        listed.recipient,
        element_at(delays.deliverydelay.delayedrecipients, listed.place) as delayed_recipient
    from delays
    left join unnest(delays.recipients) with ordinality as listed (recipient, place) on true
)

select
    occurred_at,
    sent_at,
    message_id,
    recipient,
    destination,
    recipient_count,
    is_multi_recipient,
    coalesce(split_part(recipient, '@', 2) = 'simulator.amazonses.com', false) as is_test,
    from_address,
    from_domain,
    subject,
    configuration_set,
    tenant,
    campaign,
    template,
    source_ip,
    caller_identity,
    operation,
    aws_account_id,
    tags,
    tag_lists,
    deliverydelay.delaytype as delay_type,
    delayed_recipient.status as recipient_status,
    delayed_recipient.diagnosticcode as diagnostic_code,
    cast(try(from_iso8601_timestamp(deliverydelay.expirationtime)) at time zone 'UTC' as timestamp(3)) as expires_at,
    deliverydelay.reportingmta as reporting_mta,
    ingest_timestamp,
    record_key || '|' || recipient as event_key
from per_recipient
