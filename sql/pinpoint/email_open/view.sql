with events as (
    select * from all_events
),

opens as (
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
        facets.email_channel.mail_event.open as opened,
        ingest_timestamp
    from events
    where event_type = '_email.open'
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
    mail.common_headers.subject as subject,
    opened.ip_address as ip_address,
    opened.user_agent as user_agent,
    map_concat(
        coalesce(client_context.custom, cast(map() as map(varchar, varchar))),
        coalesce(attributes, cast(map() as map(varchar, varchar)))
    ) as message_tags,
    ingest_timestamp,
    cast(try(from_unixtime(arrival_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as occurred_at,
    event_type || '|' || mail.message_id || '|' || cast(arrival_timestamp as varchar)
    || '|' || nullif(element_at(attributes, 'feedback'), 'null') as event_key,
    nullif(element_at(attributes, 'journey_id'), 'null') as journey_id,
    nullif(element_at(attributes, 'journey_run_id'), 'null') as journey_run_id,
    nullif(element_at(attributes, 'journey_activity_id'), 'null') as journey_activity_id,
    nullif(element_at(attributes, 'campaign_activity_id'), 'null') as campaign_activity_id,
    client_context.custom as client_context_custom,
    coalesce(arrival_timestamp - event_timestamp < 2000, false)
    or coalesce(
        trim(opened.user_agent) = 'Mozilla/5.0' and arrival_timestamp - event_timestamp <= 60000, false
    )
    or coalesce(
        regexp_like(
            replace(lower(opened.user_agent), 'cubot', ''),
            'bot|crawl|spider|scanner|barracuda|proofpoint|mimecast|safelinks|headless'
        )
        or regexp_like(lower(opened.user_agent), 'phantomjs|curl|wget|python-requests|go-http-client|java/|[+]https?://'),
        false
    ) as is_machine_open
from opens
