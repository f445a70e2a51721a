"""Unit tests of views: given rows, expected rows, on the embedded engine.

A column omitted from a given row is NULL. A column omitted from an expected row is not compared;
``null`` there must be NULL. Row counts are always compared, order never. Rows of a source are
records in wire format and go the way that records of a lake go.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from dueng_analytics.catalog import Catalog, Relation
from dueng_analytics.dialect import to_duckdb
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import DefinitionError, DuengError
from dueng_analytics.lake.serde import Coercion, compact_json, parse_json
from dueng_analytics.model.arrow import arrow_schema
from dueng_analytics.model.definitions import Given, Source, UnitTest, View
from dueng_analytics.model.types import Array, ColumnType, Map, Scalar, Struct

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one unit test gave: no problem, a row difference, or an error before any row."""

    view: View
    test: UnitTest
    difference: str | None = None
    error: str | None = None

    @property
    def passed(self) -> bool:
        return self.difference is None and self.error is None


def run_unit_tests(
    catalog: Catalog, views: Iterable[View], engine: DuckDBEngine
) -> Sequence[Outcome]:
    """The outcome of every unit test of the given views, in order."""
    outcomes: list[Outcome] = []
    for view in views:
        try:
            sql = to_duckdb(catalog.typed(view))
        except DuengError as error:
            outcomes.extend(Outcome(view, test, error=error.message) for test in view.tests)
            continue
        outcomes.extend(run_unit_test(catalog, view, test, sql, engine) for test in view.tests)
    return outcomes


def run_unit_test(
    catalog: Catalog, view: View, test: UnitTest, sql: str, engine: DuckDBEngine
) -> Outcome:
    """The outcome of one unit test of a view.

    Args:
        sql: the view's SELECT, or a changed one, in DuckDB's SQL: translated once for all tests.
    """
    try:
        place_given_rows(catalog, view, test, engine)
        difference = row_difference(view, test, engine.rows(sql))
    except DuengError as error:
        return Outcome(view, test, error=error.message)
    return Outcome(view, test, difference=difference)


def place_given_rows(catalog: Catalog, view: View, test: UnitTest, engine: DuckDBEngine) -> None:
    """Make a table of every upstream of the view, holding the rows that the test gives.

    Raises:
        DefinitionError: an upstream that is not listed, a listed relation that is not read, or a
            row that does not fit.
    """
    for relation, rows in given_rows(catalog, view, test):
        engine.create_table(relation.family, relation.name, catalog.columns(relation), rows)


def given_rows(catalog: Catalog, view: View, test: UnitTest) -> Sequence[tuple[Relation, pa.Table]]:
    """Every upstream of the view with the rows that the test gives it.

    Raises:
        DefinitionError: an upstream that is not listed, a listed relation that is not read, or a
            row that does not fit.
    """
    upstream = {relation.qualified_name: relation for relation in catalog.upstream(view)}
    given: dict[str, Given] = {}
    for entry in test.given:
        name = entry.relation if "." in entry.relation else f"{view.family}.{entry.relation}"
        if name not in upstream:
            raise DefinitionError(
                f"test {test.name!r} gives rows of {entry.relation!r}, which is not read",
                where=test.where,
                hint=f"It reads {', '.join(sorted(upstream)) or 'nothing'}.",
            )
        given[name] = entry
    missing = [name for name in upstream if name not in given]
    if missing:
        raise DefinitionError(
            f"test {test.name!r} does not list {', '.join(missing)}",
            where=test.where,
            hint="List every upstream; an empty list gives no rows.",
        )
    placed: list[tuple[Relation, pa.Table]] = []
    for name, relation in upstream.items():
        columns = catalog.columns(relation)
        rows = [_given_row(relation, row, columns, test) for row in given[name].rows]
        placed.append((relation, pa.Table.from_pylist(rows, schema=arrow_schema(columns))))
    return placed


def _given_row(
    relation: Relation, row: Row, columns: Mapping[str, ColumnType], test: UnitTest
) -> dict[str, Any]:
    coercion = Coercion(relation.mappings if isinstance(relation, Source) else {})
    if isinstance(relation, View):
        unknown = [name for name in row if name not in columns]
        if unknown:
            raise DefinitionError(
                f"test {test.name!r} gives {relation.name} a column {unknown[0]!r}, which it lacks",
                where=test.where,
            )
    else:
        row = parse_json(compact_json(_jsonable(row)))
    values = coercion.record(row, columns)
    if isinstance(relation, View) and coercion.deviations:
        deviation = coercion.deviations[0]
        raise DefinitionError(
            f"test {test.name!r}: {relation.name}.{deviation.field} is {deviation.reason}",
            where=test.where,
        )
    return values


def _jsonable(value: Any) -> Any:
    """YAML's value as JSON's: floats keep their shortest spelling."""
    if isinstance(value, Mapping):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    return value


def row_difference(view: View, test: UnitTest, actual: Sequence[Row]) -> str | None:
    """A readable account of how the rows differ from the expected ones, or None if they do not.

    Raises:
        DefinitionError: an expected row names a column that the view lacks, or a value that its
            type cannot hold.
    """
    columns = {column.name: column.type for column in view.columns}
    expected = [_expected_row(row, columns, view, test) for row in test.expect]
    found = [
        {name: _plain(row[name], kind) for name, kind in columns.items() if name in row}
        for row in actual
    ]
    pairs = _match(expected, found)
    missing = [row for index, row in enumerate(expected) if index not in pairs]
    surplus = [row for index, row in enumerate(found) if index not in pairs.values()]
    if not missing and not surplus:
        return None
    lines = [f"expected {len(expected)} rows, got {len(found)}"]
    for row in missing:
        nearest = max(surplus, key=lambda other, row=row: _agreement(row, other), default=None)  # type: ignore[misc]
        if nearest is None:
            lines.append(f"  missing  {_show(row)}")
            continue
        surplus.remove(nearest)
        lines.append("  differs in")
        lines.extend(
            f"    {name}: expected {_show_value(value)}, got {_show_value(nearest.get(name))}"
            for name, value in row.items()
            if not _same(value, nearest.get(name))
        )
    lines.extend(f"  surplus  {_show(row)}" for row in surplus)
    return "\n".join(lines)


def _expected_row(
    row: Row, columns: Mapping[str, ColumnType], view: View, test: UnitTest
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in row.items():
        if name not in columns:
            raise DefinitionError(
                f"test {test.name!r} expects a column {name!r}, which {view.name} lacks",
                where=test.where,
            )
        coercion = Coercion()
        values[name] = _plain(coercion.value(value, columns[name], name), columns[name])
        if coercion.deviations:
            raise DefinitionError(
                f"test {test.name!r}: {name} is {coercion.deviations[0].reason}", where=test.where
            )
    return values


def _plain(value: Any, kind: ColumnType) -> Any:
    """A value in the one form in which values are compared: maps are dictionaries."""
    if value is None or isinstance(kind, Scalar):
        return value
    if isinstance(kind, Map) and isinstance(value, list):
        return {key: _plain(item, kind.value) for key, item in value}
    if isinstance(kind, Array) and isinstance(value, list):
        return [_plain(item, kind.element) for item in value]
    if isinstance(kind, Struct) and isinstance(value, Mapping):
        return {field.name: _plain(value.get(field.name), field.type) for field in kind.fields}
    return value  # of another type than declared: it equals nothing that was expected


def _match(expected: Sequence[Row], found: Sequence[Row]) -> dict[int, int]:
    """A largest pairing of expected rows with found rows that agree with them."""
    fits = [
        [n for n, other in enumerate(found) if all(_same(v, other.get(k)) for k, v in row.items())]
        for row in expected
    ]
    owner: dict[int, int] = {}

    def place(index: int, seen: set[int]) -> bool:
        for candidate in fits[index]:
            if candidate in seen:
                continue
            seen.add(candidate)
            if candidate not in owner or place(owner[candidate], seen):
                owner[candidate] = index
                return True
        return False

    for index in range(len(expected)):
        place(index, set())
    return {index: candidate for candidate, index in owner.items()}


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)
    return bool(left == right)


def _agreement(row: Row, other: Row) -> int:
    return sum(_same(value, other.get(name)) for name, value in row.items())


def _show(row: Row) -> str:
    return "{" + ", ".join(f"{name}: {_show_value(value)}" for name, value in row.items()) + "}"


def _show_value(value: Any) -> str:
    return "null" if value is None else repr(value) if isinstance(value, str) else str(value)
