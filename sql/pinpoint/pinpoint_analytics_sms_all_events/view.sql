with events as (
    select * from all_events
),

sms_events as (
    select
        event_type,
        event_timestamp,
        arrival_timestamp,
        application,
        client,
        device,
        attributes,
        nullif(element_at(attributes, 'campaign_id'), 'null') as campaign_id,
        nullif(element_at(attributes, 'journey_id'), 'null') as journey_id,
        nullif(element_at(attributes, 'record_status'), 'null') as record_status,
        nullif(element_at(attributes, 'message_id'), 'null') as message_id,
        nullif(element_at(attributes, 'customer_context'), 'null') as customer_context,
        awsaccountid,
        metrics,
        ingest_timestamp
    from events
    where starts_with(event_type, '_SMS.')
)

select
    event_type,
    cast(try(from_unixtime(event_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as event_timestamp,
    cast(try(from_unixtime(arrival_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as arrival_timestamp,
    application.app_id as application_id,
    client.client_id as endpoint_id,
    coalesce(campaign_id, journey_id) as pinpoint_campaign_journey_id,
    cast(
        case
            when campaign_id is not null then 'campaign'
            when journey_id is not null then 'journey'
            else 'transactional'
        end as varchar
    ) as pinpoint_campaign_journey_type,
    nullif(element_at(attributes, 'treatment_id'), 'null') as pinpoint_treatment_id,
    nullif(element_at(attributes, 'journey_run_id'), 'null') as journey_run_id,
    nullif(element_at(attributes, 'journey_send_status'), 'null') as journey_send_status,
    nullif(element_at(attributes, 'journey_activity_id'), 'null') as journey_activity_id,
    awsaccountid as aws_account_id,
    nullif(element_at(attributes, 'sender_request_id'), 'null') as sender_request_id,
    nullif(element_at(attributes, 'destination_phone_number'), 'null') as destination_phone_number,
    record_status,
    nullif(element_at(attributes, 'iso_country_code'), 'null') as iso_country_code,
    nullif(element_at(attributes, 'number_of_message_parts'), 'null') as number_of_message_parts,
    message_id,
    nullif(element_at(attributes, 'message_type'), 'null') as message_type,
    nullif(element_at(attributes, 'origination_phone_number'), 'null') as origination_phone_number,
    metrics.price_in_millicents_usd as price_in_millicents_usd,
    transform_values(
        try(cast(json_parse(customer_context) as map(varchar, json))),
        (k, v) -> coalesce(json_extract_scalar(v, '$'), nullif(json_format(v), 'null'))
    ) as message_tags,
    ingest_timestamp,
    nullif(element_at(device.platform, 'name'), 'null') as device_platform_name,
    cast(try(from_unixtime(event_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as occurred_at,
    event_type || '|' || cast(event_timestamp as varchar) || '|' || record_status || '|' || message_id as event_key,
    nullif(element_at(attributes, 'campaign_activity_id'), 'null') as campaign_activity_id,
    customer_context,
    try_cast(element_at(attributes, 'number_of_message_parts') as integer) as message_parts,
    metrics.price_in_millicents_usd / 1e5 as price_usd
from sms_events
