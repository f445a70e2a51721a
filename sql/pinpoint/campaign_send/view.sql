with events as (
    select * from all_events
),

sends as (
    select
        event_type,
        event_timestamp,
        arrival_timestamp,
        application,
        client,
        attributes,
        nullif(element_at(attributes, 'campaign_activity_id'), 'null') as campaign_activity_id,
        client_context,
        awsaccountid,
        ingest_timestamp
    from events
    where event_type = '_campaign.send'
)

select
    cast(try(from_unixtime(event_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as event_timestamp,
    cast(try(from_unixtime(arrival_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as arrival_timestamp,
    application.app_id as application_id,
    client.client_id as endpoint_id,
    nullif(element_at(attributes, 'campaign_id'), 'null') as pinpoint_campaign_id,
    nullif(element_at(attributes, 'treatment_id'), 'null') as pinpoint_treatment_id,
    awsaccountid as aws_account_id,
    attributes as message_tags,
    ingest_timestamp,
    cast(try(from_unixtime(event_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as occurred_at,
    event_type || '|' || campaign_activity_id || '|' || client.client_id as event_key,
    nullif(element_at(attributes, 'delivery_type'), 'null') as delivery_type,
    nullif(element_at(attributes, 'campaign_send_status'), 'null') as campaign_send_status,
    campaign_activity_id,
    client_context.custom as client_context_custom
from sends
