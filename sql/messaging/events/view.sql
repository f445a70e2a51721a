with pinpoint as (
    select * from pinpoint_events
),

ses as (
    select * from ses_message_events
),

sms as (
    select * from sms_message_events
),

-- One branch a service; each reads its source once and has the same columns.
branches as (
    select
        family,
        channel,
        event_name,
        is_final,
        event_type,
        occurred_at,
        sent_at,
        message_id,
        recipient,
        recipient_count,
        sender,
        country,
        carrier,
        application_id,
        aws_account_id,
        endpoint_id,
        campaign_id,
        campaign_activity_id,
        treatment_id,
        journey_id,
        journey_run_id,
        journey_activity_id,
        tenant,
        configuration_set,
        subject,
        application_message_id,
        link,
        user_agent,
        is_machine_open,
        is_bot_click,
        reason,
        bounce_type,
        bounce_subtype,
        complaint_type,
        message_parts,
        price_usd,
        fee_usd,
        ingest_timestamp,
        tags,
        event_key
    from pinpoint
    union all
    select
        family,
        channel,
        event_name,
        is_final,
        event_type,
        occurred_at,
        sent_at,
        message_id,
        recipient,
        recipient_count,
        sender,
        country,
        carrier,
        application_id,
        aws_account_id,
        endpoint_id,
        campaign_id,
        campaign_activity_id,
        treatment_id,
        journey_id,
        journey_run_id,
        journey_activity_id,
        tenant,
        configuration_set,
        subject,
        application_message_id,
        link,
        user_agent,
        is_machine_open,
        is_bot_click,
        reason,
        bounce_type,
        bounce_subtype,
        complaint_type,
        message_parts,
        price_usd,
        fee_usd,
        ingest_timestamp,
        tags,
        event_key
    from ses
    union all
    select
        family,
        channel,
        event_name,
        is_final,
        event_type,
        occurred_at,
        sent_at,
        message_id,
        recipient,
        recipient_count,
        sender,
        country,
        carrier,
        application_id,
        aws_account_id,
        endpoint_id,
        campaign_id,
        campaign_activity_id,
        treatment_id,
        journey_id,
        journey_run_id,
        journey_activity_id,
        tenant,
        configuration_set,
        subject,
        application_message_id,
        link,
        user_agent,
        is_machine_open,
        is_bot_click,
        reason,
        bounce_type,
        bounce_subtype,
        complaint_type,
        message_parts,
        price_usd,
        fee_usd,
        ingest_timestamp,
        tags,
        event_key
    from sms
),

domains as (
    select
        *,
        case when channel = 'email' then split_part(recipient, '@', 2) end as recipient_domain
    from branches
)

select
    family,
    channel,
    event_name,
    is_final,
    event_type,
    occurred_at,
    sent_at,
    message_id,
    recipient,
    recipient_domain,
    case
        when recipient_domain in ('gmail.com', 'googlemail.com') then cast('gmail' as varchar)
        when
            starts_with(recipient_domain, 'outlook.')
            or starts_with(recipient_domain, 'hotmail.')
            or starts_with(recipient_domain, 'live.')
            or recipient_domain = 'msn.com'
            then 'microsoft'
        when
            starts_with(recipient_domain, 'yahoo.') or recipient_domain in ('ymail.com', 'rocketmail.com', 'aol.com')
            then 'yahoo'
        when recipient_domain in ('icloud.com', 'me.com', 'mac.com') then 'apple'
        when recipient_domain is not null then 'other'
    end as domain_group,
    recipient_count,
    sender,
    country,
    carrier,
    application_id,
    aws_account_id,
    endpoint_id,
    campaign_id,
    campaign_activity_id,
    treatment_id,
    journey_id,
    journey_run_id,
    journey_activity_id,
    tenant,
    configuration_set,
    subject,
    application_message_id,
    link,
    user_agent,
    is_machine_open,
    is_bot_click,
    coalesce(recipient_domain = 'simulator.amazonses.com', false) as is_test,
    reason,
    bounce_type,
    bounce_subtype,
    complaint_type,
    message_parts,
    price_usd,
    fee_usd,
    ingest_timestamp,
    tags,
    event_key
from domains
