with events as (
    select * from ses_all_events
),

bounces as (
    select *
    from events
    where event_type = 'Bounce'
),

per_recipient as (
    select
        bounces.*,
        listed.recipient,
        element_at(bounces.bounce.bouncedrecipients, listed.place) as bounced_recipient
    from bounces
    left join unnest(bounces.recipients) with ordinality as listed (recipient, place) on true
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
    bounce.bouncetype as bounce_type,
    bounce.bouncesubtype as bounce_subtype,
    bounce_class,
    bounce_class = 'hard' or coalesce(bounce.bouncesubtype = 'Suppressed', false) as is_counted_by_ses,
    bounced_recipient.action as recipient_action,
    bounced_recipient.status as recipient_status,
    bounced_recipient.diagnosticcode as diagnostic_code,
    bounce.feedbackid as feedback_id,
    bounce.reportingmta as reporting_mta,
    bounce.remotemtaip as remote_mta_ip,
    ingest_timestamp,
    record_key || '|' || recipient as event_key
from per_recipient
