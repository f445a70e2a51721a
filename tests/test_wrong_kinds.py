"""Every declared struct, list, map and number of every source, with each wrong kind of value in it.

A whole record of a source has a value of the right kind everywhere. Each variant of it has another
kind at one place, nested ones too; what the row then holds is told by the statement of the SerDe,
what is lost by the table below.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dueng_analytics import open_lake
from dueng_analytics.model.types import Array, ColumnType, Map, Scalar, Struct
from tests.exhaustive import EXHAUSTIVE, exhaustive
from tests.lake_accounts import (
    account_of,
    account_of_lake,
    assert_same,
    forms,
    row_of,
    shapes,
    source_of,
    sources,
    written,
)
from tests.mutated_records import text_of
from tests.serde_statement import Pairs, parsed

FIRST_HOUR = datetime(2026, 10, 19, 5)
ABSENT = object()
WRONG: dict[str, Any] = {
    "text": "soon",
    "number": 7,
    "object": Pairs([("Key", "x")]),
    "array": [True, "x"],
    "null": None,
    "absent": ABSENT,
}
NULL_AND_COUNTED = {
    ("struct", "text"),
    ("struct", "number"),
    ("map", "text"),
    ("map", "number"),
    ("map", "array"),
    ("number", "text"),
    ("number", "object"),
    ("number", "array"),
}
"""Where a value is no more than a reason. In a list of one its element may be; a struct takes a
list by position, and an object for what it has of it."""
Place = tuple[str | int, ...]


def kind_of(kind: ColumnType) -> str | None:
    """How the table above calls a type that has wrong kinds."""
    if isinstance(kind, Scalar):
        return "number" if kind.name in ("int", "bigint", "double") else None
    return {Struct: "struct", Array: "array", Map: "map"}[type(kind)]


def whole(kind: ColumnType, mapped: dict[str, str]) -> Any:
    """A value of the right kind, with everything that is declared in it."""
    if isinstance(kind, Struct):
        return Pairs(
            (mapped.get(part.name, part.wire), whole(part.type, mapped)) for part in kind.fields
        )
    if isinstance(kind, Array):
        return [whole(kind.element, mapped)]
    if isinstance(kind, Map):
        return Pairs([("Some:key", whole(kind.value, mapped))])
    return {"string": "a text", "boolean": True}.get(kind.name, 12)


def whole_record(name: str) -> Pairs:
    """A record of a source with all its columns, of a shape that no other source has."""
    source = sources()[name]
    shape = dict(shapes())[name][0]
    told = {**shape.get("values", {}), **shape.get("holds", {})}
    mapped = {key.lower(): wire for key, wire in source.mappings.items()}
    return Pairs(
        (column.wire_name, told.get(column.wire_name, whole(column.type, mapped)))
        for column in source.columns
    )


def places(name: str) -> Iterator[tuple[Place, ColumnType]]:
    """Every place of a whole record where a struct, list, map or number is declared."""
    source = sources()[name]
    mapped = {key.lower(): wire for key, wire in source.mappings.items()}

    def inside(place: Place, kind: ColumnType) -> Iterator[tuple[Place, ColumnType]]:
        if kind_of(kind) is not None:
            yield place, kind
        if isinstance(kind, Struct):
            for part in kind.fields:
                yield from inside((*place, mapped.get(part.name, part.wire)), part.type)
        elif isinstance(kind, Array):
            yield from inside((*place, 0), kind.element)
        elif isinstance(kind, Map):
            yield from inside((*place, "Some:key"), kind.value)

    for column in source.columns:
        yield from inside((column.wire_name,), column.type)


def with_value(record: Any, place: Place, value: Any) -> Any:
    """A record with another value, or none, at a place."""
    step, *rest = place
    entries = record if isinstance(record, Pairs) else list(enumerate(record))
    made = [
        (key, with_value(item, tuple(rest), value) if rest else value)
        if key == step
        else (key, item)
        for key, item in entries
    ]
    made = [pair for pair in made if pair[1] is not ABSENT]
    return Pairs(made) if isinstance(record, Pairs) else [item for _, item in made]


@cache
def variants(name: str) -> list[tuple[Place, ColumnType, str, str]]:
    """Place, declared type, wrong kind and text of every variant of a source's whole record."""
    record = whole_record(name)
    return [
        (place, kind, wrong, text_of(with_value(record, place, value), is_ascii=False))
        for place, kind in places(name)
        for wrong, value in WRONG.items()
    ]


EVERY_RUN = ("pinpoint.all_events", "ses.ses_events", "whatsapp.whatsapp_events")
every_source = pytest.mark.parametrize("name", sorted(name for name, _ in shapes()))


@every_source
def test_a_wrong_kind_is_what_the_serde_makes_of_it_or_null_with_one_reason(
    name: str, tmp_path: Path
):
    records = [text_of(whole_record(name)), *(text for *_, text in variants(name))]
    # In one file each stands with others that deviate; one by one, each alone is looked at by the
    # census of typed files.
    together = "".join(f"{text}\n" for text in records)
    files = [together, *(f"{text}\n" for text in records[:: 1 if EXHAUSTIVE else 40])]
    expected = account_of(written(tmp_path, [file.encode() for file in files], FIRST_HOUR))
    with open_lake(tmp_path) as lake:
        assert_same(account_of_lake(lake), expected)


@every_source
def test_what_is_null_and_counted_stands_in_the_table(name: str):
    # The statement that the reader is held against, held against a table.
    for place, kind, wrong, text in variants(name):
        record = parsed(text)
        if source_of(record) != name:
            continue
        _, lost = row_of(record, name)
        what = kind_of(kind)
        if what == "array":
            fields = [field for field, _ in lost]
            assert all(field.endswith("]") or "]." in field for field in fields), (place, wrong)
            continue
        if what == "struct" and wrong in ("array", "object"):
            continue
        counted = (what, wrong) in NULL_AND_COUNTED
        assert len(lost) == counted, (place, wrong, lost)
        assert all(reason.endswith(f" where {kind.glue} is declared") for _, reason in lost)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in EVERY_RUN else exhaustive("test_wrong_kinds.py"))
        for name in sorted(name for name, _ in shapes())
    ],
)
def test_wrong_kinds_read_the_same_in_every_form_of_a_file(name: str, tmp_path: Path):
    texts = [text for *_, text in variants(name)[:: 1 if EXHAUSTIVE else 20]]
    texts = texts or [text_of(whole_record(name))]
    files = list(forms(texts, cut=len(texts[-1]) // 2).values())
    expected = account_of(written(tmp_path, files, FIRST_HOUR))
    with open_lake(tmp_path) as lake:
        found = account_of_lake(lake)
    assert_same(found, expected)
    hours = [FIRST_HOUR + timedelta(hours=number) for number in range(len(files))]
    if sources()[name].partition_column is None:
        return
    by_hour = {hour: [] for hour in hours}
    for (_, row), count in found.rows.items():
        hour = next(hour for hour in hours if f'"ingest_timestamp": "{hour}"' in row)
        by_hour[hour] += [row.replace(str(hour), "")] * count
    lines, *others = (sorted(by_hour[hour]) for hour in hours)
    for form, rows in zip(list(forms(texts, 1))[1:], others, strict=True):
        lost = len(lines) - len(rows)
        assert lost == ("cut" in form) and set(rows) <= set(lines), form
