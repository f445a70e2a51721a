"""The packaged fixtures: made by the story alone, truthful to the services, counted by hand."""

import csv
import gzip
import json
import re
import subprocess
import sys
import zlib
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import ledger
import pytest
from exhaustive import exhaustive
from ledger_messages import SIMULATOR
from story.cast import COUNTRIES, DOMAINS
from story.telling import files
from totals import tables, with_tables

from dueng_analytics.resources import packaged

FIXTURES = packaged("fixtures")
SAMPLES = Path(__file__).parent / "samples"
LARGEST_BYTES = 2_000_000
BY_HAND = {"README.md"}
COMPRESSED_BY_ZLIB = "1.2.13"
"""Another version may pack the same content into other bytes."""


@cache
def lake():
    return ledger.read_lake(FIXTURES)


@cache
def told():
    return files()


def stored(kind):
    return [each for each in lake().stored if each.record["event_type"] == kind]


def mail_of(record):
    return record["facets"]["email_channel"]["mail_event"]["mail"]


def unpacked(body):
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


# --- the files ---------------------------------------------------------------------------------


def test_the_story_tells_every_file_and_no_other():
    found = {path.relative_to(FIXTURES).as_posix() for path in FIXTURES.rglob("*.*")}
    found = {name for name in found if (FIXTURES / name).is_file()}
    plain = {name for name in told() if "." not in name.rpartition("/")[2]}
    assert found - BY_HAND == told().keys() - plain
    assert all((FIXTURES / name).is_file() for name in plain)


def test_the_story_tells_the_same_content_as_lies_there():
    different = [
        name
        for name, body in told().items()
        if unpacked(body) != unpacked((FIXTURES / name).read_bytes())
    ]
    assert different == []


@pytest.mark.skipif(
    zlib.ZLIB_RUNTIME_VERSION != COMPRESSED_BY_ZLIB,
    reason=f"zlib {zlib.ZLIB_RUNTIME_VERSION} may compress otherwise than {COMPRESSED_BY_ZLIB}",
)
def test_the_story_tells_the_same_bytes_as_lie_there():
    different = [name for name, body in told().items() if body != (FIXTURES / name).read_bytes()]
    assert different == []


@exhaustive("test_fixtures.py")
def test_the_command_writes_the_story_and_takes_away_what_is_told_no_more(tmp_path):
    stale = tmp_path / "pinpoint" / "2026" / "10" / "01" / "00" / "stale"
    stale.parent.mkdir(parents=True)
    stale.write_text("{}")
    command = [sys.executable, "-m", "tests.story", str(tmp_path)]
    root = Path(__file__).resolve().parents[1]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    written = {
        path.relative_to(tmp_path).as_posix(): path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert written == told()


def test_compressed_objects_carry_neither_a_time_nor_a_name():
    for path in FIXTURES.rglob("*.gz"):
        header = path.read_bytes()[:10]
        assert header[4:8] == bytes(4), path  # modification time
        assert not header[3], path  # flags: name, comment, extra


def test_the_fixtures_stay_small():
    assert (
        sum(path.stat().st_size for path in FIXTURES.rglob("*") if path.is_file()) < LARGEST_BYTES
    )


def test_objects_are_named_as_firehose_names_them():
    name = re.compile(
        r"(pinpoint|ses|sms|sms_eventbridge|sms_inbound|whatsapp|whatsapp_eventbridge"
        r"|engagementdb/events|engagementdb/conversations)/"
        r"(errors/processing-failed/)?(\d{4})/(\d\d)/(\d\d)/(\d\d)/"
        r"[\w-]+-\d+-\3-\4-\5-\6-\d\d-\d\d-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-"
        r"[0-9a-f]{12}(\.gz)?"
    )
    for path in told():
        if path != "names.csv":
            assert name.fullmatch(path), path


def test_most_objects_are_compressed_and_some_are_not():
    plain = [path for path in told() if path.startswith("pinpoint/") and not path.endswith(".gz")]
    assert 0 < len(plain) < len(told()) / 10
    for path in plain:
        assert json.loads((FIXTURES / path).read_bytes().partition(b"\n")[0])


def test_the_readme_has_the_ledgers_totals():
    readme = (FIXTURES / "README.md").read_text("utf-8")
    totals = tables(FIXTURES)
    assert all(f"<!-- {mark} -->" in readme for mark in totals)
    assert with_tables(readme, totals) == readme


# --- nobody is written to ----------------------------------------------------------------------


def test_every_address_lies_in_a_domain_that_is_reserved():
    reserved = re.compile(r"(.+\.)?(example\.(com|org|net)|[\w-]+\.example|example)")
    domains = {
        domain.lower()
        for name in told()
        for domain in re.findall(r"@([\w.-]+\w)", unpacked((FIXTURES / name).read_bytes()).decode())
    }
    assert {domain.name for domain in DOMAINS} <= domains
    assert {domain for domain in domains if not reserved.fullmatch(domain)} == {SIMULATOR}


@exhaustive("test_fixtures.py")
def test_every_telephone_number_is_of_a_range_for_fiction():
    fictional = re.compile(
        r"\+1(202|312|416|876)55501\d\d|\+447700900\d{3}|\+4917139200\d\d|\+336399800\d\d"
        r"|\+61491570(156|157|158|159)|\+12065550100|\+18445550123"
    )
    bodies = [unpacked(body).decode() for body in told().values()]
    numbers = {
        number
        for body in bodies
        # within a text quotes have a stroke before them, within a text of a text three
        for number in re.findall(r'\\*"(\+[1-9]\d{6,14})\\*"', body)
    } | {
        f"+{digits}"
        for body in bodies
        for digits in re.findall(r'(?:recipient_id|from|wa_id)\\*":\\*"(\d+)', body)
    }
    assert len({number[:5] for number in numbers}) > len(COUNTRIES)
    assert [number for number in numbers if not fictional.fullmatch(number)] == []


def test_every_ip_address_is_kept_for_documents():
    addresses = {
        visit["ip_address"]
        for kind in ("open", "click")
        for each in stored(f"_email.{kind}")
        if (visit := each.record["facets"]["email_channel"]["mail_event"][kind])
    }
    services = {
        address
        for body in told().values()
        for address in re.findall(
            r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", unpacked(body).decode()
        )
        if not address.endswith((".0.0.0", ".0.0"))  # versions of browsers
    }
    assert addresses < services
    kept = {"198.51.100", "203.0.113", "192.0.2"}
    assert {address.rpartition(".")[0] for address in services} == kept


# --- records look as the services make them ----------------------------------------------------

FREE_KEYS = (".attributes", ".metrics", ".session")
"""Maps whose keys differ from record to record; those of attributes are looked at apart."""


def shape(record):
    """Every place in a record with the kind of value that stands there."""
    places = set()
    pending = [("", record)]
    while pending:
        path, value = pending.pop()
        kind = type(value)
        places.add((path, kind))
        if kind is dict and path not in FREE_KEYS:
            pending += [(f"{path}.{key}", inner) for key, inner in value.items()]
        elif kind is list:
            pending += [(f"{path}[]", inner) for inner in value]
    return places


def sample_records():
    for line in (SAMPLES / "pinpoint.ndjson").read_text("utf-8").splitlines():
        yield json.loads(line)


def test_records_have_the_fields_of_real_ones_and_no_others():
    shapes = defaultdict(list)
    for record in sample_records():
        shapes[record["event_type"]].append(shape(record))
    for each in lake().stored:
        kind = each.record["event_type"]
        samples = shapes.get(kind) or shapes["cart_abandoned"]  # own events all look alike
        found = shape(each.record)
        missing = set.intersection(*samples) - found
        added = found - set.union(*samples)
        if kind == "_email.send":  # a campaign's has no subject yet, all others do
            added -= {(".facets.email_channel.mail_event.mail.common_headers.subject", str)}
        assert (missing, added) == (set(), set()), each.record


def test_attributes_are_those_that_are_documented_for_the_channel():
    documented = defaultdict(set)
    for record in sample_records():
        family = record["event_type"].partition(".")[0]
        documented[family] |= record["attributes"].keys()
    for each in lake().stored:
        family = each.record["event_type"].partition(".")[0]
        if family in ("_email", "_SMS", "_campaign", "_journey", "_inapp"):
            assert each.record["attributes"].keys() <= documented[family], each.record


def test_every_documented_type_of_event_happens():
    kinds = {each.record["event_type"] for each in lake().stored}
    assert {record["event_type"] for record in sample_records()} <= kinds


def test_an_object_lies_under_the_hour_of_its_oldest_record():
    arrived = defaultdict(list)
    for each in lake().stored:
        arrived[each.hour, each.file].append(each.record["arrival_timestamp"])
    for (hour, file), moments in arrived.items():
        assert hour.replace("/", "-") in file
        # repeats and late records arrived before, nothing arrives after its object is closed
        assert max(moments) < ledger.hour_start(hour) + 75 * 60_000, file


# --- what the README says happens, happens ------------------------------------------------------


def places_of_repeats():
    places = defaultdict(list)
    for each in lake().stored:
        places[ledger.event_key(each.record)].append((each.hour, each.file))
    return [places for places in places.values() if len(places) > 1]


def test_records_repeat_within_an_object_and_in_other_hours():
    repeats = places_of_repeats()
    assert any(len(set(places)) == 1 for places in repeats)
    assert any(len({hour for hour, _ in places}) > 1 for places in repeats)


def test_one_object_is_stored_twice_as_a_whole():
    bodies = Counter(
        unpacked(body) for name, body in told().items() if name.startswith("pinpoint/20")
    )
    assert sum(count - 1 for count in bodies.values()) == 1


def test_one_object_has_no_newlines_between_its_documents():
    bodies = [unpacked(body) for name, body in told().items() if name.startswith("pinpoint/20")]
    assert sum(b"}{" in body and b"\n" not in body for body in bodies) == 1


def test_what_cannot_be_read_is_two_of_each_kind():
    assert len(lake().undelivered) == len(lake().damaged) == len(lake().strays) == 2
    of_pinpoint, of_ses = lake().undelivered
    assert (of_pinpoint["event_type"], of_ses["eventType"]) == ("_email.send", "Send")
    assert [text[:9] for text in lake().damaged] == ['{"event_t', '{"eventTy']
    assert {"TopicArn", "notificationType"} <= {key for each in lake().strays for key in each}


def text_id(record):
    return record["attributes"]["message_id"]


def lateness_days(kind, clock):
    return max(
        (ledger.hour_start(each.hour) - clock(each.record)) / 86_400_000 for each in stored(kind)
    )


def test_outcomes_come_late():
    assert lateness_days("_email.open", lambda record: record["event_timestamp"]) > 20
    sent = {
        text_id(each.record): each.record["event_timestamp"]
        for kind in ("FAILURE", "BUFFERED")
        for each in stored(f"_SMS.{kind}")
    }
    assert lateness_days("_SMS.FAILURE", lambda record: sent[text_id(record)]) > 2


def test_a_mail_is_opened_in_an_earlier_object_than_it_was_sent_in():
    sent = {mail_of(each.record)["message_id"]: each.hour for each in stored("_email.send")}
    opened = [(mail_of(each.record)["message_id"], each.hour) for each in stored("_email.open")]
    assert any(hour < sent.get(message, "") for message, hour in opened)


def test_subjects_are_of_several_scripts():
    subjects = "".join(
        mail_of(each.record)["common_headers"]["subject"] for each in stored("_email.delivered")
    )
    for first, last in (("\u0590", "\u05ff"), ("\u0600", "\u06ff"), ("\u3040", "\u30ff"),
                        ("\U0001f300", "\U0001faff")):  # fmt: skip
        assert any(first <= letter <= last for letter in subjects)


def test_a_context_is_malformed():
    contexts = [
        each.record["attributes"].get("customer_context") for each in stored("_SMS.SUCCESS")
    ]
    assert {"{userId: 77", "null", ""} <= set(contexts)


def test_names_tell_of_a_renaming_a_deletion_and_leave_one_campaign_out():
    rows = list(csv.DictReader((FIXTURES / "names.csv").read_text("utf-8").splitlines()))
    names = Counter(row["id"] for row in rows if row["name"] and row["kind"] == "campaign")
    assert max(names.values()) == 2
    assert {row["kind"] for row in rows if row["deleted"] == "true"} == {"campaign", "segment"}
    campaigns = {each.record["attributes"].get("campaign_id") for each in lake().stored} - {None}
    assert len(campaigns - names.keys()) == 1


def test_every_outcome_of_a_message_is_there():
    found = ledger.messages(lake().everything)
    sums = sum(ledger.totals(found, lambda _: 0).values(), Counter())
    for measure in (
        "delivered", "opened", "human_opened", "clicked", "human_clicked", "hard_bounced",
        "soft_bounced", "suppressed", "complained", "unsubscribed", "rejected",
        "rendering_failed", "pending", "failed", "priced",
    ):  # fmt: skip
        assert sums[measure] > 0, measure
    assert sums["human_opened"] < sums["opened"]
    assert sums["human_clicked"] < sums["clicked"]
