with message_events as (
    select * from events
),

-- Sending and receiving; receipts are no part of a conversation.
spoken as (
    select
        recipient as customer_address,
        sender as business_address,
        occurred_at,
        event_type = 'INBOUND_MESSAGE' as is_inbound,
        if(event_type = 'INBOUND_MESSAGE', event_key, message_id) as message_key
    from message_events
    where
        channel = 'whatsapp'
        and (event_type = 'INBOUND_MESSAGE' or event_name = 'sent')
        and recipient is not null
        and sender is not null
        and occurred_at is not null
),

-- A message that is stored twice, or that two families know, counts once, at its first time.
numbered as (
    select
        *,
        row_number() over (partition by message_key order by occurred_at) as repetition
    from spoken
),

-- Of one second the customer's message comes first: ours is the answer to it.
followed as (
    select
        customer_address,
        business_address,
        occurred_at,
        is_inbound,
        lag(occurred_at) over (
            partition by customer_address, business_address order by occurred_at asc, is_inbound desc
        ) as previous_at,
        max(if(is_inbound, occurred_at)) over (
            partition by customer_address, business_address order by occurred_at asc, is_inbound desc
        ) as last_inbound_at
    from numbered
    where message_key is null or repetition = 1
),

begun as (
    select
        *,
        -- One of ours belongs to the conversation while the service window is open, one of the customer's
        -- while it follows any message so soon.
        if(
            occurred_at = previous_at
            or date_diff('millisecond', if(is_inbound, previous_at, last_inbound_at), occurred_at) <= 86400000,
            0,
            1
        ) as beginning
    from followed
),

told_apart as (
    select
        *,
        sum(beginning) over (
            partition by customer_address, business_address order by occurred_at asc, is_inbound desc
        ) as conversation_number
    from begun
)

select
    customer_address,
    business_address,
    min(occurred_at) as started_at,
    max(occurred_at) as ended_at,
    date_diff('second', min(occurred_at), max(occurred_at)) as duration_seconds,
    count_if(not is_inbound) as outbound_messages,
    count_if(is_inbound) as inbound_messages,
    min(occurred_at) filter (where not is_inbound) as first_outbound_at,
    min(occurred_at) filter (where is_inbound) as first_inbound_at,
    bool_or(is_inbound and beginning = 1) as is_started_by_customer,
    cast(min(occurred_at) as date) as start_date
from told_apart
group by customer_address, business_address, conversation_number
