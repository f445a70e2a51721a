"""Every file of ``tests/samples`` as a lake: each record a row of its source, each row in a view.

What AWS may send next is made of the same records: an event type that nobody knows, a key more at
the top, in a struct, in a map. A map holds such a key; a key that no column has is passed over and
is not counted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dueng_analytics import Workspace, open_lake
from dueng_analytics.model.types import Map, Struct
from tests.event_views import assert_classified
from tests.exhaustive import exhaustive
from tests.lake_accounts import (
    account_of,
    account_of_lake,
    assert_same,
    forms,
    leaves,
    row_of,
    source_of,
    sources,
    written,
)
from tests.mutated_records import FAMILIES, sample_records, text_of
from tests.serde_statement import Pairs, parsed

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.ndjson"))
HOUR = datetime(2026, 10, 19, 5)
TYPES = {
    "pinpoint.all_events": ("event_type",),
    "ses.ses_events": ("eventType",),
    "sms.sms_events": ("eventType",),
    "sms.sms_eventbridge_events": ("detail", "eventType"),
    "engagementdb.engagementdb-events-table": ("channel",),
}
"""Where a record says what it is, in families whose events have one type each."""
LEFT = {
    "pinpoint": ("event_type", "pinpoint.custom_all_events"),
    "ses": ("event_type", "ses.ses_unclassified"),
    "sms": ("event_type", "sms.sms_unclassified"),
    "engagementdb": ("channel", "engagementdb.engagementdb_unclassified"),
}
"""Where an event of an unknown type is shown, and the column of its type."""


def texts_of(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def read(root: Path, data: bytes) -> Workspace:
    written(root, [data], HOUR)
    return open_lake(root)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_record_of_a_sample_file_is_a_row_and_nothing_is_unexplained(
    path: Path, tmp_path: Path
):
    files = written(tmp_path, list(forms(texts_of(path), cut=7).values()), HOUR)
    expected = account_of(files)
    with open_lake(tmp_path) as lake:
        found = account_of_lake(lake)
        assert_same(found, expected)
        told = Counter(source_of(parsed(text)) for text in texts_of(path))
        assert None not in told
        # A last record is cut off in three of the seven forms.
        cut = source_of(parsed(texts_of(path)[-1]))
        rows = Counter({name: 7 * count - 3 * (name == cut) for name, count in told.items()})
        assert lake.read_events().records == dict(rows)
        assert (found.aside.total(), found.lost.total()) == (3, 0)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_fields_that_no_column_holds_are_the_same_for_both_readers(path: Path, tmp_path: Path):
    # Records that follow one another without a line break are read one by one.
    found = []
    for form in ("lines", "concatenated"):
        written(tmp_path / form, [forms(texts_of(path), cut=0)[form]], HOUR)
        with open_lake(tmp_path / form) as lake:
            found.append(lake.read_events().unknown_fields)
    assert found[0] == found[1]
    if path.stem == "pinpoint":
        assert "application.package_name" in found[0]["pinpoint.all_events"]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_text_and_number_of_a_sample_record_stands_in_its_row_as_it_is(path: Path):
    # The statement of the SerDe itself, against what the records say.
    for text in texts_of(path):
        record = parsed(text)
        name = str(source_of(record))
        row, lost = row_of(record, name)
        assert lost == []
        held = leaves(row, name)
        for place, value in _values(record):
            if place in held and isinstance(value, str):
                assert held[place] == repr(value), place
            elif place in held and isinstance(value, (int, Decimal)):
                as_text = json.dumps(value, default=str).strip('"')
                assert held[place] in (repr(as_text), repr(float(value)), repr(value)), place


def _values(record: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(record, Pairs):
        for key, value in record:
            yield from _values(value, (*place, key.lower()))
    else:
        yield place, record


@exhaustive("test_samples_load.py")
@pytest.mark.parametrize("family", FAMILIES)
def test_every_row_of_the_samples_is_in_a_view_of_its_family(family: str, tmp_path: Path):
    lines = "".join(f"{text_of(record)}\n" for record in sample_records()[family])
    with read(tmp_path, lines.encode()) as lake:
        assert assert_classified(lake, family) > 0


@exhaustive("test_samples_load.py")
@pytest.mark.parametrize("family", LEFT)
def test_an_event_of_a_type_that_nobody_knows_or_of_none_is_a_row_of_what_is_left(
    family: str, tmp_path: Path
):
    records = [r for r in sample_records()[family] if source_of(r) in TYPES]
    lines = "".join(
        f"{text_of(_with(record, TYPES[str(source_of(record))], kind))}\n"
        for record in records
        for kind in ("FAX_SENT", None)
    )
    column, view = LEFT[family]
    with read(tmp_path, lines.encode()) as lake:
        assert lake.read_events().quarantined == 0
        shown = lake.query(f"select {column} as kind from {view}").to_arrow()
        left = Counter(shown.column("kind").to_pylist())
        assert left["FAX_SENT"] == len(records)
        # custom_all_events has no event of Pinpoint without a type
        assert left[None] == (0 if family == "pinpoint" else len(records))


def test_a_change_of_whatsapp_that_nobody_knows_is_a_row_of_what_is_left(tmp_path: Path):
    headers = [r for r in sample_records()["whatsapp"] if "message_timestamp" in dict(r)]
    entry = '{"id": "1", "changes": [{"field": "fax_update", "value": {"fax": "sent"}}]}'
    lines = "".join(f"{text_of(_with(r, ('whatsAppWebhookEntry',), entry))}\n" for r in headers)
    with read(tmp_path, lines.encode()) as lake:
        rows = lake.query("select event_type, content from whatsapp.whatsapp_unclassified").rows()
        assert rows == [{"event_type": "fax_update", "content": '{"fax":"sent"}'}] * len(headers)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_key_that_aws_adds_is_kept_in_a_map_and_changes_nothing_elsewhere(
    family: str, tmp_path: Path
):
    records, kept = [], 0
    for record in sample_records()[family]:
        name = str(source_of(record))
        future = Pairs([*record, ("futureKey", Pairs([("a", [1, "x"])]))])
        for column in sources()[name].columns:
            value = dict(record).get(column.wire_name)
            if isinstance(value, Pairs) and isinstance(column.type, (Map, Struct)):
                new = ["x"] if "array" in column.type.glue else "x"
                future = _with(future, (column.wire_name, "futureKey"), new)
                kept += isinstance(column.type, Map)
        records.append(future)
    text = "".join(f"{text_of(record)}\n" for record in records)
    expected = account_of(written(tmp_path, [text.encode()], HOUR))
    with open_lake(tmp_path) as lake:
        found = account_of_lake(lake)
        counted = lake.read_events().unknown_fields
    assert_same(found, expected)
    assert (found.aside.total(), found.lost.total()) == (0, 0)
    names = {str(source_of(record)) for record in sample_records()[family]}
    assert {name for name, fields in counted.items() if "futurekey" in fields} == names
    assert sum(row.count("futureKey") for _, row in found.rows.elements()) == kept
    for before, after in zip(sample_records()[family], records, strict=True):
        name = str(source_of(before))
        added = leaves(row_of(after, name)[0], name)
        old = leaves(row_of(before, name)[0], name)
        assert _filled(added) == _filled(old)


def _filled(held: dict[tuple[str, ...], str]) -> dict[tuple[str, ...], str]:
    """What a row held before the key came: a map that was empty holds nothing else now."""
    return {
        place: value for place, value in held.items() if value != "{}" and place[-1] != "futurekey"
    }


def _with(record: Pairs, place: tuple[str, ...], value: Any) -> Pairs:
    """A record with a value at a place, where there may be none yet."""
    key, *rest = place
    old = dict(record).get(key)
    new = _with(old, tuple(rest), value) if rest else value
    if key not in dict(record):
        return Pairs([*record, (key, new)])
    return Pairs((name, new if name == key else item) for name, item in record)
