with events as (
    select * from all_events
),

journey_events as (
    select
        event_type,
        event_timestamp,
        arrival_timestamp,
        application,
        client,
        attributes,
        nullif(element_at(attributes, 'journey_run_id'), 'null') as journey_run_id,
        nullif(element_at(attributes, 'journey_activity_id'), 'null') as journey_activity_id,
        nullif(element_at(session, 'session_id'), 'null') as session_id,
        coalesce(
            array_join(
                array_sort(
                    transform(
                        map_keys(attributes),
                        k -> cast(length(k) as varchar) || ':' || lower(k) || '='
                        || coalesce(
                            cast(length(element_at(attributes, k)) as varchar) || ':' || element_at(attributes, k), '4:null'
                        )
                    )
                ),
                ','
            ),
            ''
        ) as attributes_text,
        nullif(element_at(client_context.custom, 'endpoint'), 'null') as endpoint_json,
        awsaccountid,
        ingest_timestamp
    from events
    where starts_with(event_type, '_journey.')
)

select
    event_type,
    cast(try(from_unixtime(event_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as event_timestamp,
    cast(try(from_unixtime(arrival_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as arrival_timestamp,
    application.app_id as application_id,
    client.client_id as endpoint_id,
    journey_run_id,
    nullif(element_at(attributes, 'journey_send_status'), 'null') as journey_send_status,
    nullif(element_at(attributes, 'journey_id'), 'null') as journey_id,
    journey_activity_id,
    awsaccountid as aws_account_id,
    cast('varchar' as varchar) as custom,
    json_extract_scalar(endpoint_json, '$.EndpointStatus') as end_point_status,
    json_extract_scalar(endpoint_json, '$.ChannelType') as channel_type,
    json_extract_scalar(endpoint_json, '$.User.UserId') as user_id,
    ingest_timestamp,
    cast(try(from_unixtime(event_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as occurred_at,
    case
        when event_type = '_journey.send'
            then
                event_type || '|' || journey_run_id || '|' || journey_activity_id
                || '|' || client.client_id || '|' || cast(event_timestamp as varchar)
        else
            event_type || '|' || application.app_id || '|' || client.client_id || '|' || session_id
            || '|' || cast(event_timestamp as varchar) || '|' || attributes_text
    end as event_key,
    endpoint_json,
    nullif(element_at(attributes, 'journey_activity_type'), 'null') as journey_activity_type
from journey_events
