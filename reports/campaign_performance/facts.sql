-- One pass over the messages of the period. What messages share in every facet is put together first;
-- each grouping set then is a facet, in which every message is counted once.
with messages as (
    select * from messaging.messages
),

name_intervals as (
    select * from names.name_intervals
),

called as (
    select
        kind,
        id,
        max(name) filter (where is_current) as name,
        max_by(name, valid_to) filter (where not is_current) as previous_name
    from name_intervals
    group by kind, id
),

cohort as (
    select
        cast(at_timezone(with_timezone(sent_at, 'UTC'), :time_zone) as date) as send_day,
        channel,
        is_test,
        case
            when campaign_id is not null then 'campaign'
            when journey_id is not null then 'journey'
            else 'transactional'
        end as origin,
        coalesce(campaign_id, journey_id) as origin_id,
        treatment_id,
        configuration_set,
        template,
        recipient_domain,
        domain_group,
        country,
        bounce_type,
        bounce_subtype,
        complaint_type,
        case
            when channel = 'email' then regexp_extract(reason, '\b[245]\.\d{1,3}\.\d{1,3}\b')
            else reason
        end as reason_code,
        reason,
        final_status,
        recipient_count,
        is_sent,
        is_delivered,
        delivered_at,
        is_hard_bounced,
        is_soft_bounced,
        is_suppressed,
        rejected_at,
        rendering_failed_at,
        is_complained,
        is_unsubscribed,
        is_opened,
        is_human_opened,
        is_clicked,
        is_human_clicked,
        open_count,
        human_open_count,
        click_count,
        human_click_count,
        message_parts,
        price_usd,
        fee_usd
    from messages
    where sent_at >= :from_time and sent_at < :to_time
),

-- Most messages share all keys with others; what is left of them is little to copy for each facet.
combined as (
    select
        channel,
        is_test,
        send_day,
        origin,
        origin_id,
        treatment_id,
        configuration_set,
        template,
        recipient_domain,
        domain_group,
        country,
        bounce_type,
        bounce_subtype,
        complaint_type,
        reason_code,
        min(reason) as reason_example,
        count(*) as messages,
        count_if(recipient_count > 1) as to_several,
        count_if(is_sent) as sent,
        count_if(is_delivered) as delivered,
        count_if(is_delivered and delivered_at is not null) as delivered_to_handset,
        count_if(is_delivered and channel in ('whatsapp', 'rcs')) as delivered_with_read_receipts,
        count_if(is_delivered and (domain_group is null or domain_group <> 'gmail')) as delivered_with_feedback,
        count_if(is_hard_bounced) as hard_bounced,
        count_if(is_soft_bounced) as soft_bounced,
        count_if(is_suppressed) as suppressed,
        count_if(bounce_type is not null) as bounced,
        count_if(rejected_at is not null) as rejected,
        count_if(rendering_failed_at is not null) as rendering_failed,
        count_if(is_complained) as complained,
        count_if(is_complained and (domain_group is null or domain_group <> 'gmail')) as complained_with_feedback,
        count_if(is_unsubscribed) as unsubscribed,
        count_if(is_opened) as opened,
        count_if(is_human_opened) as human_opened,
        count_if(is_clicked) as clicked,
        count_if(is_human_clicked) as human_clicked,
        count_if(final_status = 'failed') as failed,
        count_if(final_status = 'pending') as pending,
        sum(open_count) as opens,
        sum(human_open_count) as human_opens,
        sum(click_count) as clicks,
        sum(human_click_count) as human_clicks,
        sum(message_parts) as message_parts,
        count_if(price_usd is not null) as priced,
        sum(price_usd) as price_usd,
        sum(fee_usd) as fee_usd
    from cohort
    group by
        channel,
        is_test,
        send_day,
        origin,
        origin_id,
        treatment_id,
        configuration_set,
        template,
        recipient_domain,
        domain_group,
        country,
        bounce_type,
        bounce_subtype,
        complaint_type,
        reason_code
),

faceted as (
    select
        'message' as message_facet,
        'domain' as domain_facet,
        'country' as country_facet,
        'problem' as problem_facet,
        'template' as template_facet,
        combined.*
    from combined
),

counted as (
    select
        coalesce(message_facet, domain_facet, country_facet, problem_facet, template_facet) as facet,
        channel,
        is_test,
        send_day,
        origin,
        origin_id,
        treatment_id,
        configuration_set,
        template,
        recipient_domain,
        domain_group,
        country,
        bounce_type,
        bounce_subtype,
        complaint_type,
        reason_code,
        min(reason_example) as reason_example,
        sum(messages) as messages,
        sum(to_several) as to_several,
        sum(sent) as sent,
        sum(delivered) as delivered,
        sum(delivered_to_handset) as delivered_to_handset,
        sum(delivered_with_read_receipts) as delivered_with_read_receipts,
        sum(delivered_with_feedback) as delivered_with_feedback,
        sum(hard_bounced) as hard_bounced,
        sum(soft_bounced) as soft_bounced,
        sum(suppressed) as suppressed,
        sum(bounced) as bounced,
        sum(rejected) as rejected,
        sum(rendering_failed) as rendering_failed,
        sum(complained) as complained,
        sum(complained_with_feedback) as complained_with_feedback,
        sum(unsubscribed) as unsubscribed,
        sum(opened) as opened,
        sum(human_opened) as human_opened,
        sum(clicked) as clicked,
        sum(human_clicked) as human_clicked,
        sum(failed) as failed,
        sum(pending) as pending,
        sum(opens) as opens,
        sum(human_opens) as human_opens,
        sum(clicks) as clicks,
        sum(human_clicks) as human_clicks,
        sum(message_parts) as message_parts,
        sum(priced) as priced,
        sum(price_usd) as price_usd,
        sum(fee_usd) as fee_usd
    from faceted
    group by
        grouping sets (
            (message_facet, channel, is_test, send_day, origin, origin_id, treatment_id),
            (domain_facet, channel, is_test, recipient_domain, domain_group),
            (country_facet, channel, is_test, country),
            (template_facet, channel, is_test, origin, configuration_set, template),
            (
                problem_facet,
                channel,
                is_test,
                bounce_type,
                bounce_subtype,
                complaint_type,
                reason_code
            )
        )
)

select
    counted.facet,
    counted.channel,
    counted.is_test,
    counted.send_day,
    counted.origin,
    counted.origin_id,
    called.name as origin_name,
    called.previous_name as origin_previous_name,
    counted.treatment_id,
    counted.configuration_set,
    counted.template,
    counted.recipient_domain,
    counted.domain_group,
    counted.country,
    counted.bounce_type,
    counted.bounce_subtype,
    counted.complaint_type,
    counted.reason_code,
    counted.reason_example,
    counted.messages,
    counted.to_several,
    counted.sent,
    counted.delivered,
    counted.delivered_to_handset,
    counted.delivered_with_read_receipts,
    counted.delivered_with_feedback,
    counted.hard_bounced,
    counted.soft_bounced,
    counted.suppressed,
    counted.bounced,
    counted.rejected,
    counted.rendering_failed,
    counted.complained,
    counted.complained_with_feedback,
    counted.unsubscribed,
    counted.opened,
    counted.human_opened,
    counted.clicked,
    counted.human_clicked,
    counted.failed,
    counted.pending,
    counted.opens,
    counted.human_opens,
    counted.clicks,
    counted.human_clicks,
    counted.message_parts,
    counted.priced,
    counted.price_usd,
    counted.fee_usd
from counted
left join called
    on counted.origin = called.kind and counted.origin_id = called.id
