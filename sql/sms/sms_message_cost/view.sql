with events as (
    select * from sms_v2_all_events
),

message_events as (
    select
        *,
        -- A final event counts before every other one; a read receipt is final and costs nothing.
        if(is_final and event_type <> 'RCS_READ', '1', '0')
        || coalesce(date_format(occurred_at, '%Y-%m-%d %H:%i:%s.%f'), '0')
        || event_type as price_order
    from events
    where message_id is not null and channel is not null
),

messages as (
    select
        message_id,
        max_by(channel, price_order) as channel,
        min(sent_at) as sent_at,
        max(occurred_at) as last_event_at,
        max_by(destination_phone_number, price_order)
        filter (where destination_phone_number is not null) as destination_phone_number,
        max_by(origination_phone_number, price_order)
        filter (where origination_phone_number is not null) as origination_phone_number,
        max_by(upper(iso_country_code), price_order) filter (where iso_country_code is not null) as iso_country_code,
        max_by(is_international_send, price_order) filter (where is_international_send is not null) as is_international_send,
        max_by(mcc, price_order) filter (where mcc is not null) as mcc,
        max_by(mnc, price_order) filter (where mnc is not null) as mnc,
        max_by(carrier_name, price_order) filter (where carrier_name is not null) as carrier_name,
        max_by(message_type, price_order) filter (where message_type is not null) as message_type,
        max_by(message_encoding, price_order) filter (where message_encoding is not null) as message_encoding,
        max_by(message_parts, price_order) filter (where message_parts is not null) as message_parts,
        max(charged_duration_min) as charged_duration_min,
        max_by(event_type, price_order) filter (where price_usd is not null) as price_event_type,
        max_by(is_final, price_order) filter (where price_usd is not null) as is_final_price,
        max_by(price_usd, price_order) filter (where price_usd is not null) as price_usd,
        max_by(fee_usd, price_order) filter (where price_usd is not null) as fee_usd,
        max_by(conversation_fee_usd, price_order) filter (where conversation_fee_usd is not null) as conversation_fee_usd,
        max_by(conversation_message_id, price_order)
        filter (where conversation_message_id is not null) as conversation_message_id,
        max_by(rcs_billing_type, price_order) filter (where rcs_billing_type is not null) as rcs_billing_type,
        max_by(campaign_id, price_order) filter (where campaign_id is not null) as campaign_id,
        max_by(context, price_order) filter (where context is not null) as context,
        max(aws_account_id) as aws_account_id,
        min(ingest_timestamp) as ingest_timestamp
    from message_events
    group by message_id
),

-- What +1 numbers are in Canada and in the other countries that share the code with the US.
located as (
    select
        messages.*,
        regexp_extract(
            destination_phone_number,
            '^\+?(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{3})',
            1
        ) as called_code,
        case
            when iso_country_code is not null then iso_country_code
            when
                regexp_like(
                    destination_phone_number,
                    '^\+?1(204|226|236|249|250|257|263|273|289|306|343|354|365|367|368|382|403|416|418|428|431)'
                )
                or regexp_like(
                    destination_phone_number,
                    '^\+?1(437|438|450|468|474|506|514|519|548|579|581|584|587|600|604|613|622|633|639|647|672)'
                )
                or regexp_like(
                    destination_phone_number,
                    '^\+?1(683|705|709|742|753|778|780|782|807|819|825|867|873|879|902|905|942)'
                )
                then cast('CA' as varchar)
            when
                regexp_like(
                    destination_phone_number, '^\+?1(242|246|264|268|284|340|345|441|473|649|658|664|670|671|684)'
                )
                or regexp_like(
                    destination_phone_number, '^\+?1(721|758|767|784|787|809|829|849|868|869|876|939)'
                )
                then null
            when regexp_like(destination_phone_number, '^\+?1') then 'US'
        end as country,
        row_number() over (
            partition by coalesce(conversation_message_id, message_id)
            order by conversation_fee_usd desc nulls last, sent_at asc, message_id asc
        ) as place_in_conversation
    from messages
),

charged as (
    select
        located.*,
        coalesce(called_code, case when country in ('US', 'CA') then '1' end) as calling_code,
        -- One fee for a conversation, however many of its messages report it.
        if(place_in_conversation > 1 and conversation_fee_usd is not null, 0e0, conversation_fee_usd) as charged_fee_usd
    from located
)

select
    message_id,
    channel,
    sent_at,
    last_event_at,
    destination_phone_number,
    origination_phone_number,
    country,
    calling_code,
    case
        when calling_code <> '1' then '+' || calling_code
        when calling_code = '1' and country = 'US' then '+1 US'
        when calling_code = '1' and country = 'CA' then '+1 Canada'
        when calling_code = '1' then cast('+1 other' as varchar)
    end as calling_area,
    is_international_send,
    mcc,
    mnc,
    carrier_name,
    message_type,
    message_encoding,
    message_parts,
    charged_duration_min,
    price_event_type,
    coalesce(is_final_price, false) as is_final_price,
    price_usd,
    fee_usd,
    charged_fee_usd as conversation_fee_usd,
    case
        when price_usd is not null or charged_fee_usd is not null
            then coalesce(price_usd, 0e0) + coalesce(fee_usd, 0e0) + coalesce(charged_fee_usd, 0e0)
    end as cost_usd,
    rcs_billing_type,
    conversation_message_id,
    campaign_id,
    context,
    aws_account_id,
    ingest_timestamp
from charged
