with events as (
    select * from sms_events
),

message_events as (
    select
        *,
        lower(isfinal) = 'true' as is_final,
        coalesce(originationphonenumber, originationnumber) as originator,
        lpad(cast(coalesce(eventtimestamp, 0) as varchar), 20, '0') || coalesce(eventtype, '') as event_order
    from events
    where messageid is not null
),

ordered as (
    select
        *,
        -- A final event comes after every other one, whatever its time.
        if(is_final, '1', '0') || event_order as status_order,
        -- A read receipt is final and costs nothing: it says nothing of the price.
        if(is_final and eventtype <> 'RCS_READ', '1', '0') || event_order as price_order
    from message_events
),

messages as (
    select
        messageid,
        max_by(eventtimestamp, status_order) as eventtimestamp,
        max_by(eventtype, status_order) as eventtype,
        max_by(messagestatus, status_order) as messagestatus,
        max_by(messagestatusdescription, status_order) as messagestatusdescription,
        max_by(originator, status_order) as originator,
        max_by(destinationphonenumber, status_order) as destinationphonenumber,
        max_by(isocountrycode, status_order) as isocountrycode,
        max_by(messageencoding, status_order) as messageencoding,
        max_by(messagetype, status_order) as messagetype,
        max_by(is_final, status_order) as is_final,
        max_by(messagerequesttimestamp, status_order) as messagerequesttimestamp,
        max_by(totalmessageprice, price_order) filter (where totalmessageprice is not null) as totalmessageprice,
        max_by(totalcarrierfee, price_order) filter (where totalmessageprice is not null) as totalcarrierfee,
        max_by(totalmessageparts, price_order) filter (where totalmessageprice is not null) as priced_parts,
        max_by(totalmessageparts, price_order) filter (where totalmessageparts is not null) as totalmessageparts,
        max_by(context, status_order) filter (where context is not null) as context,
        max_by(carriername, status_order) filter (where carriername is not null) as carriername,
        min(ingest_timestamp) as ingest_timestamp
    from ordered
    group by messageid
)

select
    messageid,
    cast(try(from_unixtime(eventtimestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as event_timestamp,
    eventtype as event_type,
    messagestatus as message_status,
    messagestatusdescription as message_status_description,
    originator as origination_phonenumber,
    destinationphonenumber as destination_phonenumber,
    isocountrycode as iso_countrycode,
    messageencoding as message_encoding,
    coalesce(priced_parts, totalmessageparts) as total_messageparts,
    totalmessageprice as total_messageprice,
    totalcarrierfee as total_carrierfee,
    messagetype as message_type,
    is_final,
    cast(try(from_unixtime(messagerequesttimestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as message_request_timestamp,
    totalmessageprice + coalesce(totalcarrierfee, 0e0) as total_cost_usd,
    context,
    carriername as carrier_name,
    ingest_timestamp
from messages
