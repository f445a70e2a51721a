with events as (
    select * from all_events
),

complaints as (
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
        facets.email_channel.mail_event.complaint as complaint,
        ingest_timestamp
    from events
    where event_type = '_email.complaint'
),

per_recipient as (
    select
        complaints.*,
        listed.email_address
    from complaints
    left join
        unnest(transform(complaints.complaint.complained_recipients, r -> r.email_address))
            as listed (email_address)
        on true
)

select
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
    mail.destination as destination,
    email_address as complained_email_address,
    complaint.feedback_id as feedback_id,
    complaint.user_agent as user_agent,
    complaint.complaint_feedback_type as complaint_feedback_type,
    map_concat(
        coalesce(client_context.custom, cast(map() as map(varchar, varchar))),
        coalesce(attributes, cast(map() as map(varchar, varchar)))
    ) as message_tags,
    ingest_timestamp,
    mail.common_headers.subject as subject,
    cast(try(from_unixtime(arrival_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as occurred_at,
    event_type || '|' || complaint.feedback_id || '|' || lower(email_address) as event_key,
    nullif(element_at(attributes, 'journey_id'), 'null') as journey_id,
    nullif(element_at(attributes, 'journey_run_id'), 'null') as journey_run_id,
    nullif(element_at(attributes, 'journey_activity_id'), 'null') as journey_activity_id,
    nullif(element_at(attributes, 'campaign_activity_id'), 'null') as campaign_activity_id,
    client_context.custom as client_context_custom
from per_recipient
