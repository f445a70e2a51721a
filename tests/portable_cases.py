"""The rows of ``tests/portable_cases``: read, run on the local engine, and made comparable.

The values were taken from a Trino 476, session zone UTC, by running the same text there. Three
forms: ``rows`` (an expression over columns, with the value for each row), ``over`` (an aggregate
over rows) and ``query``; ``fails`` is an expression that is an error on Trino, as is
a ``query`` with ``because``, the error's name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from dueng_analytics.catalog import Catalog
from dueng_analytics.dialect import Typed, parse_query
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.model.definitions import Definitions
from tests.yaml_files import read_yaml_file

FOLDER = Path(__file__).with_name("portable_cases")


@dataclass(frozen=True)
class Case:
    """One statement with the rows and types that Trino gives; ``fails``: it gives an error."""

    page: str
    sql: str
    types: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    places: tuple[str, ...] = ()
    because: str | None = None
    """The name of Trino's error, where it gives one."""
    placed: str | None = None
    """The statement with the place of each row beside it, in no order: a sort takes longer."""

    @property
    def fails(self) -> bool:
        return self.because is not None


@cache
def cases() -> tuple[Case, ...]:
    found: list[Case] = []
    for file in sorted(FOLDER.glob("*.yaml")):
        for entry in read_yaml_file(file):
            found.append(case_of(file.stem, entry))
    return tuple(found)


def case_of(page: str, entry: Mapping[str, Any]) -> Case:
    """An entry of a page as a case."""
    if "fails" in entry:
        return Case(page, f"select {entry['fails']} as result", because=entry["because"])
    if "query" in entry:
        if "because" in entry:
            return Case(page, entry["query"], because=entry["because"])
        rows = tuple(tuple(row) for row in entry["gives"])
        return Case(page, entry["query"], tuple(entry["types"]), rows)
    given = list(entry["rows"] if "rows" in entry else entry["over"])
    numbered = ", ".join(f"({place}, {row})" for place, row in enumerate(given))
    relation = f"(values {numbered}) as t(place, {entry['of']})"
    if "over" in entry:
        sql = f"select {entry['sql']} as result from {relation}"
        return Case(page, sql, (entry["type"],), ((entry["gives"],),))
    sql = f"select {entry['sql']} as result from {relation} order by place"
    rows = tuple((value,) for value in entry["rows"].values())
    placed = f"select place, {entry['sql']} as result from {relation}"
    return Case(page, sql, (entry["type"],), rows, tuple(given), placed=placed)


@cache
def bound(sql: str) -> Typed:
    """A statement that reads no relation, bound and typed."""
    catalog = Catalog(Definitions((), (), (), ()))
    return catalog.bind(parse_query(sql))


def rows_on(engine: DuckDBEngine, typed: Typed) -> list[tuple[Any, ...]]:
    """The rows of a statement on the local engine, in comparable values."""
    table = engine.query(typed)
    columns = [
        [_plain(value, kind) for value in column.to_pylist(maps_as_pydicts="strict")]
        for column, kind in zip(table.columns, table.schema.types, strict=True)
    ]
    return list(zip(*columns, strict=True))


def same(found: Any, expected: Any) -> bool:
    """Whether two values are equal, doubles within their last digits."""
    if isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=1e-14) or found == expected
    if isinstance(found, Sequence) and not isinstance(found, str):
        return (
            isinstance(expected, Sequence)
            and not isinstance(expected, str)
            and len(found) == len(expected)
            and all(same(one, other) for one, other in zip(found, expected, strict=True))
        )
    return type(found) is type(expected) and bool(found == expected)


def _plain(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if pa.types.is_timestamp(kind):
        assert isinstance(value, datetime)
        assert value.microsecond % 1000 == 0, "timestamp(3) has no microseconds"
        text = value.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")
        return text if kind.tz is None else f"{text} UTC"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if pa.types.is_list(kind):
        return [_plain(item, kind.value_type) for item in value]
    if pa.types.is_map(kind):
        return {key: _plain(item, kind.item_type) for key, item in value.items()}
    if pa.types.is_struct(kind):
        return [_plain(value[field.name], field.type) for field in kind]
    return value
