with events as (
    select * from ses_all_events
),

changes as (
    select *
    from events
    where event_type = 'Subscription'
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
    subscription.contactlist as contact_list,
    subscription.source as subscription_source,
    is_unsubscribe,
    subscription.newtopicpreferences.unsubscribeall as is_unsubscribed_from_all,
    opted_out_topics,
    opted_in_topics,
    subscription.newtopicpreferences as new_topic_preferences,
    subscription.oldtopicpreferences as old_topic_preferences,
    ingest_timestamp,
    record_key as event_key
from changes
