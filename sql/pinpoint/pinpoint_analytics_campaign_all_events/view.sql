with events as (
    select * from all_events
),

campaign_events as (
    select
        event_type,
        event_timestamp,
        arrival_timestamp,
        application,
        client,
        attributes,
        nullif(element_at(attributes, 'campaign_activity_id'), 'null') as campaign_activity_id,
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
        client_context,
        awsaccountid,
        metrics,
        ingest_timestamp
    from events
    where starts_with(event_type, '_campaign.')
)

select
    event_type,
    cast(try(from_unixtime(event_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as event_timestamp,
    cast(try(from_unixtime(arrival_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as arrival_timestamp,
    application.app_id as application_id,
    client.client_id as endpoint_id,
    nullif(element_at(attributes, 'campaign_id'), 'null') as pinpoint_campaign_id,
    nullif(element_at(attributes, 'treatment_id'), 'null') as pinpoint_treatment_id,
    awsaccountid as aws_account_id,
    nullif(element_at(attributes, 'delivery_type'), 'null') as delivery_type,
    nullif(element_at(attributes, 'campaign_send_status'), 'null') as campaign_send_status,
    ingest_timestamp,
    metrics.price_in_millicents_usd as price_in_millicents_usd,
    cast(try(from_unixtime(event_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as occurred_at,
    case
        when event_type = '_campaign.send'
            then event_type || '|' || campaign_activity_id || '|' || client.client_id
        else
            event_type || '|' || application.app_id || '|' || client.client_id || '|' || session_id
            || '|' || cast(event_timestamp as varchar) || '|' || attributes_text
    end as event_key,
    campaign_activity_id,
    client_context.custom as client_context_custom
from campaign_events
