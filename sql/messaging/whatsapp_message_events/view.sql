with whatsapp_events as (
    select * from whatsapp.whatsapp_all_events
),

records as (
    select
        *,
        if(event_kind = 'message', cast('INBOUND_MESSAGE' as varchar), event_type) as model_type,
        case
            when event_kind <> 'status' then cast('other' as varchar)
            when event_type in ('accepted', 'sent', 'handover succeeded') then 'sent'
            when event_type = 'delivered' then 'delivered'
            when event_type = 'read' then 'opened'
            when
                event_type in ('failed', 'undeliverable', 'handover failed')
                or starts_with(event_type, 'Message retries exhausted')
                then 'failed'
            else 'other'
        end as event_name
    from whatsapp_events
    -- Nothing can be read in a record without a kind; a status without its word tells nothing.
    where event_kind = 'message' or event_type is not null
)

select
    cast('whatsapp' as varchar) as family,
    if(event_kind <> 'change', cast('whatsapp' as varchar)) as channel,
    event_name,
    cast(null as boolean) as is_final,
    model_type as event_type,
    occurred_at,
    if(event_name = 'sent', occurred_at) as sent_at,
    -- EventBridge has the service's id alone; a message that was received answers none of ours for sure.
    if(event_kind = 'status', coalesce(message_id, aws_message_id)) as message_id,
    customer_phone_number as recipient,
    cast(if(customer_phone_number is not null, 1) as bigint) as recipient_count,
    business_phone_number as sender,
    cast(null as varchar) as country,
    cast(null as varchar) as carrier,
    cast(null as varchar) as application_id,
    aws_account_id,
    cast(null as varchar) as endpoint_id,
    campaign_id,
    cast(null as varchar) as campaign_activity_id,
    coalesce(
        element_at(callback_values, 'treatmentId'), element_at(callback_values, 'treatment_id')
    ) as treatment_id,
    coalesce(element_at(callback_values, 'journeyId'), element_at(callback_values, 'journey_id')) as journey_id,
    cast(null as varchar) as journey_run_id,
    cast(null as varchar) as journey_activity_id,
    coalesce(
        element_at(callback_values, 'tenantId'),
        element_at(callback_values, 'tenant_id'),
        element_at(callback_values, 'tenant')
    ) as tenant,
    cast(null as varchar) as configuration_set,
    cast(null as varchar) as template,
    cast(null as varchar) as subject,
    coalesce(
        element_at(callback_values, 'applicationMessageId'), element_at(callback_values, 'application_message_id')
    ) as application_message_id,
    cast(null as varchar) as link,
    cast(null as varchar) as user_agent,
    false as is_machine_open,
    false as is_bot_click,
    case
        when event_name = 'failed'
            then coalesce(nullif(concat_ws(' ', cast(error_code as varchar), error_title), ''), event_type)
    end as reason,
    cast(null as varchar) as bounce_type,
    cast(null as varchar) as bounce_subtype,
    cast(null as varchar) as complaint_type,
    cast(null as integer) as message_parts,
    cast(null as double) as price_usd,
    cast(null as double) as fee_usd,
    ingest_timestamp,
    coalesce(
        callback_values,
        if(callback_data is not null, map(array['biz_opaque_callback_data'], array[callback_data]))
    ) as tags,
    if(event_kind = 'message', 'INBOUND_MESSAGE|', '') || event_key as event_key
from records
