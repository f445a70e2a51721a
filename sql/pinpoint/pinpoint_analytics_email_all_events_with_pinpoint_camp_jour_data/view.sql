with email_events as (
    select * from pinpoint_analytics_email_all_events
),

campaigns as (
    select * from names.dim_campaigns
),

journeys as (
    select * from names.dim_journeys
),

segments as (
    select * from names.dim_segments
),

-- The text 'null' stands for no segment and no event, as in the sample's lookup table.
camp_jour as (
    select
        campaign_id as id,
        campaign_name as camp_jour_name,
        cast('campaign' as varchar) as camp_jour_type,
        is_deleted,
        coalesce(segment_id, 'null') as segment_id,
        coalesce(event_name, 'null') as event_name
    from campaigns
    union all
    select
        journey_id as id,
        journey_name as camp_jour_name,
        cast('journey' as varchar) as camp_jour_type,
        is_deleted,
        coalesce(segment_id, 'null') as segment_id,
        coalesce(event_name, 'null') as event_name
    from journeys
)

select
    email_events.event_type,
    email_events.event_timestamp,
    email_events.arrival_timestamp,
    email_events.application_id,
    email_events.endpoint_id,
    email_events.pinpoint_campaign_journey_id,
    email_events.pinpoint_campaign_journey_type,
    email_events.pinpoint_treatment_id,
    email_events.journey_run_id,
    email_events.journey_send_status,
    email_events.journey_activity_id,
    email_events.aws_account_id,
    email_events.message_id,
    email_events.message_send_timestamp,
    email_events.from_address,
    email_events.destination,
    email_events.subject,
    email_events.message_tags,
    email_events.ingest_timestamp,
    email_events.device_platform_name,
    email_events.price_in_millicents_usd,
    camp_jour.camp_jour_name,
    cast(camp_jour.is_deleted as varchar) as camp_jour_deleted_status,
    camp_jour.camp_jour_type,
    camp_jour.segment_id,
    camp_jour.event_name,
    segments.segment_name,
    cast(segments.is_deleted as varchar) as segment_deleted_status,
    email_events.occurred_at,
    email_events.event_key,
    email_events.campaign_activity_id,
    email_events.client_context_custom,
    email_events.recipient_count,
    coalesce(
        camp_jour.camp_jour_name,
        case
            when length(email_events.pinpoint_campaign_journey_id) > 8
                then substr(email_events.pinpoint_campaign_journey_id, 1, 8) || '…'
            else email_events.pinpoint_campaign_journey_id
        end
    ) as camp_jour_label
from email_events
left join camp_jour
    on
        email_events.pinpoint_campaign_journey_id = camp_jour.id
        and email_events.pinpoint_campaign_journey_type = camp_jour.camp_jour_type
left join segments
    on camp_jour.segment_id = segments.segment_id
