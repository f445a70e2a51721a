with events as (
    select * from all_events
),

in_app_events as (
    select
        event_type,
        event_timestamp,
        arrival_timestamp,
        application,
        client,
        attributes,
        device,
        nullif(element_at(session, 'session_id'), 'null') as session_id,
        cast(regexp_extract(element_at(session, 'start_timestamp'), '^[0-9]{1,14}$') as bigint) as session_start_ms,
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
        awsaccountid,
        ingest_timestamp
    from events
    where starts_with(event_type, '_inapp.')
)

select
    event_type,
    cast(try(from_unixtime(event_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as event_timestamp,
    cast(try(from_unixtime(arrival_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as arrival_timestamp,
    application.app_id as application_id,
    client.client_id as endpoint_id,
    client.cognito_id as cognito_id,
    split_part(event_type, '.', 2) as in_app_event,
    nullif(element_at(attributes, 'campaign_id'), 'null') as pinpoint_campaign_id,
    nullif(element_at(attributes, 'treatment_id'), 'null') as pinpoint_treatment_id,
    session_id,
    cast(try(from_unixtime(session_start_ms / 1e3)) at time zone 'UTC' as timestamp(3)) as session_start_time,
    nullif(element_at(device.platform, 'name'), 'null') as device_platform_name,
    nullif(element_at(device.platform, 'version'), 'null') as device_platform_version,
    awsaccountid as aws_account_id,
    attributes,
    ingest_timestamp,
    cast(try(from_unixtime(event_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as occurred_at,
    event_type || '|' || application.app_id || '|' || client.client_id || '|' || session_id
    || '|' || cast(event_timestamp as varchar) || '|' || attributes_text as event_key
from in_app_events
