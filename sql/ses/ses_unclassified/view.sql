with events as (
    select * from ses_all_events
)

select
    event_type,
    sent_at,
    message_id,
    destination,
    recipient_count,
    is_multi_recipient,
    is_test,
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
    ingest_timestamp
from events
where
    event_type is null
    or event_type not in (
        'Send',
        'Delivery',
        'Open',
        'Click',
        'Bounce',
        'Complaint',
        'Reject',
        'Rendering Failure',
        'DeliveryDelay',
        'Subscription'
    )
