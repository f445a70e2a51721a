"""The engine's typed reader and the record-by-record one give the same rows, whatever the file."""

from __future__ import annotations

import json

import pytest

from tests.both_readings import SAMPLES, rows_both_ways, typed
from tests.lake_files import FOLDER, all_events, event, lines, read, source, write


def test_every_sample_is_typed_and_reads_the_same_record_by_record(tmp_path):
    write(tmp_path, "samples", SAMPLES)
    assert typed(tmp_path, [all_events()]) == {"samples"}
    [(alone, spoiled)] = rows_both_ways(tmp_path, [lines(SAMPLES)])
    assert alone == spoiled
    assert len(alone) == len(SAMPLES)


def test_odd_spellings_read_the_same_both_ways(tmp_path):
    begin = '{"event_type":"a","event_timestamp":1,"application":'
    texts = [
        begin + '{"app_id":-0}}',
        begin + '{},"metrics":{"x":nan}}',
        begin + '{},"metrics":{"price_in_millicents_usd":NaN}}',
        begin + '{},"metrics":{"price_in_millicents_usd":-inf}}',
        begin + '{},"metrics":{"price_in_millicents_usd":1e400}}',
        begin + '{"app_id":"x",},}',
        begin + '{"app_id":"1","app_id":"2"}}',
        begin + '{"sdk":{"k":"1","k":"2"}}}',
        begin + '{"sdk":{"":null}}}',
        begin + '{"sdk":{"a\\u0000":"\\u0000"}}}',
        begin + '[],"device":[]}',
        begin + '{"x":1,"x":2}}',
        begin + '{},"x":1,"x":2}',
        begin + '{},"x":' + "[" * 200 + "]" * 200 + "}",
        begin + "{}}" + begin + "{}}",
        begin + "{}} rest",
        "\ufeff" + begin + "{}}",
        begin + '{"app_id":"\u2028\u00a0\U0001f600"}}\r',
        begin + '{},"facets":{"email_channel":{"mail_event":{"click":{"link_tags":{}}}}}}',
        begin + '{},"facets":{"email_channel":{}}}',
    ]
    for text, (alone, spoiled) in zip(texts, rows_both_ways(tmp_path, texts), strict=True):
        assert alone == spoiled, text
        assert len(alone) >= 1


@pytest.mark.parametrize(
    "record",
    [
        event(),
        event(attributes={}),
        event(attributes=None, application=None),
        event(attributes={"number": 5, "truth": True, "null": None}),
        event(metrics={"price_in_millicents_usd": 645.0}),
        event(
            facets={"email_channel": {"mail_event": {"delivery": {"processing_time_millis": 5}}}}
        ),
        event(unknown={"Anything": [1, "x", {}]}),
    ],
)
def test_a_record_of_the_declared_shape_is_typed(tmp_path, record):
    write(tmp_path, "x", [record])
    assert typed(tmp_path, [all_events()]) == {"x"}


@pytest.mark.parametrize(
    "record",
    [
        event(attributes={"number": 1.50}),
        event(attributes={"a": "1", "A": "2"}),
        event(attributes=["x"]),
        event(attributes="x"),
        event(event_timestamp=1.7),
        event(event_timestamp="12"),
        event(event_timestamp=True),
        event(event_type={"a": 1}),
        event(client=""),
        event(Client={"client_id": "x"}),
        event(client={"Client_Id": "x"}),
        event(facets={"email_channel": {"mail_event": {"mail": {"headers_truncated": 1}}}}),
        event(facets={"email_channel": {"mail_event": {"mail": {"destination": "x"}}}}),
        event(metrics={"price_in_millicents_usd": "1.5"}),
        {"event_type": "x"},
        [],
    ],
)
def test_a_record_of_another_shape_is_read_on_its_own(tmp_path, record):
    write(tmp_path, "x", [event(), record])
    assert typed(tmp_path, [all_events()]) == set()


def test_one_file_does_not_spoil_the_others(tmp_path):
    write(tmp_path, "good", [event()])
    write(tmp_path, "odd", [event(client=5)])
    write(tmp_path, "broken", "oops")
    write(tmp_path, "deep", [event(x=json.loads("[" * 900 + "]" * 900))])
    write(tmp_path, "deeper", "[" * 10_000 + "]" * 10_000)
    write(tmp_path, "empty", "")
    assert typed(tmp_path, [all_events()]) == {"good", "deep"}


def test_a_number_too_large_for_its_column_spoils_only_its_own_file(tmp_path):
    for name in "abcde":
        write(tmp_path, f"{FOLDER}/{name}", [event(name)])
    write(tmp_path, f"{FOLDER}/large", [event("large", event_timestamp=2**63)])
    assert len(typed(tmp_path, [all_events()])) == 6  # the census cannot see it, the reader does
    with read(tmp_path) as lake:
        assert lake.values("event_type") == [*"abcde", "large"]
        assert [row["field"] for row in lake.deviations] == ["event_timestamp"]


def test_a_source_with_mapped_keys_is_read_record_by_record(tmp_path):
    mapped = source({"id": "string", "tags": "struct<x:string>"}, mappings={"x": "ses:x"})
    write(tmp_path, f"{FOLDER}/x", [{"id": "a", "tags": {"ses:x": "v"}}])
    assert typed(tmp_path, [mapped]) == set()
    with read(tmp_path, sources=[mapped]) as lake:
        assert lake.values("tags.x", "demo.things") == ["v"]
