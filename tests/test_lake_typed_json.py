"""The engine's typed reader and the record-by-record one give the same rows, whatever the file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.lake.typed_json import sources_of_whole_files, typed_sources
from tests.lake_files import FOLDER, HOUR, all_events, event, lines, read, source, write

EXAMPLES = int(os.environ.get("DUENG_TEST_EXAMPLES", "3"))
SAMPLES = [
    json.loads(line)
    for line in (Path(__file__).parent / "samples/pinpoint.ndjson").read_text("utf-8").splitlines()
]
# One record without any declared key of another shape spoils a file for the typed reader.
SPOILER = '{"event_type":1.50,"event_timestamp":1,"application":null}\n'


def typed(root: Path, sources) -> set[str]:
    """The names of the files that the census takes for typed."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    with DuckDBEngine() as engine:
        found = sources_of_whole_files(engine, files, typed_sources(sources))
    return {path.name for path in found}


def rows_both_ways(root: Path, texts: Sequence[str]) -> list[tuple[Any, Any]]:
    """For each text the rows and rejections of a file of it alone and of one with a spoiler."""
    for index, text in enumerate(texts):
        folder = f"{HOUR + timedelta(hours=index):%Y/%m/%d/%H}"
        end = "" if text.endswith("\n") else "\n"
        write(root, f"alone/{folder}/x-{index}", text)
        write(root, f"spoiled/{folder}/x-{index}", text + end + SPOILER)
    assert not typed(root / "spoiled", [all_events()])
    alone, spoiled = (_by_hour(root / name) for name in ("alone", "spoiled"))
    for found in spoiled.values():
        found.remove(next(row for row in found if "'event_type': '1.50'" in row))
    every = [HOUR + timedelta(hours=index) for index in range(len(texts))]
    return [(alone.get(hour, []), spoiled.get(hour, [])) for hour in every]


def _by_hour(root: Path) -> dict[datetime, list[str]]:
    """Rows and rejections as text, in one order; in it NaN equals NaN."""
    found: dict[datetime, list[str]] = {}
    with read(root) as lake:
        for row in lake.rows("select * from pinpoint.all_events"):
            found.setdefault(row["ingest_timestamp"], []).append(repr(row))
        for row in lake.quarantine:
            found.setdefault(row["hour"], []).append(repr((row["position"], row["raw"])))
    return {hour: sorted(rows) for hour, rows in found.items()}


def test_every_sample_is_typed_and_reads_the_same_record_by_record(tmp_path):
    write(tmp_path, "samples", SAMPLES)
    assert typed(tmp_path, [all_events()]) == {"samples"}
    [(alone, spoiled)] = rows_both_ways(tmp_path, [lines(SAMPLES)])
    assert alone == spoiled
    assert len(alone) == len(SAMPLES)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.integers(-2, 2),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", " ", "x", "12", "1.7", "true", "TRUE", "0x1F", "ü", "a\x00b", "\ud800"]),
    st.text(max_size=5),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["a", "A", "b", "app_id", "custom", ""]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


def places(value, path=()):
    """Every place in a record."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def changed(value, path, change):
    """A record with one place changed; ``change`` gets the container's copy and the key."""
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(path) == 1:
        change(copy, path[0])
    else:
        copy[path[0]] = changed(value[path[0]], path[1:], change)
    return copy


@st.composite
def mutated_records(draw):
    """A sample record with one place replaced, removed, renamed, doubled or put into a list."""
    record = draw(st.sampled_from(SAMPLES))
    path = draw(st.sampled_from([place for place in places(record) if place]))
    kind = draw(st.sampled_from(["keep", "replace", "remove", "upper", "double", "wrap", "add"]))
    new = draw(VALUES)

    def change(container, key):
        if kind == "replace":
            container[key] = new
        elif kind == "remove":
            del container[key]
        elif kind == "wrap":
            container[key] = [container[key]]
        elif kind == "add" and isinstance(container, dict):
            container[draw(st.sampled_from(["extra", "A", "a", "Custom"]))] = new
        elif kind == "upper" and isinstance(container, dict):
            container[key.upper()] = container.pop(key)

    mutated = changed(record, path, change)
    text = json.dumps(mutated, ensure_ascii=draw(st.booleans()))
    if not text.isascii() and re.search("[\ud800-\udfff]", text):
        text = json.dumps(mutated)
    if kind == "double" and isinstance(path[-1], str):
        key = json.dumps(path[-1])
        text = text.replace(f"{key}: ", f"{key}: {json.dumps(new)}, {key}: ", 1)
    return text


@dataclass(frozen=True, repr=False)
class Files:
    """Texts of files; what they are is shown of the one that fails, not of all."""

    texts: list[str]


FILE = st.lists(mutated_records(), min_size=1, max_size=3).map(
    lambda records: "".join(f"{record}\n" for record in records)
)
FILES = st.lists(FILE, min_size=30, max_size=30).map(Files)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(FILES)
def test_records_read_the_same_both_ways(files):
    with TemporaryDirectory() as folder:
        both = rows_both_ways(Path(folder), files.texts)
    differing = [
        text for text, (alone, spoiled) in zip(files.texts, both, strict=True) if alone != spoiled
    ]
    assert differing == []


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
