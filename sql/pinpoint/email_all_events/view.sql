with events as (
    select * from all_events
),

email_events as (
    select
        event_type,
        event_timestamp,
        arrival_timestamp,
        application,
        client,
        attributes,
        client_context,
        awsaccountid,
        facets.email_channel.mail_event.mail as mail,
        facets.email_channel.mail_event.bounce as bounce,
        facets.email_channel.mail_event.complaint as complaint,
        ingest_timestamp
    from events
    where starts_with(event_type, '_email.')
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
    mail.message_id as message_id,
    cast(try(from_unixtime(mail.message_send_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as message_send_timestamp,
    mail.from_address as from_address,
    element_at(mail.destination, 1) as destination,
    mail.common_headers.subject as subject,
    map_concat(
        coalesce(client_context.custom, cast(map() as map(varchar, varchar))),
        coalesce(attributes, cast(map() as map(varchar, varchar)))
    ) as message_tags,
    ingest_timestamp,
    cast(try(from_unixtime(arrival_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as occurred_at,
    case
        when event_type in ('_email.open', '_email.click', '_email.unsubscribe')
            then
                event_type || '|' || mail.message_id || '|' || cast(arrival_timestamp as varchar)
                || '|' || nullif(element_at(attributes, 'feedback'), 'null')
        when event_type in ('_email.hardbounce', '_email.softbounce')
            then
                event_type || '|' || bounce.feedback_id
                || '|' || lower(element_at(bounce.bounced_recipients, 1).email_address)
        when event_type = '_email.complaint'
            then
                event_type || '|' || complaint.feedback_id
                || '|' || lower(element_at(complaint.complained_recipients, 1).email_address)
        else event_type || '|' || mail.message_id || '|' || lower(element_at(mail.destination, 1))
    end as event_key,
    nullif(element_at(attributes, 'journey_id'), 'null') as journey_id,
    nullif(element_at(attributes, 'journey_run_id'), 'null') as journey_run_id,
    nullif(element_at(attributes, 'journey_activity_id'), 'null') as journey_activity_id,
    nullif(element_at(attributes, 'campaign_activity_id'), 'null') as campaign_activity_id,
    client_context.custom as client_context_custom,
    cardinality(mail.destination) as recipient_count
from email_events
