with events as (
    select * from ses_all_events
),

opens as (
    select *
    from events
    where event_type = 'Open'
)

select
    occurred_at,
    sent_at,
    message_id,
    element_at(recipients, 1) as recipient,
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
    open.ipaddress as ip_address,
    open.useragent as user_agent,
    open.isbotevent as is_bot_event,
    is_machine_open,
    ingest_timestamp,
    record_key as event_key
from opens
