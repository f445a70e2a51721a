with recorded as (
    select * from events
),

message_events as (
    select
        *,
        -- Pinpoint passes on the opens and clicks of SES, later and without the judgement of SES, and
        -- an open of both streams has two keys: where SES itself tells of any, only those count.
        family <> 'pinpoint' as is_first_hand,
        if(family <> 'pinpoint', '1', '0') || event_key as told_key,
        event_name = 'opened' as is_open,
        event_name = 'opened' and not is_machine_open as is_human_open,
        event_name = 'clicked' as is_click,
        event_name = 'clicked' and not is_bot_click as is_human_click,
        event_name in ('accepted', 'delivered') as is_success,
        event_name in ('accepted', 'delivered', 'failed') as is_receipt,
        -- Of several bounces, failures or prices a permanent or final one counts, then the latest.
        case
            when bounce_type is not null or reason is not null or price_usd is not null
                then
                    if(bounce_type = 'hard' or event_name in ('accepted', 'delivered', 'failed'), '1', '0')
                    || date_format(occurred_at, '%Y-%m-%d %H:%i:%s.%f')
                    || coalesce(event_key, '')
        end as weight
    from recorded
    -- Without an id or a recipient there is no telling which message an event belongs to.
    where message_id is not null and recipient is not null and event_name <> 'not_sent'
),

gathered as (
    select
        message_id,
        recipient,
        min(family) filter (where family <> 'engagementdb') as own_family,
        min(family) as any_family,
        min(channel) as channel,
        min(recipient_domain) as recipient_domain,
        min(domain_group) as domain_group,
        max(recipient_count) as recipient_count,
        min(sender) as sender,
        min(country) as country,
        min(carrier) as carrier,
        min(application_id) as application_id,
        min(aws_account_id) as aws_account_id,
        min(endpoint_id) as endpoint_id,
        min(campaign_id) as campaign_id,
        min(campaign_activity_id) as campaign_activity_id,
        min(treatment_id) as treatment_id,
        min(journey_id) as journey_id,
        min(journey_run_id) as journey_run_id,
        min(journey_activity_id) as journey_activity_id,
        min(tenant) as tenant,
        min(configuration_set) as configuration_set,
        min(subject) as subject,
        min(application_message_id) as application_message_id,
        coalesce(min(sent_at), min(occurred_at) filter (where is_receipt)) as sent_at,
        bool_or(event_name = 'sent') as is_sent,
        min(occurred_at) filter (where event_name = 'accepted') as accepted_at,
        min(occurred_at) filter (where event_name = 'delivered') as delivered_at,
        max(occurred_at) filter (where is_success) as last_success_at,
        max(occurred_at) filter (where event_name = 'failed') as failed_at,
        max(occurred_at) filter (where event_name = 'bounced') as bounced_at,
        min(occurred_at) filter (where event_name = 'rejected') as rejected_at,
        min(occurred_at) filter (where event_name = 'rendering_failed') as rendering_failed_at,
        min(occurred_at) filter (where event_name = 'complained') as complained_at,
        min(occurred_at) filter (where event_name = 'unsubscribed' and not is_bot_click) as unsubscribed_at,
        min(occurred_at) filter (where is_open) as first_opened_at,
        max(occurred_at) filter (where is_open) as last_opened_at,
        min(occurred_at) filter (where is_human_open) as first_human_opened_at,
        min(occurred_at) filter (where is_click) as first_clicked_at,
        max(occurred_at) filter (where is_click) as last_clicked_at,
        min(occurred_at) filter (where is_human_click) as first_human_clicked_at,
        max(occurred_at) as last_event_at,
        coalesce(bool_or(is_open and is_first_hand), false) as is_open_first_hand,
        coalesce(bool_or(is_click and is_first_hand), false) as is_click_first_hand,
        min(occurred_at) filter (where is_human_open and is_first_hand) as first_hand_human_opened_at,
        min(occurred_at) filter (where is_human_click and is_first_hand) as first_hand_human_clicked_at,
        array_distinct(array_agg(told_key) filter (where is_open and told_key is not null)) as open_keys,
        array_distinct(array_agg(told_key) filter (where is_human_open and told_key is not null)) as human_open_keys,
        array_distinct(array_agg(told_key) filter (where is_click and told_key is not null)) as click_keys,
        array_distinct(array_agg(told_key) filter (where is_human_click and told_key is not null)) as human_click_keys,
        -- An event without a key is never taken for another one.
        count_if(is_open and event_key is null) as keyless_open_count,
        count_if(is_open and event_key is null and is_first_hand) as keyless_first_hand_open_count,
        count_if(is_human_open and event_key is null) as keyless_human_open_count,
        count_if(is_human_open and event_key is null and is_first_hand) as keyless_first_hand_human_open_count,
        count_if(is_click and event_key is null) as keyless_click_count,
        count_if(is_click and event_key is null and is_first_hand) as keyless_first_hand_click_count,
        count_if(is_human_click and event_key is null) as keyless_human_click_count,
        count_if(is_human_click and event_key is null and is_first_hand) as keyless_first_hand_human_click_count,
        max_by(bounce_type, weight) filter (where bounce_type is not null) as bounce_type,
        max_by(bounce_subtype, weight) filter (where bounce_subtype is not null) as bounce_subtype,
        max(complaint_type) filter (where event_name = 'complained') as complaint_type,
        max_by(reason, weight) filter (where reason is not null) as reason,
        max(message_parts) as message_parts,
        max_by(price_usd, weight) filter (where price_usd is not null) as price_usd,
        max_by(fee_usd, weight) filter (where fee_usd is not null) as fee_usd,
        bool_or(is_test) as is_test
    from message_events
    group by message_id, recipient
),

judged as (
    select
        *,
        last_success_at is not null
        and (bounced_at is null or (bounce_type <> 'hard' and bounced_at < last_success_at))
        and (failed_at is null or failed_at <= last_success_at) as is_delivered,
        coalesce(cardinality(filter(open_keys, k -> starts_with(k, '1') = is_open_first_hand)), 0)
        + if(is_open_first_hand, keyless_first_hand_open_count, keyless_open_count) as open_count,
        coalesce(cardinality(filter(human_open_keys, k -> starts_with(k, '1') = is_open_first_hand)), 0)
        + if(is_open_first_hand, keyless_first_hand_human_open_count, keyless_human_open_count) as human_open_count,
        coalesce(cardinality(filter(click_keys, k -> starts_with(k, '1') = is_click_first_hand)), 0)
        + if(is_click_first_hand, keyless_first_hand_click_count, keyless_click_count) as click_count,
        coalesce(cardinality(filter(human_click_keys, k -> starts_with(k, '1') = is_click_first_hand)), 0)
        + if(is_click_first_hand, keyless_first_hand_human_click_count, keyless_human_click_count) as human_click_count
    from gathered
)

select
    coalesce(own_family, any_family) as family,
    channel,
    message_id,
    recipient,
    recipient_domain,
    domain_group,
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
    sent_at,
    accepted_at,
    delivered_at,
    bounced_at,
    failed_at,
    rejected_at,
    rendering_failed_at,
    complained_at,
    unsubscribed_at,
    first_opened_at,
    if(is_open_first_hand, first_hand_human_opened_at, first_human_opened_at) as first_human_opened_at,
    last_opened_at,
    first_clicked_at,
    if(is_click_first_hand, first_hand_human_clicked_at, first_human_clicked_at) as first_human_clicked_at,
    last_clicked_at,
    last_event_at,
    case
        when rejected_at is not null then 'rejected'
        when rendering_failed_at is not null then 'failed'
        when is_delivered then 'delivered'
        when bounce_type = 'suppressed' then 'suppressed'
        when bounced_at is not null then 'bounced'
        when failed_at is not null then 'failed'
        when channel = 'push' and is_sent then 'sent'
        else cast('pending' as varchar)
    end as final_status,
    case
        -- Whatever else happened to an e-mail, its record of sending may be lost or lie elsewhere.
        when channel = 'email' then rejected_at is null and rendering_failed_at is null
        when channel = 'sms' then is_sent or last_success_at is not null or failed_at is not null
        else is_sent or last_success_at is not null
    end as is_sent,
    is_delivered,
    not is_delivered and bounce_type is not null and bounce_type = 'hard' as is_hard_bounced,
    not is_delivered and bounce_type is not null and bounce_type = 'soft' as is_soft_bounced,
    not is_delivered and bounce_type is not null and bounce_type = 'suppressed' as is_suppressed,
    complained_at is not null as is_complained,
    unsubscribed_at is not null as is_unsubscribed,
    open_count > 0 as is_opened,
    human_open_count > 0 as is_human_opened,
    click_count > 0 as is_clicked,
    human_click_count > 0 as is_human_clicked,
    open_count,
    human_open_count,
    click_count,
    human_click_count,
    if(is_delivered, null, bounce_type) as bounce_type,
    if(is_delivered, null, bounce_subtype) as bounce_subtype,
    complaint_type,
    if(is_delivered, null, reason) as reason,
    message_parts,
    price_usd,
    fee_usd,
    price_usd + coalesce(fee_usd, 0e0) as cost_usd,
    is_test
from judged
