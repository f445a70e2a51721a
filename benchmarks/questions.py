"""The queries that are not the samples': one pass, the bare aggregation, naive counts."""

from __future__ import annotations

from .sample_views import Engine

_MAIL = "facets.email_channel.mail_event"

CAMPAIGN_COUNTS = f"""
    select
        element_at(attributes, 'campaign_id') as pinpoint_campaign_id,
        count_if(event_type = '_email.send') as NumSends,
        count_if(event_type = '_email.open') as NumOpens,
        count_if(event_type = '_email.click') as NumClicks,
        coalesce(sum(if(event_type = '_email.hardbounce',
            cardinality({_MAIL}.bounce.bounced_recipients))), 0) as NumHardBounces,
        coalesce(sum(if(event_type = '_email.softbounce',
            cardinality({_MAIL}.bounce.bounced_recipients))), 0) as NumSoftBounces,
        count_if(event_type = '_email.unsubscribe') as NumUnsubs
    from pinpoint.all_events
    where element_at(attributes, 'campaign_id') is not null
    group by 1
    having count_if(event_type = '_campaign.send') > 0
"""
"""The counts of the campaign summary from one scan, repeats counted; Athena SQL."""

SENT_MESSAGES = """
    select
        campaign_id,
        count_if(is_sent) as sent,
        count_if(is_opened) as opened,
        count_if(is_human_opened) as opened_by_people,
        count_if(is_human_clicked) as clicked_by_people,
        count_if(is_hard_bounced) as hard_bounced,
        count_if(is_soft_bounced) as soft_bounced,
        count_if(is_unsubscribed) as unsubscribed
    from messages
    where channel = 'email' and campaign_id is not null and not is_test
        and sent_at >= :from_time and sent_at < :to_time
    group by campaign_id
"""
"""What docs/questions.md has in the campaign summary's place: messages, each once; Athena SQL."""

SENT_ON_A_DAY = """
    select count(*) as mails, count(distinct message_id) as messages from email_send
    where ingest_timestamp >= :from_time and ingest_timestamp < :to_time
"""

_SCANNERS = (
    "'bot|crawl|spider|scanner|barracuda|proofpoint|mimecast|safelinks|headless|phantomjs|curl|wget"
    "|python-requests|go-http-client|java/|[+]https?://'"
)
_BROWSERS = "'^ *((mozilla|opera)/|$)'"


def bare_sql(engine: Engine, pinpoint: str, ses: str) -> str:
    """A hand-written conditional aggregation over the columns that the facts read, and no others.

    Repeats count, nothing is put together. One SELECT for each of the two sources.

    Args:
        pinpoint, ses: the tables of events.
    """
    return f"{_bare_pinpoint(engine, pinpoint)} union all {_bare_ses(engine, ses)}"


def _matches(text: str, pattern: str, engine: Engine) -> str:
    function = "regexp_like" if engine == "Trino" else "regexp_matches"
    return f"{function}({text}, {pattern})"


def _is_machine(agent: str, after_ms: str, engine: Engine) -> str:
    """Whether an open is a machine's."""
    named = _matches(f"replace(lower({agent}), 'cubot', '')", _SCANNERS, engine)
    bare = f"(trim({agent}) = 'Mozilla/5.0' and {after_ms} <= 60000)"
    return f"coalesce({after_ms} < 2000 or {bare} or {named}, false)"


def _is_bot(agent: str, engine: Engine) -> str:
    """Whether a click is a scanner's by its agent."""
    named = _matches(f"replace(lower({agent}), 'cubot', '')", _SCANNERS, engine)
    browser = _matches(f"lower({agent})", _BROWSERS, engine)
    return f"coalesce({named} or not {browser}, false)"


def _of_map(column: str, key: str, engine: Engine) -> str:
    return f"element_at({column}, '{key}')" if engine == "Trino" else f"{column}['{key}']"


def _first(array: str, engine: Engine) -> str:
    return f"element_at({array}, 1)" if engine == "Trino" else f"{array}[1]"


def _bare_pinpoint(engine: Engine, table: str) -> str:
    day = (
        "cast(from_unixtime(event_timestamp / 1e3) at time zone 'UTC' as date)"
        if engine == "Trino"
        else "cast(make_timestamp(event_timestamp * 1000) as date)"
    )

    def count(event_type: str, condition: str = "true") -> str:
        return f"count(*) filter (where event_type = '_email.{event_type}' and {condition})"

    after = "arrival_timestamp - event_timestamp"
    machine = _is_machine(f"{_MAIL}.open.user_agent", after, engine)
    bot = f"coalesce({after} < 5000, false) or {_is_bot(f'{_MAIL}.click.user_agent', engine)}"
    suppressed = f"{_MAIL}.bounce.bounce_sub_type = 'OnAccountSuppressionList'"
    bounced = _first(f"{_MAIL}.bounce.bounced_recipients", engine)
    complained = _first(f"{_MAIL}.complaint.complained_recipients", engine)
    custom = _of_map("client_context.custom", "endpoint", engine)
    return f"""
    select
        {day} as send_day,
        {_of_map("attributes", "campaign_id", engine)} as campaign,
        {_of_map("attributes", "journey_id", engine)} as journey,
        {_of_map("attributes", "treatment_id", engine)} as treatment,
        cast(null as varchar) as configuration_set,
        cast(null as varchar) as template,
        count({_MAIL}.mail.message_id) as with_id,
        count({_first(f"{_MAIL}.mail.destination", engine)}) as with_recipient,
        count({_MAIL}.mail.message_send_timestamp) as with_send_time,
        count(client.client_id) as with_endpoint,
        count({custom}) as with_endpoint_definition,
        count(metrics.price_in_millicents_usd) as with_price,
        {count("send")} as sent,
        {count("delivered")} as delivered,
        {count("hardbounce", f"not coalesce({suppressed}, false)")} as hard_bounced,
        {count("hardbounce", suppressed)} as suppressed,
        {count("softbounce")} as soft_bounced,
        {count("rejected")} as rejected,
        {count("rendering_failure")} as rendering_failed,
        {count("complaint", f"{_MAIL}.complaint.complaint_feedback_type <> 'not-spam'")}
            as complained,
        {count("unsubscribe")} as unsubscribed,
        {count("open")} as opens,
        {count("open", f"not {machine}")} as human_opens,
        {count("click")} as clicks,
        {count("click", f"not ({bot})")} as human_clicks,
        count({_MAIL}.click.link) as links,
        count({_MAIL}.bounce.bounce_type) as bounce_types,
        count({bounced}.diagnostic_code) as diagnoses,
        count({_first(f"{_MAIL}.delivery.recipients", engine)}) as recipients_delivered_to,
        count({complained}.email_address) as recipients_complaining,
        count({_MAIL}.reject.reason) as reasons
    from {table}
    where event_type is not null
    group by 1, 2, 3, 4"""


def _bare_ses(engine: Engine, table: str) -> str:
    def tag(key: str) -> str:
        return _first(_of_map("mail.tags", key, engine), engine)

    def count(event_type: str, condition: str = "true") -> str:
        return f"count(*) filter (where eventtype = '{event_type}' and {condition})"

    bot = f"coalesce(click.isbotevent = 'Likely', {_is_bot('click.useragent', engine)})"
    suppressed = "bounce.bouncesubtype in ('Suppressed', 'OnAccountSuppressionList')"
    return f"""
    select
        cast(substr(mail.timestamp, 1, 10) as date),
        {tag("campaign")},
        coalesce({tag("journeyid")}, {tag("journey_id")}),
        coalesce({tag("treatmentid")}, {tag("treatment_id")}),
        {tag("ses:configuration-set")},
        {tag("template")},
        count(mail.messageid),
        count({_first("mail.destination", engine)}),
        count(mail.timestamp),
        count(delivery.timestamp),
        count(bounce.timestamp),
        count(complaint.timestamp),
        {count("Send")},
        {count("Delivery")},
        {count("Bounce", f"bounce.bouncetype = 'Permanent' and not coalesce({suppressed}, false)")},
        {count("Bounce", suppressed)},
        {count("Bounce", "bounce.bouncetype <> 'Permanent'")},
        {count("Reject")},
        {count("Rendering Failure")},
        {count("Complaint", "coalesce(complaint.complaintfeedbacktype, '') <> 'not-spam'")},
        {count("Subscription", "subscription.newtopicpreferences.unsubscribeall")},
        {count("Open", "open.timestamp is not null")},
        {count("Open", "coalesce(open.isbotevent, open.useragent, '') <> 'Likely'")},
        {count("Click", "click.timestamp is not null")},
        {count("Click", f"not {bot}")},
        count(click.link),
        count(complaint.complaintsubtype),
        count({_first("bounce.bouncedrecipients", engine)}.diagnosticcode),
        count({_first("delivery.recipients", engine)}),
        count({_first("complaint.complainedrecipients", engine)}.emailaddress),
        count(coalesce(reject.reason, failure.errormessage, failure.templatename,
            deliverydelay.delaytype, deliverydelay.timestamp,
            {_first("deliverydelay.delayedrecipients", engine)}.emailaddress))
    from {table}
    where eventtype is not null
    group by 1, 2, 3, 4, 5, 6"""


_SES = "ses.ses_events"
_PINPOINT = "pinpoint.all_events"
_ONE = f"len({_MAIL}.mail.destination) = 1"
_PINPOINT_MACHINE = _is_machine(
    f"{_MAIL}.open.user_agent", "arrival_timestamp - event_timestamp", "DuckDB"
)
_SES_AFTER = (
    "date_diff('millisecond', cast(mail.timestamp as timestamp), cast(open.timestamp as timestamp))"
)
_SES_MACHINE = (
    f"coalesce(open.isbotevent = 'Likely', {_is_machine('open.useragent', _SES_AFTER, 'DuckDB')})"
)
NAIVE = {
    "hard_bounced": (
        f"select {_MAIL}.mail.message_id as id, lower(b.r.email_address) as address"
        f" from {_PINPOINT}, unnest({_MAIL}.bounce.bounced_recipients) as b (r)"
        " where event_type = '_email.hardbounce'"
        f" and {_MAIL}.bounce.bounce_sub_type <> 'OnAccountSuppressionList'",
        "select mail.messageid as id, lower(b.r.emailaddress) as address"
        f" from {_SES}, unnest(bounce.bouncedrecipients) as b (r)"
        " where eventtype = 'Bounce' and bounce.bouncetype = 'Permanent'"
        " and bounce.bouncesubtype not in ('Suppressed', 'OnAccountSuppressionList')",
    ),
    "opened": (
        f"select {_MAIL}.mail.message_id as id from {_PINPOINT}"
        f" where event_type = '_email.open' and {_ONE}",
        f"select mail.messageid as id from {_SES}"
        " where eventtype = 'Open' and len(mail.destination) = 1",
    ),
    "human_opened": (
        f"select {_MAIL}.mail.message_id as id from {_PINPOINT}"
        f" where event_type = '_email.open' and not {_PINPOINT_MACHINE} and {_ONE}",
        f"select mail.messageid as id from {_SES}"
        f" where eventtype = 'Open' and len(mail.destination) = 1 and not {_SES_MACHINE}",
    ),
    "opens": (
        f"select {_MAIL}.mail.message_id as id, arrival_timestamp, attributes['feedback']"
        f" from {_PINPOINT} where event_type = '_email.open' and {_ONE}",
        f"select mail.messageid as id, open.timestamp, open.ipaddress, open.useragent from {_SES}"
        " where eventtype = 'Open' and len(mail.destination) = 1",
    ),
    "clicked": (
        f"select {_MAIL}.mail.message_id as id from {_PINPOINT}"
        f" where event_type = '_email.click' and {_ONE}",
        f"select mail.messageid as id from {_SES}"
        " where eventtype = 'Click' and len(mail.destination) = 1",
    ),
    "rejected": (
        f"select {_MAIL}.mail.message_id as id, lower(d.a) as address"
        f" from {_PINPOINT}, unnest({_MAIL}.mail.destination) as d (a)"
        " where event_type = '_email.rejected'",
        "select mail.messageid as id, lower(d.a) as address"
        f" from {_SES}, unnest(mail.destination) as d (a) where eventtype = 'Reject'",
    ),
}
"""What the facts must say, counted naively: the keys in each source, taken one by one; DuckDB."""


def naive_sql(name: str) -> str:
    """The number of different keys of both sources, those without a message left out."""
    counts = (
        f"(select count(*) from (select distinct * from ({keys}) where id is not null))"
        for keys in NAIVE[name]
    )
    return f"select {' + '.join(counts)}"
