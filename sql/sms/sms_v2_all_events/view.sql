with stream as (
    select * from sms_events
),

bus as (
    select * from sms_eventbridge_events
),

records as (
    select
        eventtype,
        eventversion,
        eventtimestamp,
        messagerequesttimestamp,
        isfinal,
        coalesce(originationphonenumber, originationnumber) as originator,
        destinationphonenumber,
        isocountrycode,
        messageid,
        messageencoding,
        messagetype,
        messagestatus,
        messagestatusdescription,
        totalmessageparts,
        totalmessageprice,
        totalcarrierfee,
        context,
        isinternationalsend,
        mcc,
        mnc,
        carriername,
        protectconfiguration,
        protectconfigurationassessment,
        contenttype,
        calldurationinseconds,
        totaldurationinminutes,
        rcsbusinessid,
        agentisocountrycode,
        rcsmetadata,
        conversationinitiatingmessageid,
        conversationinitiatingmessagetype,
        conversationsessionfee,
        false as is_eventbridge_copy,
        cast(null as varchar) as detail_type,
        cast(null as varchar) as account,
        cast(null as varchar) as region,
        ingest_timestamp
    from stream
    union all
    select
        detail.eventtype,
        detail.eventversion,
        detail.eventtimestamp,
        detail.messagerequesttimestamp,
        detail.isfinal,
        coalesce(detail.originationphonenumber, detail.originationnumber) as originator,
        detail.destinationphonenumber,
        detail.isocountrycode,
        detail.messageid,
        detail.messageencoding,
        detail.messagetype,
        detail.messagestatus,
        detail.messagestatusdescription,
        detail.totalmessageparts,
        detail.totalmessageprice,
        detail.totalcarrierfee,
        detail.context,
        detail.isinternationalsend,
        detail.mcc,
        detail.mnc,
        detail.carriername,
        detail.protectconfiguration,
        detail.protectconfigurationassessment,
        detail.contenttype,
        detail.calldurationinseconds,
        detail.totaldurationinminutes,
        detail.rcsbusinessid,
        detail.agentisocountrycode,
        detail.rcsmetadata,
        detail.conversationinitiatingmessageid,
        detail.conversationinitiatingmessagetype,
        detail.conversationsessionfee,
        true as is_eventbridge_copy,
        detail_type,
        account,
        region,
        ingest_timestamp
    from bus
)

select
    eventtype as event_type,
    case
        when starts_with(eventtype, 'VOICE_') then cast('voice' as varchar)
        when starts_with(eventtype, 'MEDIA_') then 'mms'
        when starts_with(eventtype, 'RCS_') then 'rcs'
        -- A text that a pool handed to its RCS agent keeps its type and names the agent as sender.
        when starts_with(eventtype, 'TEXT_') and starts_with(originator, 'rcs-') then 'rcs'
        when starts_with(eventtype, 'TEXT_') then 'sms'
    end as channel,
    cast(try(from_unixtime(eventtimestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as occurred_at,
    cast(try(from_unixtime(messagerequesttimestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as sent_at,
    messageid as message_id,
    messagestatus as message_status,
    messagestatusdescription as message_status_description,
    case lower(isfinal) when 'true' then true when 'false' then false end as is_final,
    originator as origination_phone_number,
    destinationphonenumber as destination_phone_number,
    isocountrycode as iso_country_code,
    isinternationalsend as is_international_send,
    mcc,
    mnc,
    carriername as carrier_name,
    messagetype as message_type,
    messageencoding as message_encoding,
    totalmessageparts as message_parts,
    totalmessageprice as price_usd,
    totalcarrierfee as fee_usd,
    context,
    nullif(
        coalesce(
            element_at(context, 'campaignid'),
            element_at(context, 'campaignId'),
            element_at(context, 'campaign_id'),
            element_at(context, 'campaign')
        ),
        'null'
    ) as campaign_id,
    protectconfiguration.protectconfigurationid as protect_configuration_id,
    protectconfiguration.protectstatus as protect_status,
    protectconfigurationassessment.protectrecommendation as protect_recommendation,
    protectconfigurationassessment.protectinsights.blockreason as protect_block_reason,
    contenttype as content_type,
    calldurationinseconds as call_duration_s,
    totaldurationinminutes as charged_duration_min,
    rcsbusinessid as rcs_business_id,
    agentisocountrycode as rcs_agent_country,
    rcsmetadata.billingeventtype as rcs_billing_type,
    conversationinitiatingmessageid as conversation_message_id,
    conversationinitiatingmessagetype as conversation_message_type,
    conversationsessionfee as conversation_fee_usd,
    eventversion as event_version,
    is_eventbridge_copy,
    detail_type as eventbridge_detail_type,
    account as aws_account_id,
    region as aws_region,
    ingest_timestamp,
    messageid || '|' || eventtype || '|' || cast(eventtimestamp as varchar) as event_key
from records
