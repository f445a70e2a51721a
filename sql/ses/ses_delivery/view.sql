with events as (
    select * from ses_all_events
),

deliveries as (
    select *
    from events
    where event_type = 'Delivery'
),

per_recipient as (
    select
        deliveries.*,
        listed.recipient
    from deliveries
    left join unnest(deliveries.recipients) as listed (recipient) on true
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
    delivery.processingtimemillis as processing_time_ms,
    delivery.smtpresponse as smtp_response,
    delivery.reportingmta as reporting_mta,
    delivery.remotemtaip as remote_mta_ip,
    element_at(tags, 'ses:outgoing-ip') as outgoing_ip,
    element_at(tags, 'ses:outgoing-tls-version') as outgoing_tls_version,
    ingest_timestamp,
    record_key || '|' || recipient as event_key
from per_recipient
