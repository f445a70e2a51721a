"""Rows of one view on DuckDB and on Trino, compared: names, types, rows, NULLs.

Every value has one form on both sides: maps are sorted by key, structs are the values of their
fields in order. Rows are a set with repeats. Floats are the same within 1e-9 of their size; the
hash of a result is made over its sorted rows with floats rounded to nine digits, which is coarser,
so two results that are the same have the same hash.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from threading import local
from typing import Any

import pyarrow as pa

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.engines.trino import TrinoEngine
from dueng_analytics.model.definitions import View
from dueng_analytics.model.types import Array, ColumnType, Map, Scalar, Struct

from .local_aws import LocalAws

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Answer:
    """What a view gave on one engine: column names, and rows in their one form."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    query_id: str | None = None

    @cached_property
    def hash(self) -> str:
        """Of names and rows, the first sixteen digits of a SHA-256."""
        text = repr((self.columns, sorted(repr(_rounded(row)) for row in self.rows)))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Trino:
    """Sessions of the tests on the stack's Trino, one for each thread that asks."""

    def __init__(self, aws: LocalAws) -> None:
        self._server = aws.trino
        self._own = local()

    def select(self, database: str, view: View) -> Answer:
        """Everything that a stored view gives.

        Raises:
            EngineError: Trino refused or failed.
        """
        if not hasattr(self._own, "engine"):
            self._own.engine = TrinoEngine(host="127.0.0.1", port=self._server.port)
        types = {column.name: column.type for column in view.columns}
        sql = f'select * from "{database}"."{view.name}"'
        result = self._own.engine.run(sql, tuple(types.values()))
        return answer_of_arrow(result.table, types, result.statistics.query_id)

    def version(self) -> str:
        """What the server says it is."""
        with self._server.connect() as connection:
            cursor = connection.cursor()
            cursor.execute("select version()")
            return str(cursor.fetchone()[0])

    def types(self, sql: str) -> dict[str, str]:
        """Name and type of the columns that a SELECT gives by itself.

        A stored view is no witness: Trino casts what its SELECT gives to the types that are stored.
        """
        with self._server.connect() as connection:
            cursor = connection.cursor()
            cursor.execute(f"select * from (\n{sql}\n) limit 0")
            cursor.fetchall()
            return {column.name: column.type_code.replace('"', "") for column in cursor.description}


def answer_of_arrow(
    table: pa.Table, types: Mapping[str, ColumnType], query_id: str | None = None
) -> Answer:
    """An Arrow table of declared columns as an answer."""
    return _answer(table.column_names, table.to_pylist(), types, query_id)


def answer_of_rows(
    rows: Sequence[Mapping[str, Any]], types: Mapping[str, ColumnType], names: Sequence[str]
) -> Answer:
    """Rows of the embedded engine as an answer."""
    return _answer(names, rows, types, None)


def declared_types(types: Mapping[str, ColumnType]) -> dict[str, str]:
    """The types that DuckDB has to give."""
    return {name: kind.duckdb.replace('"', "") for name, kind in types.items()}


def described(engine: DuckDBEngine, sql: str) -> dict[str, str]:
    """Name and type of the columns that a SELECT gives on DuckDB."""
    rows = engine.rows(f"describe {sql}")
    return {row["column_name"]: row["column_type"].replace('"', "") for row in rows}


def type_problem(engine: str, given: Mapping[str, str], declared: Mapping[str, str]) -> str | None:
    """How the columns that a SELECT gives differ from the declared ones; None if they do not."""
    pairs = zip_longest(given.items(), declared.items())
    wrong = [f"{one} and not {other}" for one, other in pairs if one != other]
    return f"columns on {engine}: {'; '.join(wrong)}" if wrong else None


def as_mappings(answer: Answer, types: Mapping[str, ColumnType]) -> list[dict[str, Any]]:
    """The rows of an answer as the unit tests' rows are written."""
    return [
        {
            name: _unfrozen(value, types[name])
            for name, value in zip(answer.columns, row, strict=True)
        }
        for row in answer.rows
    ]


def difference(duckdb: Answer, trino: Answer) -> str | None:
    """How two answers differ, in words; None where they do not."""
    if duckdb.columns != trino.columns:
        return f"columns {duckdb.columns} on DuckDB, {trino.columns} on Trino"
    left, right = Counter(map(_keyed, duckdb.rows)), Counter(map(_keyed, trino.rows))
    only_left = sorted((left - right).elements(), key=repr)
    only_right = sorted((right - left).elements(), key=repr)
    if len(only_left) == len(only_right) and all(map(_near, only_left, only_right)):
        return None
    lines = [f"{len(duckdb.rows)} rows on DuckDB, {len(trino.rows)} on Trino"]
    pairs = zip(only_left, only_right, strict=False)
    for one, other in [pair for pair in pairs if not _near(*pair)][:3]:
        lines.append(f"  row {one[:2]!r}")
        lines += [
            f"    {name}: {x!r} on DuckDB, {y!r} on Trino"
            for name, x, y in zip(duckdb.columns, one, other, strict=True)
            if not _near(x, y)
        ]
    lines += [f"  only on DuckDB: {row}" for row in only_left[len(only_right) :][:2]]
    lines += [f"  only on Trino: {row}" for row in only_right[len(only_left) :][:2]]
    return "\n".join(lines)


def _answer(
    names: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    types: Mapping[str, ColumnType],
    query_id: str | None,
) -> Answer:
    frozen = tuple(tuple(_frozen(row[name], types[name]) for name in names) for row in rows)
    return Answer(tuple(names), frozen, query_id)


def _frozen(value: Any, kind: ColumnType) -> Any:
    if value is None or isinstance(kind, Scalar):
        return value
    if isinstance(kind, Array):
        return tuple(_frozen(item, kind.element) for item in value)
    if isinstance(kind, Map):
        pairs = value.items() if isinstance(value, Mapping) else value
        return tuple(sorted((key, _frozen(item, kind.value)) for key, item in pairs))
    assert isinstance(kind, Struct)
    return tuple(_frozen(value[field.name], field.type) for field in kind.fields)


def _unfrozen(value: Any, kind: ColumnType) -> Any:
    if value is None or isinstance(kind, Scalar):
        return value
    if isinstance(kind, Array):
        return [_unfrozen(item, kind.element) for item in value]
    if isinstance(kind, Map):
        return [(key, _unfrozen(item, kind.value)) for key, item in value]
    assert isinstance(kind, Struct)
    return {
        field.name: _unfrozen(item, field.type)
        for field, item in zip(kind.fields, value, strict=True)
    }


def _keyed(value: Any) -> Any:
    """A value that equals another one only where both are of one type, and NaN equals NaN."""
    if isinstance(value, tuple):
        return tuple(_keyed(item) for item in value)
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else ("float", value)
    return value


def _rounded(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_rounded(item) for item in value)
    if isinstance(value, float):
        return float(f"{value:.9g}") + 0.0  # -0.0 is 0.0
    return value


def _near(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(left, tuple) and isinstance(right, tuple) and len(left) == len(right):
        return all(map(_near, left, right))
    return bool(left == right)
