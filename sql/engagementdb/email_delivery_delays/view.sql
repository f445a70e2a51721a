with events as (
    select * from "engagementdb-events-table"
),

delays as (
    select
        messageid,
        sendingaddress,
        destinationaddress,
        tags,
        nullif(statuscode, '') as statuscode,
        cast(try(from_unixtime(timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as sent_at,
        json_extract(rawevent, '$.deliveryDelay') as delay,
        ingest_timestamp
    from events
    where channel = 'email' and type = 'DeliveryDelay' and messageid is not null
),

read_delays as (
    select
        *,
        json_extract_scalar(delay, '$.timestamp') as own_time,
        try(cast(json_extract(delay, '$.delayedRecipients') as array(json))) as delayed_recipients
    from delays
),

per_recipient as (
    select
        read_delays.*,
        listed.delayed_recipient,
        case
            when cardinality(read_delays.delayed_recipients) > 0
                then json_extract_scalar(listed.delayed_recipient, '$.emailAddress')
            when cardinality(read_delays.destinationaddress) = 1 then element_at(read_delays.destinationaddress, 1)
        end as address
    from read_delays
    left join unnest(read_delays.delayed_recipients) as listed (delayed_recipient) on true
),

named as (
    select
        *,
        lower(coalesce(regexp_extract(address, '<([^<>]+)>', 1), trim(address))) as recipient
    from per_recipient
)

select
    coalesce(cast(try(from_iso8601_timestamp(own_time)) at time zone 'UTC' as timestamp(3)), sent_at) as occurred_at,
    sent_at,
    messageid,
    recipient,
    destinationaddress,
    cardinality(destinationaddress) as recipient_count,
    sendingaddress,
    element_at(tags, 'ses:configuration-set') as configuration_set,
    coalesce(json_extract_scalar(delay, '$.delayType'), statuscode) as delay_type,
    json_extract_scalar(delayed_recipient, '$.status') as recipient_status,
    json_extract_scalar(delayed_recipient, '$.diagnosticCode') as diagnostic_code,
    cast(
        try(from_iso8601_timestamp(json_extract_scalar(delay, '$.expirationTime'))) at time zone 'UTC' as timestamp(3)
    ) as expires_at,
    json_extract_scalar(delay, '$.reportingMTA') as reporting_mta,
    ingest_timestamp,
    'DeliveryDelay|' || messageid || '|' || own_time || '|' || recipient as event_key
from named
