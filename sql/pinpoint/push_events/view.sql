with events as (
    select * from all_events
),

sends_and_receipts as (
    select
        event_type,
        event_timestamp,
        arrival_timestamp,
        application,
        client,
        attributes,
        nullif(element_at(attributes, 'campaign_activity_id'), 'null') as campaign_activity_id,
        nullif(element_at(attributes, 'journey_run_id'), 'null') as journey_run_id,
        nullif(element_at(attributes, 'journey_activity_id'), 'null') as journey_activity_id,
        coalesce(
            nullif(element_at(attributes, 'delivery_type'), 'null'),
            nullif(element_at(attributes, 'journey_activity_type'), 'null'),
            json_extract_scalar(element_at(client_context.custom, 'endpoint'), '$.ChannelType')
        ) as channel_type,
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
        device,
        awsaccountid,
        ingest_timestamp
    from events
    where
        event_type in (
            '_campaign.send',
            '_journey.send',
            '_campaign.opened_notification',
            '_campaign.received_foreground',
            '_campaign.received_background',
            '_journey.opened_notification',
            '_journey.received_foreground',
            '_journey.received_background'
        )
)

select
    event_type,
    cast(try(from_unixtime(event_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as event_timestamp,
    cast(try(from_unixtime(arrival_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as arrival_timestamp,
    application.app_id as application_id,
    client.client_id as endpoint_id,
    client.cognito_id as cognito_id,
    split_part(event_type, '.', 2) as notification_event,
    nullif(element_at(attributes, 'campaign_id'), 'null') as pinpoint_campaign_id,
    nullif(element_at(attributes, 'treatment_id'), 'null') as pinpoint_treatment_id,
    campaign_activity_id,
    nullif(element_at(attributes, 'journey_id'), 'null') as journey_id,
    journey_run_id,
    journey_activity_id,
    channel_type,
    coalesce(
        nullif(element_at(attributes, 'campaign_send_status'), 'null'),
        nullif(element_at(attributes, 'journey_send_status'), 'null')
    ) as send_status,
    session_id,
    nullif(element_at(device.platform, 'name'), 'null') as device_platform_name,
    nullif(element_at(device.platform, 'version'), 'null') as device_platform_version,
    awsaccountid as aws_account_id,
    attributes,
    ingest_timestamp,
    cast(try(from_unixtime(event_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as occurred_at,
    case event_type
        when '_campaign.send'
            then event_type || '|' || campaign_activity_id || '|' || client.client_id
        when '_journey.send'
            then
                event_type || '|' || journey_run_id || '|' || journey_activity_id
                || '|' || client.client_id || '|' || cast(event_timestamp as varchar)
        else
            event_type || '|' || application.app_id || '|' || client.client_id || '|' || session_id
            || '|' || cast(event_timestamp as varchar) || '|' || attributes_text
    end as event_key
from sends_and_receipts
where
    event_type not in ('_campaign.send', '_journey.send')
    or channel_type in ('ADM', 'APNS', 'APNS_SANDBOX', 'APNS_VOIP', 'APNS_VOIP_SANDBOX', 'BAIDU', 'GCM', 'PUSH')
