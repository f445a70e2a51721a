with events as (
    select * from "engagementdb-events-table" as stored
)

select
    messageid,
    cast(from_unixtime(timestamp / 1e3) at time zone 'UTC' as timestamp(3)) as event_timestamp,
    transform(try(cast(json_extract(rawevent, '$.bounce.bouncedRecipients') as array(json))), r -> json_extract_scalar(r, '$.emailAddress')) as a,
    try(cast(json_extract(rawevent, '$.delivery.recipients') as array(varchar))) as b,
    json_extract_scalar(rawevent, '$.changes[0].value.statuses[0].biz_opaque_callback_data') as c,
    regexp_extract(sendingaddress, '@([^@<> ]+)>? *$', 1) as d,
    cardinality(tags) as e,
    ingest_timestamp
from events
where
    channel = 'email'
