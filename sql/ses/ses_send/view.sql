with events as (
    select * from ses_all_events
),

sends as (
    select *
    from events
    where event_type = 'Send'
),

per_recipient as (
    select
        sends.*,
        listed.recipient
    from sends
    left join unnest(sends.recipients) as listed (recipient) on true
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
    source_arn,
    header_from,
    header_to,
    ingest_timestamp,
    record_key || '|' || recipient as event_key
from per_recipient
