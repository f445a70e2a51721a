"""The fixtures of SES, End User Messaging, WhatsApp and the engagement database.

Their records look as the services make them, and what the README says of them happens.
"""

import json
from collections import Counter, defaultdict
from datetime import datetime
from functools import cache
from pathlib import Path

import ledger
import ledger_engagementdb
import ledger_phone
import ledger_whatsapp
import pytest

from dueng_analytics.resources import packaged

FIXTURES = packaged("fixtures")
SAMPLES = Path(__file__).parent / "samples"


@cache
def lake():
    return ledger.read_lake(FIXTURES)


@cache
def messages():
    return ledger.messages(lake().everything)


def records(source):
    return [each.record for each in lake().by_source[source]]


def sample_records(file):
    return [json.loads(line) for line in (SAMPLES / file).read_text("utf-8").splitlines()]


# --- records look as the services make them ----------------------------------------------------

FREE_KEYS = (
    ".mail.tags", ".click.linkTags", ".context", ".detail.context", ".tags", ".channelData",
)  # fmt: skip
"""Maps whose keys are the sender's, or differ from record to record."""


def shape(value, path=""):
    """Every place in a record with the kind of value that stands there."""
    kind = float if type(value) is int else type(value)  # a whole price has no point
    places = {(path, kind)}
    if kind is dict and path not in FREE_KEYS:
        for key, inner in value.items():
            places |= shape(inner, f"{path}.{key}")
    elif kind is list:
        for inner in value:
            places |= shape(inner, f"{path}[]")
    return places


def assert_shaped(found, samples, optional=()):
    """Records, each under the name of its kind, against samples of the same kinds."""
    shapes = defaultdict(list)
    for kind, sample in samples:
        shapes[kind].append(shape(sample))
    checked = 0
    for kind, record in found:
        assert kind in shapes, kind
        places = shape(record)
        missing = {
            (path, type_) for path, type_ in set.intersection(*shapes[kind]) - places
            if not path.startswith(optional)
        }  # fmt: skip
        added = places - set.union(*shapes[kind])
        assert (missing, added) == (set(), set()), record
        checked += 1
    assert checked


def test_records_of_ses_have_the_fields_of_real_ones_and_no_others():
    verdicts = ".open.isBotEvent", ".click.isBotEvent"  # not every account has them
    assert_shaped(
        ((record["eventType"], record) for record in records(ledger.SES)),
        ((record["eventType"], record) for record in sample_records("ses.ndjson")),
        optional=verdicts,
    )


def test_tags_of_the_service_are_those_that_are_documented():
    documented = {"ses:tenant-name"}.union(
        *(record["mail"]["tags"].keys() for record in sample_records("ses.ndjson"))
    )
    for record in records(ledger.SES):
        tags = {tag for tag in record["mail"]["tags"] if tag.startswith("ses:")}
        assert tags <= documented, record
        assert {"ses:outgoing-ip"} & tags == (
            {"ses:outgoing-ip"} if record["eventType"] == "Delivery" else set()
        )


def test_an_id_of_ses_begins_with_the_moment_of_sending():
    for record in records(ledger.SES):
        message_id = record["mail"]["messageId"]
        moment = datetime.fromisoformat(record["mail"]["timestamp"])
        assert int(message_id[4:16], 16) == round(moment.timestamp() * 1000), message_id


def test_texts_calls_and_rcs_have_the_fields_of_real_ones_and_no_others():
    assert_shaped(
        ((record["eventType"], record) for record in records(ledger.SMS)),
        ((record["eventType"], record) for record in sample_records("sms_voice.ndjson")),
        optional=(".context",),
    )


def test_copies_over_eventbridge_have_the_fields_of_real_ones_and_no_others():
    copies = records(ledger.SMS_BUS) + [
        record for record in records(ledger.WHATSAPP) if "detail" in record
    ]
    texts = {record["eventType"]: record for record in sample_records("sms_voice.ndjson")}
    envelopes = {record["source"]: record for record in sample_records("eventbridge.ndjson")}
    samples = []
    for copy in copies:
        sample = envelopes[copy["source"]]
        kind = copy["detail"].get("eventType", "")
        samples.append(
            (copy["source"] + kind, {**sample, "detail": texts.get(kind) or sample["detail"]})
        )
    assert_shaped(
        ((copy["source"] + copy["detail"].get("eventType", ""), copy) for copy in copies),
        samples,
        optional=(".detail.destinationPhoneNumber", ".detail.context"),
    )


ENVELOPE = {
    "Type", "MessageId", "TopicArn", "Message", "Timestamp", "SignatureVersion", "Signature",
    "SigningCertURL", "UnsubscribeURL",
}  # fmt: skip


@pytest.mark.parametrize("source", [ledger.SMS_REPLIES, ledger.WHATSAPP])
def test_a_topic_wraps_what_it_hands_on_but_for_raw_delivery(source):
    wrapped = [record for record in records(source) if "Message" in record]
    assert all(record.keys() == ENVELOPE for record in wrapped)
    bare = [record for record in records(source) if not {"Message", "detail"} & record.keys()]
    assert 0 < len(bare) < len(wrapped)


def whatsapp_parts(record):
    """The header without its text, and what stands in the text, each under its kind."""
    header = ledger_whatsapp.header(record)
    yield "header", header
    for change in ledger_whatsapp.entry(record)["changes"]:
        value = change["value"]
        for each in value.get("statuses", ()):
            yield each["status"], each
        for each in value.get("messages", ()):
            yield each["type"], each
        if change["field"] == "messages":
            yield "value", {key: inner for key, inner in value.items() if key != "statuses"}


def test_whatsapp_has_the_fields_of_real_records_and_no_others():
    found = [record for record in records(ledger.WHATSAPP) if "detail" not in record]
    assert_shaped(
        ((kind, part) for record in found for kind, part in whatsapp_parts(record)),
        (
            (kind, part)
            for record in sample_records("whatsapp_sns.ndjson")
            for kind, part in whatsapp_parts(record)
        ),
        optional=(".biz_opaque_callback_data", ".pricing"),
    )


def test_rows_of_the_engagement_database_have_the_columns_of_real_ones_and_no_others():
    def kind(row):
        # an RCS message has the row of a text
        return row["channel"].replace("rcs", "text"), row["type"] == "message"

    samples = sample_records("engagement_db.ndjson")
    assert_shaped(((kind(row), row) for row in records(ledger.PILOT)),
                  [(kind(row), row) for row in samples])  # fmt: skip
    known = set().union(*(row["channelData"].keys() for row in samples))
    assert set().union(*(row["channelData"].keys() for row in records(ledger.PILOT))) <= known


def test_a_row_of_the_engagement_database_lies_under_its_own_hour():
    for each in lake().by_source[ledger.PILOT]:
        start = ledger.hour_start(each.hour)
        assert start <= each.record["timestamp"] < start + 3_600_000


@pytest.mark.parametrize(
    "source", [ledger.SES, ledger.SMS, ledger.SMS_BUS, ledger.SMS_REPLIES, ledger.WHATSAPP]
)
def test_nothing_arrives_before_it_happened(source):
    moments = [
        (moment, each.hour)
        for each in lake().by_source[source]
        if (moment := ledger.moment_of(source, each.record)) is not None
    ]
    assert moments
    assert [
        hour for moment, hour in moments if moment > ledger.hour_start(hour) + 75 * 60_000
    ] == []


# --- what the README says happens, happens ------------------------------------------------------


def by_id(channel):
    found = defaultdict(list)
    for message in messages():
        if message.channel == channel:
            found[message.id].append(message)
    return found


def test_ses_tells_of_every_kind_of_event():
    kinds = {record["eventType"] for record in records(ledger.SES)}
    assert kinds == {record["eventType"] for record in sample_records("ses.ndjson")}


def test_a_mail_to_three_bounces_for_one_and_its_open_is_nobodys():
    found = [each for each in by_id("email").values()
             if len(each) == 3 and each[0].family == "ses"]  # fmt: skip
    bounced = [each for each in found if sum(m.counts["hard_bounced"] for m in each) == 1]
    assert any(sum(m.counts["delivered"] for m in each) == 2 for each in bounced)
    opens = Counter(record["mail"]["messageId"] for record in records(ledger.SES)
                    if record["eventType"] == "Open")  # fmt: skip
    assert any(opens[each[0].id] for each in found)
    assert not any(message.counts["opened"] for each in found for message in each)


def test_two_streams_tell_of_one_mailing_and_differ():
    both = [message for message in messages() if message.configuration_set == "pinpoint-project"]
    assert {message.family for message in both} == {"pinpoint"}
    assert all(message.campaign for message in both)
    by_pinpoint = {
        (message.id, message.recipient): message for message in ledger.messages(lake().records)
    }
    apart = [(message, by_pinpoint[message.id, message.recipient]) for message in both]
    for measure in ("opened", "human_opened", "hard_bounced"):
        assert any(each.counts[measure] != alone.counts[measure] for each, alone in apart), measure


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_message_is_tried_twice_under_one_id_of_the_shop(channel):
    attempts = Counter(message.attempt_of for message in messages() if message.channel == channel)
    del attempts[None]
    assert max(attempts.values()) == 2


def test_each_way_of_suppression_happens_and_is_no_hard_bounce():
    suppressed = [m for m in messages() if m.counts["suppressed"] and m.family == "ses"]
    subtypes = {message.bounce[1] for message in suppressed}
    assert subtypes == {"OnAccountSuppressionList", "OnTenantSuppressionList"}
    assert not any(message.counts["hard_bounced"] for message in suppressed)


def test_campaigns_go_on_over_the_change_of_service():
    families = defaultdict(set)
    for message in messages():
        families[message.channel, message.campaign or message.journey].add(message.family)
    went_on = {key for key, told_by in families.items() if len(told_by) > 1} - {
        ("email", None),
        ("sms", None),
    }
    assert {channel for channel, _ in went_on} == {"email", "sms"}


def test_plus_one_is_three_countries_and_only_some_carriers_take_a_fee():
    fees = defaultdict(set)
    for message in messages():
        if message.family == "sms" and message.channel == "sms" and message.recipient[1] == "1":
            fees[message.country].add(bool(message.fee_usd))
    assert fees.keys() == {"US", "CA", "JM"}
    assert True not in fees["JM"]
    assert True in fees["US"] & fees["CA"]


def test_some_say_stop_and_some_only_use_the_word():
    replies = [ledger_phone.unwrapped(record) for record in records(ledger.SMS_REPLIES)]
    assert {True, False} == {ledger_phone.is_opt_out(r) for r in replies if "stop" in
                             r["messageBody"].lower()}  # fmt: skip
    assert {m.channel for m in messages() if m.counts["unsubscribed"]} >= {"sms", "rcs"}


def test_an_rcs_message_falls_back_and_arrives_as_a_text():
    kinds = defaultdict(set)
    for record in records(ledger.SMS):
        kinds[record["messageId"]].add(record["eventType"])
    fallen = [
        i for i, told in kinds.items() if {"RCS_FALLEN_BACK_TO_SMS", "TEXT_DELIVERED"} <= told
    ]
    (message,) = by_id("rcs")[fallen[0]]
    assert message.counts["delivered"]


def test_whatsapp_is_read_without_having_been_delivered_and_fails_with_a_code():
    chats = [message for message in messages() if message.channel == "whatsapp"]
    assert any(m.counts["delivered"] and not m.counts["confirmed"] for m in chats)
    assert {m.failure.split()[0] for m in chats if m.failure} == {"131026", "131047"}


def test_the_engagement_database_repeats_the_services_but_for_one_message():
    rows = records(ledger.PILOT)
    assert {row["channel"] for row in rows} >= {"email", "text", "whatsapp"}
    assert {message.campaign for message in messages() if message.family == "engagementdb"} == {
        "partner-voucher"
    }
    published = {json.dumps(record, sort_keys=True)
                 for source in (ledger.SES, ledger.SMS) for record in records(source)}  # fmt: skip
    copies = [json.dumps(ledger_engagementdb.published(row), sort_keys=True)
              for row in rows if row["channel"] == "text"]  # fmt: skip
    assert copies
    assert set(copies) <= published


def test_records_of_ses_repeat_within_an_object_and_in_other_hours():
    places = defaultdict(list)
    for each in lake().by_source[ledger.SES]:
        places[ledger.event_key(each.record)].append((each.hour, each.file))
    repeats = [found for found in places.values() if len(found) > 1]
    assert any(len(set(found)) == 1 for found in repeats)
    assert any(len({hour for hour, _ in found}) > 1 for found in repeats)


def test_one_object_is_compressed_though_its_name_does_not_say_so():
    unmarked = [
        path.relative_to(FIXTURES).parts[0]
        for path in FIXTURES.rglob("*")
        if path.is_file() and not path.suffix and path.read_bytes().startswith(b"\x1f\x8b")
    ]
    assert unmarked == ["sms"]
