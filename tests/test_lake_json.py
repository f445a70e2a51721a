"""JSON event files as they lie in a lake: formats, families, errors, quarantine."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dueng_analytics.errors import QuarantineError
from tests.exhaustive import exhaustive
from tests.lake_files import (
    FOLDER,
    HOUR,
    MILLISECONDS,
    all_events,
    event,
    hours,
    lines,
    read,
    source,
    write,
)

SAMPLES = Path(__file__).parent / "samples"
THINGS = source({"id": "string", "size": "bigint", "at": "bigint"}, all_of=("id", "size"))


def test_records_of_plain_and_gzipped_files_become_rows_of_their_hour(tmp_path):
    write(tmp_path, f"{FOLDER}/a", [event("_email.send")])
    write(tmp_path, "2026/10/19/06/b.gz", [event("_email.open"), event("_email.click")])
    with read(tmp_path) as lake:
        assert lake.rows(
            "select event_type, ingest_timestamp from pinpoint.all_events order by 1"
        ) == [
            {"event_type": "_email.click", "ingest_timestamp": HOUR + timedelta(hours=1)},
            {"event_type": "_email.open", "ingest_timestamp": HOUR + timedelta(hours=1)},
            {"event_type": "_email.send", "ingest_timestamp": HOUR},
        ]
        assert lake.loaded.records == {"pinpoint.all_events": 3}
        assert lake.loaded.hours == (HOUR, HOUR + timedelta(hours=1))
        assert lake.loaded.quarantined == lake.loaded.records_without_hour == 0


@pytest.mark.parametrize("name", ["a", "a.json", "a.gz", "a.parquet"])
@pytest.mark.parametrize("is_gzip", [True, False])
def test_the_format_is_told_by_the_bytes_and_not_by_the_name(tmp_path, name, is_gzip):
    data = lines([event()]).encode("utf-8")
    write(tmp_path, FOLDER + "/x", b"")
    (tmp_path / FOLDER / name).write_bytes(gzip.compress(data) if is_gzip else data)
    with read(tmp_path) as lake:
        assert lake.values("event_type") == ["_email.send"]


def test_gzip_members_that_follow_one_another_are_read_as_one_file(tmp_path):
    members = [gzip.compress(lines([event(kind)]).encode()) for kind in ("a", "b")]
    write(tmp_path, f"{FOLDER}/x", b"".join(members))
    with read(tmp_path) as lake:
        assert lake.values("event_type") == ["a", "b"]


@pytest.mark.parametrize("separator", ["\n", "", " ", ",", "\r\n", "\n\n"])
def test_records_may_follow_one_another_without_a_line_break(tmp_path, separator):
    records = [event(str(index)) for index in range(3)]
    write(tmp_path, f"{FOLDER}/x", separator.join(json.dumps(record) for record in records))
    with read(tmp_path) as lake:
        assert lake.values("event_type") == ["0", "1", "2"]
        assert lake.quarantine == []


def test_a_record_may_take_several_lines(tmp_path):
    write(tmp_path, f"{FOLDER}/x", json.dumps(event(), indent=2))
    with read(tmp_path) as lake:
        assert lake.values("event_type") == ["_email.send"]


def test_files_of_every_schema_age_are_read_together(tmp_path):
    old = {"event_type": "old", "event_timestamp": 1, "application": {}}
    new = event("new", future={"deeply": [{"nested": True}]}, metrics={"other": 1, "x": "y"})
    write(tmp_path, f"{FOLDER}/old", [old])
    write(tmp_path, f"{FOLDER}/new", [new])
    write(tmp_path, f"{FOLDER}/both", [old, new])
    with read(tmp_path) as lake:
        assert lake.values("event_type") == ["new", "new", "old", "old"]
        assert lake.values("application.app_id") == ["app", "app", None, None]
        assert lake.loaded.values_lost == 0


def test_a_record_under_no_hour_lies_in_the_hour_of_its_arrival_and_is_flagged(tmp_path):
    late = event("late", MILLISECONDS + 3_600_000)
    write(tmp_path, "loose", [event("early"), late])
    write(tmp_path, f"{FOLDER}/x", [event("filed", 0)])
    with read(tmp_path) as lake:
        assert lake.rows(
            "select event_type, ingest_timestamp from pinpoint.all_events order by 1"
        ) == [
            {"event_type": "early", "ingest_timestamp": HOUR},
            {"event_type": "filed", "ingest_timestamp": HOUR},
            {"event_type": "late", "ingest_timestamp": HOUR + timedelta(hours=1)},
        ]
        assert lake.loaded.records_without_hour == 2
        assert lake.loaded.hours == (HOUR, HOUR + timedelta(hours=1))


@pytest.mark.parametrize(
    "spoiler", ["", '{"event_type":1.50,"event_timestamp":1,"application":""}']
)
def test_of_records_under_no_hour_those_of_the_window_are_read(tmp_path, spoiler):
    records = [
        event("before", MILLISECONDS - 1),
        event("first", MILLISECONDS),
        event("last", MILLISECONDS + 3_599_999),
        event("after", MILLISECONDS + 3_600_000),
        event("unknown", MILLISECONDS, arrival_timestamp=None),
    ]
    write(tmp_path, "loose", lines(records) + spoiler)
    with read(tmp_path, window=hours(HOUR, 1)) as lake:
        expected = ["first", "last", "unknown"]
        assert lake.values("event_type") == (["1.50", *expected] if spoiler else expected)
        assert lake.loaded.records["pinpoint.all_events"] == len(expected) + bool(spoiler)


@pytest.mark.parametrize("arrival", [None, "soon", 2**63 - 1, -(2**63), {"a": 1}])
def test_a_record_under_no_hour_without_a_time_is_kept_without_hour(tmp_path, arrival):
    write(tmp_path, "loose", [event(arrival_timestamp=arrival)])
    with read(tmp_path) as lake:
        assert lake.values("ingest_timestamp") == [None]


def test_the_family_is_told_by_the_shape_of_the_record(tmp_path):
    write(tmp_path, f"{FOLDER}/pinpoint", [event()])
    write(tmp_path, f"{FOLDER}/things", [{"id": "a", "size": 1}])
    write(tmp_path, f"{FOLDER}/mixed", [event(), {"ID": "b", "Size": 2}, {"what": "ever"}])
    with read(tmp_path, sources=[all_events(), THINGS]) as lake:
        assert lake.loaded.records == {"pinpoint.all_events": 2, "demo.things": 2}
        assert lake.values("id", "demo.things") == ["a", "b"]
        assert lake.loaded.unknown_shapes == 1
        [unknown] = lake.quarantine
        assert unknown["reason"] == "unknown shape: no source has records with these keys"
        assert unknown["raw"] == '{"what": "ever"}'


def test_a_key_that_another_source_has_tells_them_apart(tmp_path):
    plain = source({"id": "string"}, name="plain", none_of=("size",))
    write(tmp_path, f"{FOLDER}/a", [{"id": "a"}])
    write(tmp_path, f"{FOLDER}/b", [{"id": "b", "SIZE": 1}])
    with read(tmp_path, sources=[plain, THINGS]) as lake:
        assert lake.values("id", "demo.plain") == ["a"]
        assert lake.values("id", "demo.things") == ["b"]


def test_a_given_family_takes_records_that_its_shape_would_not_tell(tmp_path):
    write(tmp_path, f"{FOLDER}/x", [{"event_type": "only this"}, {"what": "ever"}, {}, ["by", 7]])
    with read(f"pinpoint={tmp_path}", sources=[all_events(), THINGS]) as lake:
        assert lake.rows("select event_type, event_timestamp from pinpoint.all_events") == [
            {"event_type": "only this", "event_timestamp": None},
            {"event_type": "by", "event_timestamp": 7},
        ]
        assert [row["raw"] for row in lake.quarantine] == ['{"what": "ever"}', "{}"]


def test_a_given_family_refuses_records_of_another(tmp_path):
    write(tmp_path, f"{FOLDER}/x", [event()])
    with read(f"demo={tmp_path}", sources=[all_events(), THINGS]) as lake:
        assert lake.loaded.records == {}
        assert lake.loaded.unknown_shapes == 1
        assert lake.loaded.empty_families == ("demo", "pinpoint")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("null", "unknown shape: null, not an object"),
        ("5", "unknown shape: the value 5, not an object"),
        ('"text"', 'unknown shape: the value "text", not an object'),
        ("[1]", "unknown shape: an array, not an object"),
        ("{}", "unknown shape: no source has records with these keys"),
        ("not json", "no JSON document begins here"),
        ('{"a":1,}x', "unknown shape: no source has records with these keys"),
        ('{"a":}', "not JSON: expecting value at character 6"),
    ],
)
def test_a_line_that_is_no_record_is_in_quarantine_with_file_position_and_reason(
    tmp_path, line, reason
):
    file = write(tmp_path, f"{FOLDER}/x", lines([event()]) + line + "\n" + lines([event()]))
    with read(tmp_path) as lake:
        assert lake.loaded.records == {"pinpoint.all_events": 2}
        first = lake.quarantine[0]
        assert (first["file"], first["reason"], first["hour"]) == (str(file), reason, HOUR)
        assert first["position"] == len(lines([event()]))
        assert first["records"] == 1
        assert lake.loaded.quarantined == len(lake.quarantine)


def test_blank_lines_are_no_records(tmp_path):
    write(tmp_path, f"{FOLDER}/x", "\n \n" + lines([event()]) + "\r\n\t\n")
    with read(tmp_path) as lake:
        assert lake.loaded.records == {"pinpoint.all_events": 1}
        assert lake.quarantine == []


def test_a_strict_reading_is_an_error_that_says_how_many_and_where(tmp_path):
    write(tmp_path, f"{FOLDER}/x", lines([event()]) + "oops\n[]\n")
    message = r"2 records .*/x, position \d+: no JSON"
    with pytest.raises(QuarantineError, match=message) as caught, read(tmp_path, strict=True):
        pass
    assert "--strict" in str(caught.value.hint)


def test_a_strict_reading_of_a_whole_lake_passes(tmp_path):
    write(tmp_path, f"{FOLDER}/x", [event()])
    with read(tmp_path, strict=True) as lake:
        assert lake.loaded.records == {"pinpoint.all_events": 1}


def undelivered(raw: str, **more) -> dict:
    """An object as Firehose writes it to its error prefix."""
    return {
        "attemptsMade": 1,
        "arrivalTimestamp": MILLISECONDS,
        "errorCode": "DataFormatConversion.ParseError",
        "errorMessage": "Encountered malformed JSON.",
        "attemptEndingTimestamp": MILLISECONDS,
        "rawData": base64.b64encode(raw.encode("utf-8")).decode("ascii"),
        "sequenceNumber": "1",
        **more,
    }


@pytest.mark.parametrize(
    "folder", ["errors/format-conversion-failed", "events", "conversationErrors"]
)
def test_an_object_of_firehoses_errors_is_decoded_into_quarantine(tmp_path, folder):
    raw = json.dumps(event("ü"), ensure_ascii=False)
    write(tmp_path, f"{folder}/{FOLDER}/x", [undelivered(raw)])
    with read(tmp_path) as lake:
        assert lake.loaded.records == {}
        [row] = lake.quarantine
        assert row["raw"] == raw
        assert row["reason"] == (
            "not delivered by Firehose: DataFormatConversion.ParseError:"
            " Encountered malformed JSON."
        )
        assert lake.loaded.unknown_shapes == 0


def test_the_keys_of_firehoses_errors_are_known_in_capital_letters_too(tmp_path):
    record = undelivered("text")
    record["ErrorCode"], record["ErrorMessage"] = (
        record.pop("errorCode"),
        record.pop("errorMessage"),
    )
    write(tmp_path, f"errors/{FOLDER}/x", [record])
    with read(tmp_path) as lake:
        assert [row["raw"] for row in lake.quarantine] == ["text"]


def test_what_is_no_base64_in_an_error_stays_as_it_is(tmp_path):
    write(tmp_path, f"errors/{FOLDER}/x", [undelivered("", rawData="%%%")])
    with read(tmp_path) as lake:
        assert json.loads(lake.quarantine[0]["raw"])["rawData"] == "%%%"


def test_nothing_in_a_folder_of_errors_is_a_row(tmp_path):
    write(tmp_path, f"errors/{FOLDER}/x", [event()])
    with read(tmp_path) as lake:
        assert lake.loaded.records == {}
        assert lake.reasons == ["lies in a folder of errors"]


def test_values_that_read_as_null_are_listed_with_file_position_and_field(tmp_path):
    bad = event(client="text", metrics={"price_in_millicents_usd": "free"})
    file = write(tmp_path, f"{FOLDER}/x", [event(), bad])
    with read(tmp_path) as lake:
        assert lake.loaded.values_lost == 2
        assert lake.loaded.quarantined == 0
        assert lake.deviations == [
            {
                "file": str(file),
                "position": len(lines([event()])),
                "field": field,
                "reason": reason,
                "source": "pinpoint.all_events",
                "raw": raw,
                "hour": HOUR,
            }
            for field, reason, raw in [
                (
                    "client",
                    "text where struct<client_id:string,cognito_id:string> is declared",
                    '"text"',
                ),
                (
                    "metrics.price_in_millicents_usd",
                    "text where double is declared",
                    '"free"',
                ),
            ]
        ]


@exhaustive("test_lake_json.py")
def test_a_large_file_with_one_bad_record_keeps_all_others(tmp_path):
    record = event(attributes={"text": "x" * 1_000})
    many = lines([record] * 5_000)
    damaged = '{"event_type":"cut","event_times\n'
    odd = lines([event("odd", client=5)])
    file = write(tmp_path, f"{FOLDER}/x.gz", many + damaged + many + odd + many)
    with read(tmp_path) as lake:
        assert lake.loaded.records == {"pinpoint.all_events": 15_001}
        assert [row["position"] for row in lake.quarantine] == [len(many)]
        [deviation] = lake.deviations
        assert deviation["position"] == 2 * len(many) + len(damaged)
        assert deviation["file"] == str(file)


def test_a_record_too_large_for_the_engines_reader_is_read(tmp_path):
    large = event("large", attributes={"text": "x" * 6_000_000, "list": "y"})
    write(tmp_path, f"{FOLDER}/x", [event("a"), large, event("z")])
    with read(tmp_path) as lake:
        assert lake.values("event_type") == ["a", "large", "z"]
        assert lake.values("length(attributes['text'])") == [6_000_000, None, None]


def test_a_source_without_a_record_is_an_empty_relation_with_its_columns(tmp_path):
    write(tmp_path, f"{FOLDER}/x", [event()])
    with read(tmp_path, sources=[all_events(), THINGS]) as lake:
        assert lake.rows("select * from demo.things") == []
        described = lake.rows("describe demo.things")
        assert [(row["column_name"], row["column_type"]) for row in described] == [
            ("id", "VARCHAR"),
            ("size", "BIGINT"),
            ("at", "BIGINT"),
            ("ingest_timestamp", "TIMESTAMP"),
        ]
        assert lake.loaded.empty_families == ("demo",)


def test_the_last_event_is_the_latest_arrival_that_its_path_allows(tmp_path):
    late = event("late", MILLISECONDS + 3_000_000)
    wrong_clock = event("wrong clock", MILLISECONDS + 10**12)
    write(tmp_path, f"{FOLDER}/x", [event(), late, wrong_clock])
    with read(tmp_path) as lake:
        assert lake.last_event_at == HOUR + timedelta(seconds=3_000)


def test_the_last_event_of_a_lake_whose_clocks_are_all_wrong_is_its_latest(tmp_path):
    write(tmp_path, f"{FOLDER}/x", [event("a", MILLISECONDS + 10**10)])
    with read(tmp_path) as lake:
        assert lake.last_event_at == HOUR + timedelta(milliseconds=10**10)


def test_the_last_event_is_the_latest_of_all_sources(tmp_path):
    texts = source(
        {"id": "string", "mail": "struct<timestamp:string>"},
        name="mails",
        record_time="mail.timestamp",
    )
    write(tmp_path, f"{FOLDER}/a", [event()])
    write(
        tmp_path, f"{FOLDER}/b", [{"id": "x", "mail": {"timestamp": "2026-10-19T07:30:00+02:00"}}]
    )
    with read(tmp_path, sources=[all_events(), texts]) as lake:
        assert lake.last_event_at == datetime(2026, 10, 19, 5, 30)


def test_a_record_under_no_hour_tells_it_by_a_text_too(tmp_path):
    texts = source({"id": "string", "at": "string"})
    records = [{"id": "a", "at": "2026-10-19T07:30:00+02:00"}, {"id": "b", "at": "soon"}]
    write(tmp_path, "typed", records)
    write(tmp_path, "tolerant", [{**record, "ID": 1.50} for record in records])
    with read(tmp_path, sources=[texts]) as lake:
        assert lake.values("ingest_timestamp", "demo.things") == [HOUR, HOUR, None, None]


def test_a_lake_without_records_has_no_last_event(tmp_path):
    write(tmp_path, f"{FOLDER}/x", "oops")
    with read(tmp_path) as lake:
        assert lake.last_event_at is None


@pytest.mark.parametrize("name", ["pinpoint", "pinpoint_captured"])
def test_every_sample_of_pinpoint_is_a_row_with_nothing_unexplained(name):
    text = (SAMPLES / f"{name}.ndjson").read_text("utf-8")
    with read(SAMPLES / f"{name}.ndjson") as lake:
        assert lake.loaded.records == {"pinpoint.all_events": len(text.splitlines())}
        assert lake.quarantine == []
        assert lake.deviations == []
        kinds = [json.loads(line)["event_type"] for line in text.splitlines()]
        assert lake.values("event_type") == sorted(kinds)


def test_records_of_families_that_are_not_declared_are_unknown_shapes_and_counted():
    foreign = ["ses", "sms_voice", "whatsapp_sns", "eventbridge", "engagement_db"]
    files = [SAMPLES / f"{name}.ndjson" for name in foreign]
    count = sum(len(file.read_text("utf-8").splitlines()) for file in files)
    with read(*files) as lake:
        assert lake.loaded.records == {}
        assert lake.loaded.unknown_shapes == lake.loaded.quarantined == count
        assert all(row["raw"] for row in lake.quarantine)
