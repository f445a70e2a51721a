with messages as (
    select * from "engagementdb-conversations-table"
)

select
    cast(try(from_unixtime(timestamp / 1e3)) at time zone 'UTC' as timestamp(3)) as event_timestamp,
    nullif(channel, '') as channel,
    nullif(sessionid, '') as sessionid,
    nullif(direction, '') as direction,
    nullif(messageid, '') as messageid,
    nullif(sendingaddress, '') as sendingaddress,
    nullif(destinationaddress, '') as destinationaddress,
    nullif(message, '') as message,
    nullif(source, '') as source,
    nullif(knowledgebaseid, '') as knowledgebaseid,
    nullif(organizationid, '') as organizationid,
    nullif(accountid, '') as accountid,
    tags,
    ingest_timestamp,
    nullif(messageid, '') || '|' || nullif(direction, '') || '|' || cast(timestamp as varchar) as event_key
from messages
