"""The samples' columns of every view against the same columns read by hand out of sample records.

The records are the services' own shapes. What is expected of them is written here once more in
plain Python, column by column and row scope by row scope, from what the samples' views say; it
shares nothing with our SQL.
"""

import json
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
# Joined views read other views; what they take over is in their own unit tests.
JOINED = "_with_pinpoint_camp_jour_data"
HERE = Path(__file__).parent / "samples"
RECORDS = [
    {**json.loads(line), "ingest_timestamp": "2025-10-29 14:00:00"}
    for name in ("pinpoint.ndjson", "pinpoint_captured.ndjson")
    for line in (HERE / name).read_text("utf-8").splitlines()
]


def at(record, *path):
    for key in path:
        record = record.get(key) if isinstance(record, dict) else None
    return record


def field(*path):
    return lambda record: at(record, *path)


def attribute(key):
    return field("attributes", key)


def mail_event(*path):
    return field("facets", "email_channel", "mail_event", *path)


def moment(read):
    def time(record):
        value = read(record)
        if value is None:
            return None
        return str(datetime(1970, 1, 1) + timedelta(milliseconds=int(value)))

    return time


def merged_tags(record):
    return {
        **(at(record, "client_context", "custom") or {}),
        **(at(record, "attributes") or {}),
    }


def context_tags(record):
    text = at(record, "attributes", "customer_context")
    return None if text is None else json.loads(text)


def endpoint(*path):
    def read(record):
        text = at(record, "client_context", "custom", "endpoint")
        return None if text is None else at(json.loads(text), *path)

    return read


def campaign_or_journey(record):
    return at(record, "attributes", "campaign_id") or at(record, "attributes", "journey_id")


def campaign_or_journey_type(record):
    kinds = ("campaign", "journey")
    named = [kind for kind in kinds if at(record, "attributes", f"{kind}_id") is not None]
    return named[0] if named else "transactional"


COLUMNS = {
    "event_type": field("event_type"),
    "event_timestamp": moment(field("event_timestamp")),
    "arrival_timestamp": moment(field("arrival_timestamp")),
    "application_id": field("application", "app_id"),
    "endpoint_id": field("client", "client_id"),
    "cognito_id": field("client", "cognito_id"),
    "pinpoint_campaign_id": attribute("campaign_id"),
    "pinpoint_treatment_id": attribute("treatment_id"),
    "pinpoint_campaign_journey_id": campaign_or_journey,
    "pinpoint_campaign_journey_type": campaign_or_journey_type,
    "aws_account_id": field("awsAccountId"),
    "ingest_timestamp": field("ingest_timestamp"),
    "device_platform_name": field("device", "platform", "name"),
    "price_in_millicents_usd": field("metrics", "price_in_millicents_usd"),
    "session_id": field("session", "session_id"),
    "session_start_time": moment(field("session", "start_timestamp")),
    "session_stop_time": moment(field("session", "stop_timestamp")),
    "custom": lambda record: "varchar",
    "end_point_status": endpoint("EndpointStatus"),
    "channel_type": endpoint("ChannelType"),
    "user_id": endpoint("User", "UserId"),
    "message_tags": merged_tags,
    **{
        name: attribute(name)
        for name in (
            "journey_id", "journey_run_id", "journey_activity_id", "journey_send_status",
            "delivery_type", "campaign_send_status", "sender_request_id", "record_status",
            "destination_phone_number", "origination_phone_number", "iso_country_code",
            "number_of_message_parts", "message_type",
        )
    },
}  # fmt: skip
MAIL = {
    "message_id": mail_event("mail", "message_id"),
    "message_send_timestamp": moment(mail_event("mail", "message_send_timestamp")),
    "from_address": mail_event("mail", "from_address"),
    "destination": mail_event("mail", "destination"),
    "subject": mail_event("mail", "common_headers", "subject"),
}
FLAT_MAIL = {**MAIL, "destination": lambda record: MAIL["destination"](record)[0]}
SMS = {"message_id": attribute("message_id"), "message_tags": context_tags}
CLICK = {name: mail_event("click", name) for name in ("ip_address", "user_agent", "link")}
BOUNCE = {
    **{
        name: mail_event("bounce", name)
        for name in ("bounce_type", "bounce_sub_type", "feedback_id", "reporting_mta")
    },
    **{
        f"bounced_recipient_{name}": field("recipient", name)
        for name in ("email_address", "action", "status", "diagnostic_code")
    },
}
COMPLAINT = {
    "complained_email_address": field("recipient", "email_address"),
    **{
        name: mail_event("complaint", name)
        for name in ("feedback_id", "user_agent", "complaint_feedback_type")
    },
}
DELIVERY = {
    name: mail_event("delivery", name)
    for name in ("smtp_response", "reporting_mta", "recipients", "processing_time_millis")
}


def only(*types):
    return lambda record: [record] if record["event_type"] in types else []


def beginning(prefix):
    return lambda record: [record] if record["event_type"].startswith(prefix) else []


def other(record):
    known = ("_email.", "_SMS.", "_campaign.", "_test.event", "_journey.")
    return [] if record["event_type"].startswith(known) else [record]


def recipients(event_type, *path):
    def rows(record):
        if record["event_type"] != event_type:
            return []
        listed = mail_event(*path)(record) or [None]
        return [{**record, "recipient": recipient} for recipient in listed]

    return rows


SMS_ALL, MAIL_ALL = (beginning("_SMS."), SMS), (beginning("_email."), FLAT_MAIL)
CAMPAIGN_ALL, JOURNEY_ALL = (beginning("_campaign."), {}), (beginning("_journey."), {})
VIEWS = {
    "email_send": (only("_email.send"), MAIL),
    "email_hardbounce": (
        recipients("_email.hardbounce", "bounce", "bounced_recipients"), MAIL | BOUNCE,
    ),
    "email_softbounce": (
        recipients("_email.softbounce", "bounce", "bounced_recipients"), MAIL | BOUNCE,
    ),
    "email_complaint": (
        recipients("_email.complaint", "complaint", "complained_recipients"), MAIL | COMPLAINT,
    ),
    "email_delivered": (only("_email.delivered"), MAIL | DELIVERY),
    "email_open": (
        only("_email.open"),
        MAIL | {name: mail_event("open", name) for name in ("ip_address", "user_agent")},
    ),
    "email_click": (only("_email.click"), MAIL | CLICK),
    "email_unsubscribe": (
        only("_email.unsubscribe"),
        MAIL | CLICK
        | {"unsubscribelinktag": mail_event("click", "link_tags", "unsubscribeLinkTag")},
    ),
    "email_rejected": (
        only("_email.rejected"), MAIL | {"reject_reason": mail_event("reject", "reason")},
    ),
    "sms_buffered": (only("_SMS.BUFFERED"), SMS),
    "sms_success": (only("_SMS.SUCCESS"), SMS),
    "sms_failure": (only("_SMS.FAILURE"), SMS),
    "sms_optout": (only("_SMS.OPTOUT"), SMS),
    "campaign_send": (
        only("_campaign.send"), {"message_tags": field("attributes")},
    ),
    "journey_send": (only("_journey.send"), {}),
    "email_all_events": MAIL_ALL,
    "sms_all_events": SMS_ALL,
    "campaign_all_events": CAMPAIGN_ALL,
    "journey_all_events": JOURNEY_ALL,
    "custom_all_events": (other, {}),
    "pinpoint_analytics_all_send_events": (
        only(
            "_SMS.SUCCESS", "_SMS.FAILURE", "_email.send", "_email.delivered",
            "_email.hardbounce", "_email.softbounce", "_email.complaint",
        ),
        {},
    ),
    "pinpoint_analytics_sms_all_events": SMS_ALL,
    "pinpoint_analytics_email_all_events": MAIL_ALL,
    "pinpoint_analytics_campaign_all_events": CAMPAIGN_ALL,
    "pinpoint_analytics_journey_all_events": JOURNEY_ALL,
    "pinpoint_analytics_custom_all_events": (other, {}),
}  # fmt: skip


@pytest.fixture(scope="module")
def engine():
    with DuckDBEngine(threads=1) as engine:
        yield engine


def test_every_view_of_the_samples_that_reads_pinpoint_records_is_compared():
    assert set(VIEWS) == {
        name
        for name in SAMPLES
        if CATALOG.find(name).family == "pinpoint" and not name.endswith(JOINED)
    }


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_has_the_rows_and_values_that_are_read_by_hand(name, engine):
    rows_of, own = VIEWS[name]
    columns = {column.name: (COLUMNS | own)[column.name] for column in SAMPLES[name]}
    expected = [
        {column: read(row) for column, read in columns.items()}
        for record in RECORDS
        for row in rows_of(record)
    ]
    assert expected, "no sample record is of this view"
    view = CATALOG.find(name)
    test = UnitTest(
        "sample records", (Given("all_events", tuple(RECORDS)),), tuple(expected), Location(HERE)
    )
    outcome = run_unit_test(CATALOG, view, test, to_duckdb(CATALOG.typed(view)), engine)
    assert outcome.passed, outcome.difference or outcome.error
