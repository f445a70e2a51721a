with recorded as (
    select * from events
),

-- What the aggregation below needs of each event, made so that it has little to keep for a message.
message_events as (
    select
        *,
        -- Only the first event of a text says when it was sent; without that one its receipts have to.
        coalesce(
            sent_at,
            case
                when
                    event_name in ('accepted', 'delivered', 'failed')
                    or (event_name = 'opened' and channel in ('rcs', 'whatsapp'))
                    then occurred_at
            end
        ) as sent_or_received_at,
        -- An open is known by its moment and whose it is: even for a person, odd for a machine, and two
        -- more if Pinpoint passes it on. One without a moment is known by nothing; it is less than four.
        case
            when event_name = 'opened'
                then
                    coalesce(date_diff('millisecond', timestamp '1970-01-01 00:00:00', occurred_at), 0) * 4
                    + case when is_machine_open then 1 else 0 end
                    + case when family = 'pinpoint' then 2 else 0 end
        end as open_code,
        -- A click is known by its moment, its link and whose it is: h for a person, b for a scanner, behind
        -- a 2 if Pinpoint passes it on. One without a moment is known by nothing; its letter is a capital.
        case
            when event_name = 'clicked'
                then
                    case when family = 'pinpoint' then '2' else '1' end
                    || coalesce(
                        case when is_bot_click then 'b' else 'h' end
                        || date_format(occurred_at, '%Y-%m-%d %H:%i:%s.%f') || coalesce(link, ''),
                        case when is_bot_click then 'B' else 'H' end
                    )
        end as click_code,
        -- Of several outcomes and charges a permanent or final one counts, then the latest, then one without
        -- a moment; of copies of one charge the one that tells of a fee or a price, and of the higher one.
        case
            when bounce_type is not null or reason is not null or price_usd is not null or fee_usd is not null
                then
                    case
                        when bounce_type = 'hard' then '1'
                        when event_name in ('accepted', 'delivered', 'failed') and coalesce(is_final, true) then '1'
                        else '0'
                    end
                    || coalesce(date_format(occurred_at, '%Y-%m-%d %H:%i:%s.%f'), ' ')
                    || coalesce(bounce_subtype, '') || coalesce(reason, '') || coalesce(bounce_type, '')
                    || coalesce(lpad(cast(cast(round(fee_usd * 1e9) as bigint) as varchar), 18, '0'), '')
                    || coalesce(lpad(cast(cast(round(price_usd * 1e9) as bigint) as varchar), 18, '0'), '')
        end as weight
    from recorded
    -- Without an id or a recipient there is no telling which message an event belongs to.
    where message_id is not null and recipient is not null and event_name <> 'not_sent'
),

-- Most messages have no particulars: a list that is not there costs less than an aggregate for each.
particular_events as (
    select
        *,
        case
            when
                event_name in ('bounced', 'failed', 'rejected', 'rendering_failed', 'complained', 'unsubscribed')
                or weight is not null
                or message_parts is not null
                or country is not null
                or not is_final
                then
                    cast(
                        row(
                            case when event_name <> 'unsubscribed' or not is_bot_click then event_name end,
                            occurred_at,
                            weight,
                            bounce_type,
                            bounce_subtype,
                            reason,
                            complaint_type,
                            price_usd,
                            fee_usd,
                            message_parts,
                            country
                        ) as row(
                            event_name varchar,
                            occurred_at timestamp(3),
                            weight varchar,
                            bounce_type varchar,
                            bounce_subtype varchar,
                            reason varchar,
                            complaint_type varchar,
                            price_usd double,
                            fee_usd double,
                            message_parts integer,
                            country varchar
                        )
                    )
        end as particular
    from message_events
),

gathered as (
    select
        message_id,
        recipient,
        -- A copy is not the stream that it is of.
        coalesce(min(nullif(family, 'engagementdb')), 'engagementdb') as family,
        min(channel) as channel,
        max(recipient_count) as recipient_count,
        min(sender) as sender,
        min(carrier) as carrier,
        min(application_id) as application_id,
        min(aws_account_id) as aws_account_id,
        min(endpoint_id) as endpoint_id,
        min(campaign_id) as campaign_id,
        min(campaign_activity_id) as campaign_activity_id,
        min(treatment_id) as treatment_id,
        min(journey_id) as journey_id,
        min(journey_run_id) as journey_run_id,
        min(journey_activity_id) as journey_activity_id,
        min(tenant) as tenant,
        min(configuration_set) as configuration_set,
        min(template) as template,
        min(subject) as subject,
        min(application_message_id) as application_message_id,
        min(sent_or_received_at) as sent_at,
        bool_or(event_name = 'sent') as is_sent,
        min(occurred_at) filter (where event_name = 'accepted') as accepted_at,
        min(occurred_at) filter (where event_name = 'delivered') as delivered_at,
        max(occurred_at) filter (
            where
            event_name in ('accepted', 'delivered') and coalesce(is_final, true)
            -- Where reading is told, what was read has come.
            or event_name = 'opened' and channel in ('rcs', 'whatsapp')
        ) as last_success_at,
        min(occurred_at) filter (where event_name = 'opened') as first_opened_at,
        max(occurred_at) filter (where event_name = 'opened') as last_opened_at,
        min(occurred_at) filter (where event_name = 'clicked') as first_clicked_at,
        max(occurred_at) filter (where event_name = 'clicked') as last_clicked_at,
        max(occurred_at) as last_event_at,
        array_agg(open_code) filter (where open_code is not null) as open_codes,
        array_agg(click_code) filter (where click_code is not null) as click_codes,
        array_agg(particular) filter (where particular is not null) as particulars
    from particular_events
    group by message_id, recipient
),

told as (
    select
        *,
        array_max(
            transform(
                filter(particulars, one -> one.event_name = 'failed' and one.occurred_at is not null),
                one -> one.occurred_at
            )
        ) as failed_at,
        array_max(
            transform(
                filter(particulars, one -> one.event_name = 'bounced' and one.occurred_at is not null),
                one -> one.occurred_at
            )
        ) as bounced_at,
        array_min(
            transform(
                filter(particulars, one -> one.event_name = 'rejected' and one.occurred_at is not null),
                one -> one.occurred_at
            )
        ) as rejected_at,
        array_min(
            transform(
                filter(particulars, one -> one.event_name = 'rendering_failed' and one.occurred_at is not null),
                one -> one.occurred_at
            )
        ) as rendering_failed_at,
        array_min(
            transform(
                filter(particulars, one -> one.event_name = 'complained' and one.occurred_at is not null),
                one -> one.occurred_at
            )
        ) as complained_at,
        array_min(
            transform(
                filter(particulars, one -> one.event_name = 'unsubscribed' and one.occurred_at is not null),
                one -> one.occurred_at
            )
        ) as unsubscribed_at,
        -- A success that is not the last word.
        coalesce(any_match(particulars, one -> one.event_name in ('accepted', 'delivered')), false) as is_taken_over,
        coalesce(any_match(particulars, one -> one.event_name = 'complained'), false) as is_complained,
        coalesce(any_match(particulars, one -> one.event_name = 'unsubscribed'), false) as is_unsubscribed,
        array_max(
            transform(
                filter(particulars, one -> one.event_name = 'complained' and one.complaint_type is not null),
                one -> one.complaint_type
            )
        ) as complaint_type,
        array_max(
            transform(filter(particulars, one -> one.message_parts is not null), one -> one.message_parts)
        ) as message_parts,
        array_min(transform(filter(particulars, one -> one.country is not null), one -> one.country)) as country,
        array_max(
            transform(
                filter(
                    particulars,
                    one -> one.weight is not null and (one.bounce_type is not null or one.reason is not null)
                ),
                one -> one.weight
            )
        ) as outcome_weight,
        array_max(
            transform(
                filter(
                    particulars,
                    one -> one.weight is not null and (one.price_usd is not null or one.fee_usd is not null)
                ),
                one -> one.weight
            )
        ) as charge_weight,
        -- Pinpoint passes on the opens and clicks of SES, later and without its judgement: where SES itself
        -- tells of any, only those count. Where there is one, that is it.
        case
            when cardinality(open_codes) > 1 and any_match(open_codes, code -> mod(code, 4) < 2)
                then filter(open_codes, code -> mod(code, 4) < 2)
            else open_codes
        end as counted_opens,
        case
            when cardinality(click_codes) > 1 and any_match(click_codes, code -> starts_with(code, '1'))
                then filter(click_codes, code -> starts_with(code, '1'))
            else click_codes
        end as counted_clicks
    from gathered
),

weighed as (
    select
        *,
        element_at(filter(particulars, one -> one.weight = outcome_weight), 1) as outcome,
        element_at(
            filter(
                particulars,
                one -> one.weight = charge_weight and (one.price_usd is not null or one.fee_usd is not null)
            ),
            1
        ) as charge
    from told
),

judged as (
    select
        *,
        case
            when cardinality(counted_opens) > 1
                then
                    concat(
                        array_distinct(filter(counted_opens, code -> code >= 4)),
                        filter(counted_opens, code -> code < 4)
                    )
            else counted_opens
        end as opens,
        case
            when cardinality(counted_clicks) > 1
                then
                    concat(
                        array_distinct(filter(counted_clicks, code -> substr(code, 2, 1) in ('h', 'b'))),
                        filter(counted_clicks, code -> substr(code, 2, 1) in ('H', 'B'))
                    )
            else counted_clicks
        end as clicks,
        case when channel = 'email' then split_part(recipient, '@', 2) end as recipient_domain,
        (last_success_at is not null or is_taken_over)
        and (outcome.bounce_type is null or (outcome.bounce_type <> 'hard' and bounced_at < last_success_at))
        and (failed_at is null or coalesce(failed_at <= last_success_at, false)) as is_delivered
    from weighed
),

counted as (
    select
        *,
        case when opens is null then 0 else cardinality(opens) end as open_count,
        case when opens is null then 0 else cardinality(filter(opens, code -> mod(code, 2) = 0)) end as human_open_count,
        case when clicks is null then 0 else cardinality(clicks) end as click_count,
        case
            when clicks is null then 0 else cardinality(filter(clicks, code -> lower(substr(code, 2, 1)) = 'h'))
        end as human_click_count,
        array_min(filter(opens, code -> code >= 4 and mod(code, 2) = 0)) as first_human_open_code,
        try(
            date_parse(
                substr(array_min(filter(clicks, code -> substr(code, 2, 1) = 'h')), 3, 26), '%Y-%m-%d %H:%i:%s.%f'
            )
        ) as first_human_clicked_at,
        case when not is_delivered then outcome.bounce_type end as bounce_type,
        case when not is_delivered then outcome.bounce_subtype end as bounce_subtype,
        case when not is_delivered then outcome.reason end as reason
    from judged
)

select
    family,
    channel,
    message_id,
    recipient,
    recipient_domain,
    case
        when recipient_domain in ('gmail.com', 'googlemail.com') then cast('gmail' as varchar)
        when
            starts_with(recipient_domain, 'outlook.')
            or starts_with(recipient_domain, 'hotmail.')
            or starts_with(recipient_domain, 'live.')
            or recipient_domain = 'msn.com'
            then 'microsoft'
        when
            starts_with(recipient_domain, 'yahoo.') or recipient_domain in ('ymail.com', 'rocketmail.com', 'aol.com')
            then 'yahoo'
        when recipient_domain in ('icloud.com', 'me.com', 'mac.com') then 'apple'
        when recipient_domain is not null then 'other'
    end as domain_group,
    recipient_count,
    sender,
    country,
    carrier,
    application_id,
    aws_account_id,
    endpoint_id,
    campaign_id,
    campaign_activity_id,
    treatment_id,
    journey_id,
    journey_run_id,
    journey_activity_id,
    tenant,
    configuration_set,
    template,
    subject,
    application_message_id,
    sent_at,
    accepted_at,
    delivered_at,
    bounced_at,
    failed_at,
    rejected_at,
    rendering_failed_at,
    complained_at,
    unsubscribed_at,
    first_opened_at,
    cast(
        try(from_unixtime((first_human_open_code - mod(first_human_open_code, 4)) * 0.25e0 / 1e3)) at time zone 'UTC'
        as timestamp(3)
    ) as first_human_opened_at,
    last_opened_at,
    first_clicked_at,
    first_human_clicked_at,
    last_clicked_at,
    last_event_at,
    case
        when rejected_at is not null then 'rejected'
        when rendering_failed_at is not null then 'failed'
        when is_delivered then 'delivered'
        when bounce_type = 'suppressed' then 'suppressed'
        when bounce_type is not null then 'bounced'
        when failed_at is not null then 'failed'
        when channel = 'push' and is_sent then 'sent'
        else cast('pending' as varchar)
    end as final_status,
    case
        -- Whatever else happened to an e-mail, its record of sending may be lost or lie elsewhere.
        when channel = 'email' then rejected_at is null and rendering_failed_at is null
        when channel in ('sms', 'mms', 'voice', 'rcs', 'whatsapp')
            then is_sent or last_success_at is not null or is_taken_over or failed_at is not null
        else is_sent or last_success_at is not null
    end as is_sent,
    is_delivered,
    coalesce(bounce_type = 'hard', false) as is_hard_bounced,
    coalesce(bounce_type = 'soft', false) as is_soft_bounced,
    coalesce(bounce_type = 'suppressed', false) as is_suppressed,
    is_complained,
    is_unsubscribed,
    open_count > 0 as is_opened,
    human_open_count > 0 as is_human_opened,
    click_count > 0 as is_clicked,
    human_click_count > 0 as is_human_clicked,
    open_count,
    human_open_count,
    click_count,
    human_click_count,
    bounce_type,
    bounce_subtype,
    complaint_type,
    reason,
    message_parts,
    charge.price_usd as price_usd,
    charge.fee_usd as fee_usd,
    charge.price_usd + coalesce(charge.fee_usd, 0e0) as cost_usd,
    coalesce(recipient_domain = 'simulator.amazonses.com', false) as is_test
from counted
