with events as (
    select * from all_events
),

clicks as (
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
        facets.email_channel.mail_event.click as clicked,
        ingest_timestamp
    from events
    where event_type = '_email.click'
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
    clicked.ip_address as ip_address,
    clicked.user_agent as user_agent,
    clicked.link as link,
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
    element_at(clicked.link_tags.unsubscribelinktag, 1) as unsubscribe_link_tag,
    coalesce(arrival_timestamp - event_timestamp < 5000, false)
    or coalesce(
        regexp_like(
            replace(lower(clicked.user_agent), 'cubot', ''),
            'bot|crawl|spider|scanner|barracuda|proofpoint|mimecast|safelinks|headless'
        )
        or regexp_like(lower(clicked.user_agent), 'phantomjs|curl|wget|python-requests|go-http-client|java/|[+]https?://')
        or not regexp_like(lower(clicked.user_agent), '^ *((mozilla|opera)/|$)'),
        false
    ) as is_bot_click
from clicks
