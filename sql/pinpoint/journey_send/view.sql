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
        nullif(element_at(attributes, 'journey_run_id'), 'null') as journey_run_id,
        nullif(element_at(attributes, 'journey_activity_id'), 'null') as journey_activity_id,
        client_context,
        awsaccountid,
        ingest_timestamp
    from events
    where event_type = '_journey.send'
)

select
    cast(try(from_unixtime(event_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as event_timestamp,
    cast(try(from_unixtime(arrival_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as arrival_timestamp,
    application.app_id as application_id,
    client.client_id as endpoint_id,
    journey_run_id,
    nullif(element_at(attributes, 'journey_send_status'), 'null') as journey_send_status,
    nullif(element_at(attributes, 'journey_id'), 'null') as journey_id,
    journey_activity_id,
    awsaccountid as aws_account_id,
    map_concat(
        coalesce(client_context.custom, cast(map() as map(varchar, varchar))),
        coalesce(attributes, cast(map() as map(varchar, varchar)))
    ) as message_tags,
    ingest_timestamp,
    cast(try(from_unixtime(event_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as occurred_at,
    event_type || '|' || journey_run_id || '|' || journey_activity_id || '|' || client.client_id
    || '|' || cast(event_timestamp as varchar) as event_key,
    nullif(element_at(attributes, 'journey_activity_type'), 'null') as journey_activity_type,
    nullif(element_at(attributes, 'journey_send_status_code'), 'null') as journey_send_status_code,
    nullif(element_at(attributes, 'journey_send_status_message'), 'null') as journey_send_status_message,
    client_context.custom as client_context_custom
from sends
