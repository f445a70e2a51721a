with sends as (
    select * from pinpoint_analytics_all_send_events
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
    sends.event_type,
    sends.event_timestamp,
    sends.arrival_timestamp,
    sends.application_id,
    sends.endpoint_id,
    sends.pinpoint_campaign_journey_id,
    sends.pinpoint_campaign_journey_type,
    sends.pinpoint_treatment_id,
    sends.journey_run_id,
    sends.journey_send_status,
    sends.journey_activity_id,
    sends.record_status,
    sends.aws_account_id,
    sends.price_in_millicents_usd,
    sends.device_platform_name,
    camp_jour.camp_jour_name,
    cast(camp_jour.is_deleted as varchar) as camp_jour_deleted_status,
    camp_jour.camp_jour_type,
    camp_jour.segment_id,
    camp_jour.event_name,
    segments.segment_name,
    cast(segments.is_deleted as varchar) as segment_deleted_status,
    sends.ingest_timestamp,
    sends.occurred_at,
    sends.event_key,
    sends.price_usd,
    sends.message_id,
    coalesce(
        camp_jour.camp_jour_name,
        case
            when length(sends.pinpoint_campaign_journey_id) > 8
                then substr(sends.pinpoint_campaign_journey_id, 1, 8) || '…'
            else sends.pinpoint_campaign_journey_id
        end
    ) as camp_jour_label
from sends
left join camp_jour
    on
        sends.pinpoint_campaign_journey_id = camp_jour.id
        and sends.pinpoint_campaign_journey_type = camp_jour.camp_jour_type
left join segments
    on camp_jour.segment_id = segments.segment_id
