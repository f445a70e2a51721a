"""What the views of each service say of the fixtures, against the ledger's count by hand."""

from collections import Counter, defaultdict
from functools import cache

import ledger
import ledger_whatsapp
import pytest
from exhaustive import exhaustive

from dueng_analytics.resources import packaged

FIXTURES = packaged("fixtures")


@pytest.fixture(scope="module")
def lake(packaged_lake):
    return packaged_lake


@cache
def counted():
    return ledger.read_lake(FIXTURES)


@cache
def counted_messages():
    return ledger.messages(counted().everything)


SERVICE_VIEWS = {
    # view with a row for each record, and its key: its sources, how their types begin
    "ses.ses_all_events": ("record_key", (ledger.SES,), ""),
    "ses.ses_open": ("event_key", (ledger.SES,), "Open"),
    "ses.ses_click": ("event_key", (ledger.SES,), "Click"),
    "ses.ses_subscription": ("event_key", (ledger.SES,), "Subscription"),
    "sms.sms_v2_all_events": ("event_key", (ledger.SMS, ledger.SMS_BUS), ""),
    "sms.sms_text_events": ("event_key", (ledger.SMS, ledger.SMS_BUS), "TEXT_"),
    "sms.sms_media_events": ("event_key", (ledger.SMS,), "MEDIA_"),
    "sms.sms_voice_events": ("event_key", (ledger.SMS,), "VOICE_"),
    "sms.sms_rcs_events": ("event_key", (ledger.SMS,), "RCS_"),
    "sms.sms_inbound_messages": ("event_key", (ledger.SMS_REPLIES,), ""),
    "whatsapp.whatsapp_all_events": ("event_key", (ledger.WHATSAPP,), ""),
    "whatsapp.whatsapp_inbound_messages": ("event_key", (ledger.WHATSAPP,), "received"),
    "whatsapp.whatsapp_unclassified": ("event_key", (ledger.WHATSAPP,), "message_template"),
}
RECIPIENT_VIEWS = {
    # view with a row for each recipient whom an event is about: what the ledger calls the event
    "ses.ses_send": "sent",
    "ses.ses_delivery": "delivered",
    "ses.ses_bounce": "bounced",
    "ses.ses_reject": "rejected",
    "ses.ses_rendering_failure": "rendering_failed",
    "ses.ses_delivery_delay": "delayed",
}


@exhaustive("test_fixtures_agree_services.py")
def test_the_views_of_the_services_keep_repeats_and_tell_them_apart(lake):
    keys = {view: key for view, (key, _, _) in SERVICE_VIEWS.items()}
    keys |= dict.fromkeys(RECIPIENT_VIEWS, "event_key")
    query = " union all ".join(
        f"select '{view}' as view, count(*) as stored, count(distinct {key}) as events from {view}"
        for view, key in keys.items()
    )
    shown = {row["view"]: (row["stored"], row["events"]) for row in lake.query(query).rows()}
    by_hand = {}
    for view, (_, sources, start) in SERVICE_VIEWS.items():
        found = [
            ledger.KEYS[source](each.record)
            for source in sources
            for each in counted().by_source[source]
            if ledger.type_of(each.record).startswith(start)
        ]
        by_hand[view] = len(found), len(set(found))
    for view, kind in RECIPIENT_VIEWS.items():
        facts = [
            (fact.key, fact.recipient)
            for each in counted().by_source[ledger.SES]
            for fact in ledger.FACTS[ledger.SES](each.record)
            if fact.kind == kind
        ]
        by_hand[view] = len(facts), len(set(facts))
    assert shown == by_hand


def test_each_text_costs_what_the_ledger_says(lake):
    rows = lake.query(
        "select message_id, price_usd, cost_usd"
        " from sms.sms_message_cost where price_usd is not null"
    ).rows()
    shown = {row["message_id"]: (row["price_usd"], row["cost_usd"]) for row in rows}
    by_hand = {
        message.id: (message.price_usd, pytest.approx(message.cost_usd))
        for message in counted_messages()
        if message.family == "sms" and message.price_usd is not None
    }
    assert len(rows) == len(shown)
    assert shown == by_hand


def test_what_whatsapp_charges_for_is_what_the_ledger_counts(lake):
    rows = lake.query(
        "select pricing_category, pricing_type, count(distinct message_id) as messages"
        " from whatsapp.whatsapp_statuses where pricing_category is not null group by 1, 2"
    ).rows()
    entries = [ledger_whatsapp.entry(each.record) for each in counted().by_source[ledger.WHATSAPP]]
    shown = {(row["pricing_category"], row["pricing_type"]): row["messages"] for row in rows}
    assert shown == ledger_whatsapp.charged_messages(entries)


def test_every_event_of_a_message_is_told_as_the_ledger_tells_it(lake):
    rows = lake.query(
        "select family, event_name, count(*) as stored,"
        " count(distinct event_key || '|' || recipient) as events from messaging.events"
        " where family <> 'pinpoint' and message_id is not null and recipient is not null"
        " group by 1, 2"
    ).rows()
    stored = Counter()
    events = defaultdict(set)
    for source, found in counted().by_source.items():
        for fact in (fact for each in found for fact in ledger.FACTS[source](each.record)):
            stored[fact.family, fact.kind] += 1
            events[fact.family, fact.kind].add((fact.key, fact.recipient))
    assert {
        (row["family"], row["event_name"]): (row["stored"], row["events"]) for row in rows
    } == {
        key: (count, len(events[key])) for key, count in stored.items() if key[0] != "pinpoint"
    }  # fmt: skip


PILOT_VIEWS = {
    # view of the engagement database with a row for each message: its channel there
    "email_message_status": "email",
    "sms_message_status": "text",
    "whatsapp_message_status": "whatsapp",
}


def test_the_views_of_the_engagement_database_have_a_row_for_each_message(lake):
    query = " union all ".join(
        f"select '{channel}' as channel, count(*) as messages from engagementdb.{view}"
        for view, channel in PILOT_VIEWS.items()
    )
    query += " union all select 'shown nowhere else', count(*)"
    query += " from engagementdb.engagementdb_unclassified"
    query += " union all select 'received', count(*)"
    query += " from engagementdb.engagement_whatsapp_inbound_messages"
    shown = {row["channel"]: row["messages"] for row in lake.query(query).rows()}
    rows = [each.record for each in counted().by_source[ledger.PILOT]]
    aside = Counter(
        "received" if row["type"] == "message" else "shown nowhere else"
        for row in rows
        if row["type"] == "message" or row["channel"] == "rcs"
    )
    sent = {
        (row["channel"], row["messageId"])
        for row in rows
        if row["type"] != "message" and row["channel"] != "rcs"
    }
    assert len(aside) == 2
    assert shown == Counter(channel for channel, _ in sent) | aside
