with events as (
    select * from "engagementdb-events-table"
),

changes as (
    select
        messageid,
        sendingaddress,
        destinationaddress,
        tags,
        nullif(statuscode, '') as statuscode,
        nullif(statusmessage, '') as statusmessage,
        cast(try(from_unixtime(timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as sent_at,
        json_extract(rawevent, '$.subscription') as subscription,
        ingest_timestamp
    from events
    where channel = 'email' and type = 'Subscription' and messageid is not null
),

read_changes as (
    select
        *,
        json_extract_scalar(subscription, '$.timestamp') as own_time,
        json_extract_scalar(subscription, '$.contactList') as own_contact_list,
        json_extract_scalar(subscription, '$.newTopicPreferences.unsubscribeAll') as new_unsubscribe_all,
        json_extract_scalar(subscription, '$.oldTopicPreferences.unsubscribeAll') as old_unsubscribe_all,
        try(
            cast(json_extract(subscription, '$.newTopicPreferences.topicSubscriptionStatus') as array(json))
        ) as new_topics,
        coalesce(
            try(cast(json_extract(subscription, '$.oldTopicPreferences.topicSubscriptionStatus') as array(json))),
            cast(array[] as array(json))
        ) as old_topics,
        -- Of a mail to several it is not told whose change it was.
        if(cardinality(destinationaddress) = 1, element_at(destinationaddress, 1)) as address
    from changes
),

compared as (
    select
        *,
        array_except(
            transform(
                filter(new_topics, t -> json_extract_scalar(t, '$.subscriptionStatus') = 'OptOut'),
                t -> json_extract_scalar(t, '$.topicName')
            ),
            transform(
                filter(old_topics, t -> json_extract_scalar(t, '$.subscriptionStatus') = 'OptOut'),
                t -> json_extract_scalar(t, '$.topicName')
            )
        ) as opted_out_topics,
        array_except(
            transform(
                filter(new_topics, t -> json_extract_scalar(t, '$.subscriptionStatus') = 'OptIn'),
                t -> json_extract_scalar(t, '$.topicName')
            ),
            transform(
                filter(old_topics, t -> json_extract_scalar(t, '$.subscriptionStatus') = 'OptIn'),
                t -> json_extract_scalar(t, '$.topicName')
            )
        ) as opted_in_topics
    from read_changes
)

select
    coalesce(cast(try(from_iso8601_timestamp(own_time)) at time zone 'UTC' as timestamp(3)), sent_at) as occurred_at,
    sent_at,
    messageid,
    lower(coalesce(regexp_extract(address, '<([^<>]+)>', 1), trim(address))) as recipient,
    destinationaddress,
    cardinality(destinationaddress) as recipient_count,
    sendingaddress,
    element_at(tags, 'ses:configuration-set') as configuration_set,
    element_at(tags, 'campaign') as campaign,
    tags,
    coalesce(own_contact_list, statuscode) as contact_list,
    coalesce(json_extract_scalar(subscription, '$.source'), statusmessage) as subscription_source,
    coalesce(new_unsubscribe_all = 'true' and coalesce(old_unsubscribe_all, 'false') <> 'true', false)
    or coalesce(cardinality(opted_out_topics) > 0, false) as is_unsubscribe,
    case new_unsubscribe_all when 'true' then true when 'false' then false end as is_unsubscribed_from_all,
    opted_out_topics,
    opted_in_topics,
    ingest_timestamp,
    'Subscription|' || messageid || '|' || own_time || '|' || own_contact_list as event_key
from compared
