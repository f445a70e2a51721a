with status_events as (
    select * from sms.sms_v2_all_events
),

inbound_messages as (
    select * from sms.sms_inbound_messages
),

-- TEXT_, MEDIA_, VOICE_ and RCS_ events share the words behind the prefix.
outcomes as (
    select
        *,
        substr(event_type, strpos(event_type, '_') + 1) as outcome
    from status_events
    where event_type is not null
),

records as (
    select
        channel,
        event_type,
        case
            when channel is null then cast('other' as varchar)
            when outcome in ('QUEUED', 'PENDING', 'SENT', 'INITIATED', 'RINGING') then 'sent'
            when outcome in ('SUCCESSFUL', 'ANSWERED') then 'accepted'
            when outcome in ('DELIVERED', 'COMPLETED') then 'delivered'
            when outcome = 'READ' then 'opened'
            when
                outcome in (
                    'BLOCKED',
                    'BUSY',
                    'CARRIER_BLOCKED',
                    'CARRIER_UNREACHABLE',
                    'FAILED',
                    'FALLEN_BACK_TO_SMS',
                    'FILE_INACCESSIBLE',
                    'FILE_SIZE_EXCEEDED',
                    'FILE_TYPE_UNSUPPORTED',
                    'INVALID',
                    'INVALID_MESSAGE',
                    'NO_ANSWER',
                    'PROTECT_BLOCKED',
                    'SPAM',
                    'TTL_EXPIRED',
                    'UNKNOWN',
                    'UNREACHABLE'
                )
                then 'failed'
            else 'other'
        end as event_name,
        is_final,
        occurred_at,
        sent_at,
        -- An event of an unknown kind belongs to no channel, and so to no message.
        if(channel is not null, message_id) as message_id,
        destination_phone_number as number,
        origination_phone_number as sender,
        iso_country_code,
        carrier_name,
        aws_account_id,
        campaign_id,
        coalesce(nullif(message_status, 'FAILED'), outcome) as stated_reason,
        message_parts,
        price_usd,
        coalesce(fee_usd + conversation_fee_usd, fee_usd, conversation_fee_usd) as fee_usd,
        context,
        ingest_timestamp,
        event_key
    from outcomes
    union all
    select
        channel,
        cast('INBOUND_MESSAGE' as varchar) as event_type,
        if(is_opt_out, 'unsubscribed', cast('other' as varchar)) as event_name,
        true as is_final,
        occurred_at,
        cast(null as timestamp(3)) as sent_at,
        -- Only an opt-out says something of the message that it answers.
        if(is_opt_out, previous_message_id) as message_id,
        origination_phone_number as number,
        destination_phone_number as sender,
        cast(null as varchar) as iso_country_code,
        cast(null as varchar) as carrier_name,
        aws_account_id,
        cast(null as varchar) as campaign_id,
        cast(null as varchar) as stated_reason,
        cast(null as integer) as message_parts,
        cast(null as double) as price_usd,
        cast(null as double) as fee_usd,
        cast(null as map(varchar, varchar)) as context,
        ingest_timestamp,
        'INBOUND_MESSAGE|' || event_key as event_key
    from inbound_messages
),

named as (
    select
        *,
        case when starts_with(number, '+') then '' else '+' end || regexp_replace(number, '[ ().-]') as recipient
    from records
)

select
    cast('sms' as varchar) as family,
    channel,
    event_name,
    is_final,
    event_type,
    occurred_at,
    sent_at,
    message_id,
    recipient,
    cast(if(recipient is not null, 1) as bigint) as recipient_count,
    sender,
    upper(iso_country_code) as country,
    carrier_name as carrier,
    cast(null as varchar) as application_id,
    aws_account_id,
    cast(null as varchar) as endpoint_id,
    campaign_id,
    cast(null as varchar) as campaign_activity_id,
    nullif(
        coalesce(
            element_at(context, 'treatmentid'), element_at(context, 'treatmentId'), element_at(context, 'treatment_id')
        ),
        'null'
    ) as treatment_id,
    nullif(
        coalesce(element_at(context, 'journeyid'), element_at(context, 'journeyId'), element_at(context, 'journey_id')),
        'null'
    ) as journey_id,
    cast(null as varchar) as journey_run_id,
    cast(null as varchar) as journey_activity_id,
    nullif(
        coalesce(
            element_at(context, 'tenantid'),
            element_at(context, 'tenantId'),
            element_at(context, 'tenant_id'),
            element_at(context, 'tenant')
        ),
        'null'
    ) as tenant,
    cast(null as varchar) as configuration_set,
    cast(null as varchar) as template,
    cast(null as varchar) as subject,
    nullif(
        coalesce(
            element_at(context, 'applicationmessageid'),
            element_at(context, 'applicationMessageId'),
            element_at(context, 'application_message_id')
        ),
        'null'
    ) as application_message_id,
    cast(null as varchar) as link,
    cast(null as varchar) as user_agent,
    false as is_machine_open,
    false as is_bot_click,
    case when event_name = 'failed' then stated_reason end as reason,
    cast(null as varchar) as bounce_type,
    cast(null as varchar) as bounce_subtype,
    cast(null as varchar) as complaint_type,
    message_parts,
    price_usd,
    fee_usd,
    ingest_timestamp,
    context as tags,
    event_key
from named
