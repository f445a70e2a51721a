with sms_events as (
    select * from pinpoint_analytics_sms_all_events
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
    sms_events.event_type,
    sms_events.event_timestamp,
    sms_events.arrival_timestamp,
    sms_events.application_id,
    sms_events.endpoint_id,
    sms_events.pinpoint_campaign_journey_id,
    sms_events.pinpoint_campaign_journey_type,
    sms_events.pinpoint_treatment_id,
    sms_events.journey_run_id,
    sms_events.journey_send_status,
    sms_events.journey_activity_id,
    sms_events.aws_account_id,
    sms_events.sender_request_id,
    sms_events.destination_phone_number,
    sms_events.record_status,
    sms_events.iso_country_code,
    sms_events.number_of_message_parts,
    sms_events.message_id,
    sms_events.message_type,
    sms_events.origination_phone_number,
    sms_events.price_in_millicents_usd,
    sms_events.message_tags,
    sms_events.ingest_timestamp,
    sms_events.device_platform_name,
    camp_jour.camp_jour_name,
    cast(camp_jour.is_deleted as varchar) as camp_jour_deleted_status,
    camp_jour.camp_jour_type,
    camp_jour.segment_id,
    camp_jour.event_name,
    segments.segment_name,
    cast(segments.is_deleted as varchar) as segment_deleted_status,
    sms_events.occurred_at,
    sms_events.event_key,
    sms_events.campaign_activity_id,
    sms_events.customer_context,
    sms_events.message_parts,
    sms_events.price_usd,
    coalesce(
        camp_jour.camp_jour_name,
        case
            when length(sms_events.pinpoint_campaign_journey_id) > 8
                then substr(sms_events.pinpoint_campaign_journey_id, 1, 8) || '…'
            else sms_events.pinpoint_campaign_journey_id
        end
    ) as camp_jour_label
from sms_events
left join camp_jour
    on
        sms_events.pinpoint_campaign_journey_id = camp_jour.id
        and sms_events.pinpoint_campaign_journey_type = camp_jour.camp_jour_type
left join segments
    on camp_jour.segment_id = segments.segment_id
