with events as (
    select * from "engagementdb-events-table"
)

select
    accountid,
    organizationid,
    sendingid,
    sendingaddress,
    destinationaddress,
    channel,
    type,
    status,
    statuscode,
    statusmessage,
    cast(try(from_unixtime(timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as event_timestamp,
    messageid,
    tags,
    channeldata,
    rawstatus,
    rawevent,
    ingest_timestamp
from events
where
    messageid is null
    or channel is null
    or channel not in ('email', 'text', 'media', 'voice', 'whatsapp')
    or (channel = 'whatsapp' and coalesce(type, '') not in ('messageStatus', 'message'))
    or (
        channel = 'email'
        and coalesce(type, '') not in (
            'Send',
            'Delivery',
            'Open',
            'Click',
            'Bounce',
            'Complaint',
            'Reject',
            'Rendering Failure',
            'DeliveryDelay',
            'Subscription'
        )
    )
