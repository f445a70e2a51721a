with events as (
    select * from all_events
)

select
    event_type,
    cast(try(from_unixtime(event_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as event_timestamp,
    cast(try(from_unixtime(arrival_timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as arrival_timestamp,
    application.app_id as application_id,
    client.client_id as endpoint_id,
    awsaccountid as aws_account_id,
    attributes,
    ingest_timestamp
from events
where event_type is null or starts_with(event_type, '_test.event')
