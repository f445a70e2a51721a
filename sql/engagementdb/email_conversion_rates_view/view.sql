with messages as (
    select * from email_message_status
)

select
    cast(messages.message_timestamp as date) as message_date,
    messages.isp,
    messages.sending_domain,
    messages.campaign,
    messages.configuration_set,
    messages.ingest_timestamp,
    min(messages.send_timestamp) as message_timestamp,
    count(*) as total_emails_sent,
    count(messages.delivery_timestamp) as total_deliveries,
    count(messages.bounce_timestamp) as total_bounces,
    count(messages.complaint_timestamp) as total_complaints,
    count_if(messages.open_count > 0) as total_emails_opened,
    count_if(messages.click_count > 0) as total_emails_clicked,
    round(count(messages.delivery_timestamp) * 1e0 / nullif(count(*), 0), 2) as delivery_rate,
    coalesce(
        round(count_if(messages.open_count > 0) * 1e0 / nullif(count(messages.delivery_timestamp), 0), 2), 0e0
    ) as open_rate,
    coalesce(
        round(count_if(messages.click_count > 0) * 1e0 / nullif(count_if(messages.open_count > 0), 0), 2), 0e0
    ) as open_to_click_rate,
    coalesce(
        round(count(messages.bounce_timestamp) * 1e0 / nullif(count(messages.delivery_timestamp), 0), 2), 0e0
    ) as bounce_rate,
    coalesce(
        round(count(messages.complaint_timestamp) * 1e0 / nullif(count(messages.delivery_timestamp), 0), 2), 0e0
    ) as complaint_rate,
    messages.isp_group,
    count(messages.send_timestamp) as total_messages_with_send_event,
    count_if(messages.human_open_count > 0) as total_emails_opened_human,
    count_if(messages.human_click_count > 0) as total_emails_clicked_human,
    -- What was rejected or could not be rendered was never sent.
    count(messages.bounce_timestamp) * 1e0
    / nullif(
        count_if(messages.reject_timestamp is null and messages.rendering_failure_timestamp is null), 0
    ) as bounce_to_sent_fraction,
    count(messages.complaint_timestamp) * 1e0
    / nullif(count(messages.delivery_timestamp), 0) as complaint_to_delivered_fraction,
    count_if(messages.click_count > 0) * 1e0
    / nullif(count_if(messages.open_count > 0 or messages.click_count > 0), 0) as click_to_engaged_fraction
from messages
group by
    cast(messages.message_timestamp as date),
    messages.isp,
    messages.isp_group,
    messages.sending_domain,
    messages.campaign,
    messages.configuration_set,
    messages.ingest_timestamp
