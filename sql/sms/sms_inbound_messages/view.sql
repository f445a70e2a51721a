with notifications as (
    select * from sms_inbound
),

texts as (
    select
        coalesce(inboundmessageid, json_extract_scalar(message, '$.inboundMessageId')) as inbound_message_id,
        coalesce(originationnumber, json_extract_scalar(message, '$.originationNumber')) as origination_number,
        coalesce(destinationnumber, json_extract_scalar(message, '$.destinationNumber')) as destination_number,
        coalesce(messagekeyword, json_extract_scalar(message, '$.messageKeyword')) as message_keyword,
        coalesce(messagebody, json_extract_scalar(message, '$.messageBody')) as message_body,
        coalesce(
            previouspublishedmessageid, json_extract_scalar(message, '$.previousPublishedMessageId')
        ) as previous_message_id,
        coalesce(rcsbusinessid, json_extract_scalar(message, '$.rcsBusinessId')) as rcs_business_id,
        coalesce(agentisocountrycode, json_extract_scalar(message, '$.agentIsoCountryCode')) as agent_iso_country_code,
        "timestamp" as sent_by_topic_at,
        topicarn,
        ingest_timestamp
    from notifications
),

-- The text from its first letter to its last one, without blanks and stops around it.
compared as (
    select
        texts.*,
        upper(regexp_extract(message_body, '[A-Za-z]((.|\n)*[A-Za-z])?')) as whole_text,
        upper(message_keyword) as whole_keyword
    from texts
    where inbound_message_id is not null
)

select
    inbound_message_id as message_id,
    case
        when rcs_business_id is not null or starts_with(destination_number, 'rcs-') then cast('rcs' as varchar)
        else 'sms'
    end as channel,
    cast(try(from_iso8601_timestamp(sent_by_topic_at)) at time zone 'UTC' as timestamp(3)) as occurred_at,
    origination_number as origination_phone_number,
    destination_number as destination_phone_number,
    message_keyword,
    message_body,
    coalesce(
        any_match(
            array[whole_text, whole_keyword],
            word -> word in (
                'ARRET', 'CANCEL', 'END', 'OPT-OUT', 'OPTOUT', 'QUIT', 'REMOVE', 'STOP', 'TD', 'UNSUBSCRIBE'
            )
        ),
        false
    ) as is_opt_out,
    coalesce(any_match(array[whole_text, whole_keyword], word -> word in ('START', 'UNSTOP')), false) as is_opt_in,
    previous_message_id,
    rcs_business_id,
    agent_iso_country_code as rcs_agent_country,
    nullif(split_part(topicarn, ':', 5), '') as aws_account_id,
    nullif(split_part(topicarn, ':', 4), '') as aws_region,
    ingest_timestamp,
    inbound_message_id as event_key
from compared
