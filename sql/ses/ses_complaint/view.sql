with events as (
    select * from ses_all_events
),

complaints as (
    select *
    from events
    where event_type = 'Complaint'
),

per_recipient as (
    select
        complaints.*,
        listed.recipient
    from complaints
    left join unnest(complaints.recipients) as listed (recipient) on true
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
    complaint.complaintfeedbacktype as complaint_feedback_type,
    complaint.complaintsubtype as complaint_subtype,
    complaint_class,
    complaint.feedbackid as feedback_id,
    complaint.useragent as user_agent,
    cast(try(from_iso8601_timestamp(complaint.arrivaldate)) at time zone 'UTC' as timestamp(3)) as arrived_at,
    ingest_timestamp,
    record_key || '|' || recipient as event_key
from per_recipient
