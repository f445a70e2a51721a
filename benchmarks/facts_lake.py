"""A deterministic lake of Pinpoint e-mail events in Firehose layout, for the benchmark of facts.

Every figure of the lake follows from the number of a message through a hash, so two runs write the
same records. It holds what makes exact counts hard: repeats in one hour and in later hours, opens
weeks after the sending, out-of-order receipts, mails to two recipients, hard bounces after a
delivery, machine opens and scanner clicks.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from dueng_analytics.model.definitions import Source

FIRST_DAY = "2026-09-01 00:00:00"
DAYS = 30
EVENTS_PER_MESSAGE = 2.66

# One row per event: message number, kind, number within the message, arrival in milliseconds.
_EVENTS = """
create table messages as
select
    i,
    epoch_ms(timestamp '{first_day}') + cast(i * {send_span_ms} / {messages} as bigint) as sent_ms,
    hash(i) % 1000 as outcome,
    hash(i + 7000000000) % 100 as interest,
    hash(i + 8000000000) % 1000 as reaction
from range({messages}) as t(i);

create table events as
select i, '_email.send' as kind, 0 as n, sent_ms + 200 + hash(i + 1) % 900 as arrival_ms
from messages where outcome >= 5
union all
select i, '_email.rejected', 0, sent_ms + 300 from messages where outcome < 3
union all
select i, '_email.rendering_failure', 0, sent_ms + 100 from messages where outcome in (3, 4)
union all
select i, '_email.delivered', 0, sent_ms + 900 + hash(i + 2) % 4000
from messages where outcome >= 35 or outcome in (5, 6)
union all
-- Outcomes 5 and 6 are delivered and bounce later; one in four hard bounces is a suppression.
select i, '_email.hardbounce', 0, sent_ms + 2000 + hash(i + 3) % 80000000
from messages where outcome between 5 and 20
union all
select i, '_email.softbounce', 0, sent_ms + 2000 + hash(i + 4) % 40000000
from messages where outcome between 21 and 34
union all
select i, '_email.open', n, sent_ms + case
        when (i + n) % 3 = 0 then 2000 + hash(i * 16 + n) % 50000
        else 70000 + cast(pow((hash(i * 16 + n) % 1000000) / 1e6, 6) * 1500000000 as bigint)
    end
from messages, range(6) as r(n)
where outcome >= 35 and interest < 34 and n < 1 + hash(i + 5) % 4 % (interest % 5 + 1)
union all
select i, '_email.click', n, sent_ms + case
        when (i + n) % 7 = 0 then 1000 + hash(i * 16 + n) % 3500
        else 90000 + cast(pow((hash(i * 16 + n + 9) % 1000000) / 1e6, 6) * 1500000000 as bigint)
    end
from messages, range(3) as r(n)
where outcome >= 35 and interest < 5 and n < 1 + interest % 3
union all
select i, '_email.unsubscribe', 0, sent_ms + 100000 + hash(i + 6) % 90000000
from messages where outcome >= 35 and reaction < 3
union all
select i, '_email.complaint', 0, sent_ms + 200000 + hash(i + 7) % 300000000
from messages where outcome >= 35 and reaction in (3, 4);

create table stored as
select
    i,
    kind,
    cast(n as bigint) as n,
    cast(arrival_ms as bigint) as arrival_ms,
    sent_ms,
    cast(arrival_ms // 3600000 as bigint) as hour
from events join messages using (i)
union all
-- One event in 200 is stored again: every other time in the same hour, else up to two days later.
select
    i,
    kind,
    n,
    arrival_ms,
    sent_ms,
    cast(
        arrival_ms // 3600000 + case when hash(i, kind) % 2 = 0 then 0 else 1 + i % 48 end as bigint
    )
from events join messages using (i) where hash(i, n, kind) % 200 = 0;
"""

# One record in the shape that Firehose converts to; keys in the maps are lower case.
_RECORDS = """
select
    kind as event_type,
    sent_ms as event_timestamp,
    arrival_ms as arrival_timestamp,
    '3.1' as event_version,
    {{'app_id': 'f00dfeed00000000000000000000000' || cast(i % 2 as varchar), 'sdk': map {{}}}}
        as application,
    {{'client_id': md5(cast(i % 400000 as varchar)), 'cognito_id': null}} as client,
    {{'platform': map {{}}}} as device,
    map {{}} as session,
    case
        when i % 10 < 7 then map {{
            'feedback': feedback,
            'campaign_id': md5('campaign ' || cast(i * 40 // {messages} as varchar)),
            'campaign_activity_id': md5('activity ' || cast(i * 80 // {messages} as varchar)),
            'treatment_id': cast(i % 2 as varchar)
        }}
        when i % 10 < 9 then map {{
            'feedback': feedback,
            'journey_id': md5('journey ' || cast(i % 5 as varchar)),
            'journey_run_id': md5('run ' || cast(i % 25 as varchar)),
            'journey_activity_id': substr(md5('step ' || cast(i % 15 as varchar)), 1, 10)
        }}
        else map {{'feedback': feedback}}
    end as attributes,
    {{'custom': map {{'legacy_identifier': 'f00dfeed000000000000000000000000'}}}} as client_context,
    '111122223333' as awsaccountid,
    {{'email_channel': {{'mail_event': {{
        'mail': {{
            'message_id': message_id,
            'message_send_timestamp': sent_ms,
            'from_address': 'news@example.com',
            'destination': destination,
            'headers_truncated': false,
            'headers': [
                map {{'name': 'From', 'value': 'news@example.com'}},
                map {{'name': 'To', 'value': destination[1]}},
                map {{
                    'name': 'Subject', 'value': 'Letter ' || cast(i * 40 // {messages} as varchar)
                }}
            ],
            'common_headers': {{
                'from': 'news@example.com',
                'to': destination,
                'subject': 'Letter ' || cast(i * 40 // {messages} as varchar)
            }}
        }},
        'delivery': case when kind = '_email.delivered' then {{
            'smtp_response': '250 2.0.0 OK ' || md5(cast(i as varchar)),
            'reporting_mta': 'a8-53.smtp-out.example.net',
            'recipients': destination,
            'processing_time_millis': cast(arrival_ms - sent_ms as integer)
        }} end,
        'open': case when kind = '_email.open' then {{
            'ip_address': '192.0.2.' || cast(i % 250 as varchar),
            'user_agent': agent
        }} end,
        'click': case when kind in ('_email.click', '_email.unsubscribe') then {{
            'ip_address': '192.0.2.' || cast(i % 250 as varchar),
            'user_agent': agent,
            'link': feedback,
            'link_tags': {{'unsubscribelinktag': null}}
        }} end,
        'reject': case when kind = '_email.rejected' then {{'reason': 'Bad content'}} end,
        'complaint': case when kind = '_email.complaint' then {{
            'complained_recipients': [{{'email_address': destination[1]}}],
            'feedback_id': md5('complaint ' || cast(i as varchar)),
            'user_agent': 'Example-FBL/1.0',
            'complaint_feedback_type': case when i % 10 = 0 then 'not-spam' else 'abuse' end
        }} end,
        'bounce': case when kind in ('_email.hardbounce', '_email.softbounce') then {{
            'bounce_type': case kind when '_email.hardbounce' then 'Permanent' else 'Transient' end,
            'bounce_sub_type': case
                when kind = '_email.softbounce' then 'MailboxFull'
                when i % 4 = 0 then 'OnAccountSuppressionList'
                else 'General'
            end,
            'bounced_recipients': [{{
                'email_address': destination[len(destination)],
                'action': 'failed',
                'status': '5.1.1',
                'diagnostic_code': 'smtp; 550 5.1.1 user unknown'
            }}],
            'feedback_id': md5(kind || cast(i as varchar)),
            'reporting_mta': 'dns; a8-71.smtp-out.example.net'
        }} end
    }}}}}} as facets,
    {{'price_in_millicents_usd': null}} as metrics
from (
    select
        s.*,
        '0100019a3044bad0-' || md5(cast(i as varchar)) || '-000000' as message_id,
        case when i % 97 = 0 then [person, 'copy.' || person] else [person] end as destination,
        case
            when kind = '_email.click'
                then 'https://example.com/p/' || cast((i + n) % 20 as varchar)
            when kind = '_email.unsubscribe' then 'https://example.com/leave'
            else split_part(kind, '.', 2)
        end as feedback,
        case
            when kind = '_email.open' and (i + n) % 3 = 0 then 'Mozilla/5.0'
            when kind = '_email.click' and (i + n) % 11 = 0 then 'python-requests/2.32'
            else 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15'
        end as agent
    from (
        select
            *,
            'Person.' || cast(i % 400000 as varchar) || '@'
                || (['mail.example.com', 'example.net', 'example.org', 'post.example.com'])
                    [cast(1 + i % 4 as integer)] as person
        from stored
        where hour = {hour}
    ) as s
)
"""


def write_lake(folder: Path, events: int, source: Source) -> int:
    """The number of stored events; an earlier lake of the same size in ``folder`` is kept.

    Args:
        events: about how many; repeats of one in two hundred are among them.
        source: the declaration that gives the columns' types.
    """
    done = folder / f"complete-{events}"
    if done.exists():
        return int(done.read_text())
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set preserve_insertion_order = false")
        connection.execute("set memory_limit = '2GB'")
        connection.execute(f"set temp_directory = '{folder / 'spill'}'")
        messages = round(events / EVENTS_PER_MESSAGE)
        connection.execute(
            _EVENTS.format(
                first_day=FIRST_DAY, messages=messages, send_span_ms=DAYS * 86_400_000 - 60_000
            )
        )
        (stored,) = connection.execute("select count(*) from stored").fetchone() or (0,)
        casts = ", ".join(
            f"cast({column.name} as {column.type.duckdb}) as {column.name}"
            for column in source.columns
        )
        hours = connection.execute(
            "select distinct hour, strftime(make_timestamp(hour * 3600000000), '%Y/%m/%d/%H')"
            " from stored order by hour"
        ).fetchall()
        connection.execute("create table ordered as from stored order by hour, arrival_ms, i, kind")
        connection.execute("drop table stored; alter table ordered rename to stored")
        for hour, path in hours:
            target = folder / "events" / path
            target.mkdir(parents=True)
            name = f"stream-1-{path.replace('/', '-')}-00-00-{hour:012d}.parquet"
            records = _RECORDS.format(messages=messages, hour=hour)
            connection.execute(
                f"copy (select {casts} from ({records})) to '{target / name}'"
                " (format parquet, compression snappy)"
            )
    shutil.rmtree(folder / "spill", ignore_errors=True)
    done.write_text(str(stored))
    return int(stored)
