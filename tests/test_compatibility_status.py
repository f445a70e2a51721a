"""The samples' views of one row a message against rows read by hand out of sample records."""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dueng_analytics.catalog import load_catalog
from dueng_analytics.dialect import to_duckdb
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import Location
from dueng_analytics.model.definitions import Given, UnitTest
from dueng_analytics.quality.samples import SAMPLE_COLUMNS_FILE, read_sample_columns
from dueng_analytics.quality.unit_tests import run_unit_test
from dueng_analytics.resources import packaged

CATALOG = load_catalog()
SAMPLES = read_sample_columns(packaged("sql") / SAMPLE_COLUMNS_FILE)
HERE = Path(__file__).parent / "samples"


def records(name):
    return [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines()]


def by_message(found, identity):
    grouped = defaultdict(list)
    for record in found:
        grouped[identity(record)].append(record)
    return grouped


def earliest(events, part):
    """The part of the earliest event that has it."""
    return min((event[part] for event in events if part in event), key=moment, default={})


def moment(part):
    return part["timestamp"]


def email_status(events):
    mail = next((e for e in events if e["eventType"] == "Send"), events[0])["mail"]
    bounce, complaint = earliest(events, "bounce"), earliest(events, "complaint")
    return {
        "message_id": mail["messageId"],
        "subject": mail["commonHeaders"].get("subject"),
        "destination": mail["destination"],
        "time_sent": min(event["mail"]["timestamp"] for event in events),
        "time_delivered": earliest(events, "delivery").get("timestamp"),
        "time_opened": earliest(events, "open").get("timestamp"),
        "time_clicked": earliest(events, "click").get("timestamp"),
        "time_bounced": bounce.get("timestamp"),
        "bounce_type": bounce.get("bounceType"),
        "bounce_subtype": bounce.get("bounceSubType"),
        "time_complained": complaint.get("timestamp"),
        "complaint_feedbacktype": complaint.get("complaintFeedbackType"),
    }


def sms_status(events):
    def order(event):
        return event["isFinal"], event["eventTimestamp"], event["eventType"]

    last = max(events, key=order)
    priced = [event for event in events if "totalMessagePrice" in event]
    # A read receipt comes after the receipt with the price and costs nothing.
    money = max(priced, key=lambda e: (e["eventType"] != "RCS_READ", *order(e)), default={})
    return {
        "messageid": last["messageId"],
        "event_timestamp": str(
            datetime(1970, 1, 1) + timedelta(milliseconds=last["eventTimestamp"])
        ),
        "event_type": last["eventType"],
        "message_status": last.get("messageStatus"),
        "message_status_description": last.get("messageStatusDescription"),
        "origination_phonenumber": last.get("originationPhoneNumber"),
        "destination_phonenumber": last.get("destinationPhoneNumber"),
        "iso_countrycode": last.get("isoCountryCode"),
        "message_encoding": last.get("messageEncoding"),
        "total_messageparts": money.get("totalMessageParts", last.get("totalMessageParts")),
        "total_messageprice": money.get("totalMessagePrice"),
        "total_carrierfee": money.get("totalCarrierFee"),
    }


VIEWS = {
    "email_status": (email_status, "ses.ndjson", "ses_events", lambda r: r["mail"]["messageId"]),
    "sms_status": (sms_status, "sms_voice.ndjson", "sms_events", lambda r: r["messageId"]),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_message_has_the_row_that_is_read_by_hand(name):
    read, file, source, identity = VIEWS[name]
    found = records(file)
    expected = [read(events) for events in by_message(found, identity).values()]
    assert list(expected[0]) == [column.name for column in SAMPLES[name]]
    view = CATALOG.find(name)
    given = tuple({**record, "ingest_timestamp": "2025-10-29 14:00:00"} for record in found)
    test = UnitTest("sample records", (Given(source, given),), tuple(expected), Location(HERE))
    with DuckDBEngine(threads=1) as engine:
        outcome = run_unit_test(CATALOG, view, test, to_duckdb(CATALOG.typed(view)), engine)
    assert outcome.passed, outcome.difference or outcome.error
