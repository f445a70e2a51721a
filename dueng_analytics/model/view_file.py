"""The reader of views: a folder with ``view.sql``, ``view.yaml`` and ``tests.yaml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import overload

from dueng_analytics.errors import DefinitionError, Location, near_names
from dueng_analytics.model.definitions import (
    Check,
    Column,
    Given,
    LintException,
    Pruning,
    Severity,
    UnitTest,
    View,
)
from dueng_analytics.model.source_file import glue_type, read_column
from dueng_analytics.model.yaml_node import Node, read_yaml

REQUIRED_FILES = ("view.sql", "view.yaml", "tests.yaml")


def read_shared_columns(path: Path) -> Mapping[str, Column]:
    """The columns whose meaning is written once for a family, by name; empty without the file."""
    if not path.exists():
        return {}
    columns = [read_column(node) for node in read_yaml(path).sequence()]
    return {column.name: column for column in columns}


def read_view(folder: Path, family: str, shared: Mapping[str, Column]) -> View:
    """The view that a folder defines; its name is the folder's.

    Raises:
        DefinitionError: one of the three files is missing or says something that cannot be.
    """
    missing = [name for name in REQUIRED_FILES if not (folder / name).is_file()]
    if missing:
        raise DefinitionError(
            f"the view lacks {' and '.join(missing)}",
            where=Location(folder),
            hint="A view is three files: the SELECT, its contract, and unit tests.",
        )
    entries = read_yaml(folder / "view.yaml").mapping(
        required=("description", "grain", "event_key", "version", "owner", "pruning", "columns"),
        optional=("pack", "checks", "deprecated", "lint_exceptions"),
    )
    columns = tuple(_column(node, shared) for node in entries["columns"].sequence())
    names = [column.name for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise entries["columns"].error(f"name {name!r} twice")
        if name != name.lower():
            raise entries["columns"].error(f"holds {name!r}: Glue folds names to lower case")
    event_key = tuple(node.text() for node in entries["event_key"].sequence())
    for part in event_key:
        if part not in names:
            raise entries["event_key"].error(f"names {part!r}, which is no column of the view")
    return View(
        family=family,
        name=folder.name,
        sql=_read_sql(folder / "view.sql"),
        description=entries["description"].text(),
        grain=entries["grain"].text(),
        event_key=event_key,
        version=entries["version"].integer(),
        owner=entries["owner"].text(),
        pruning=Pruning(entries["pruning"].choice(*(kind.value for kind in Pruning))),
        columns=columns,
        tests=_tests(folder / "tests.yaml"),
        checks=tuple(_check(node) for node in entries["checks"].sequence())
        if "checks" in entries
        else (),
        folder=folder,
        pack=entries["pack"].text() if "pack" in entries else None,
        deprecated=entries["deprecated"].day() if "deprecated" in entries else None,
        lint_exceptions=tuple(_exception(node) for node in entries["lint_exceptions"].sequence())
        if "lint_exceptions" in entries
        else (),
    )


def _read_sql(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise DefinitionError(f"the file is not UTF-8: {error}", where=Location(path)) from None


def _column(node: Node, shared: Mapping[str, Column]) -> Column:
    """A column given in full, by its shared name, or as a shared one with a difference."""
    if isinstance(node.value, str):
        return _shared(node, node.text(), shared)
    entries = dict(node.items())
    if "type" in entries and "description" in entries:
        return read_column(node)
    entries = node.mapping(
        required=("name",), optional=("type", "description", "unit", "pii", "nullable")
    )
    column = _shared(entries["name"], entries["name"].text(), shared)
    if "type" in entries:
        column = replace(column, type=glue_type(entries["type"]))
    if "description" in entries:
        column = replace(column, description=entries["description"].text(), where=node.where)
    if "unit" in entries:
        column = replace(column, unit=entries["unit"].text())
    if "pii" in entries:
        column = replace(column, pii=entries["pii"].boolean())
    if "nullable" in entries:
        column = replace(column, nullable=entries["nullable"].boolean())
    return column


def _shared(node: Node, name: str, shared: Mapping[str, Column]) -> Column:
    if name in shared:
        return shared[name]
    near = near_names(name, shared)
    hint = f"Did you mean {' or '.join(near)}?" if near else None
    raise DefinitionError(
        f"column {name!r} has no type and description here or in the family's columns.yaml",
        where=node.where,
        hint=hint,
    )


def _check(node: Node) -> Check:
    entries = node.mapping(required=("name", "sql", "severity", "description"))
    return Check(
        name=entries["name"].text(),
        sql=entries["sql"].text(),
        severity=Severity(entries["severity"].choice(*(kind.value for kind in Severity))),
        description=entries["description"].text(),
    )


def _exception(node: Node) -> LintException:
    entries = node.mapping(required=("rule", "reason", "expires"))
    return LintException(
        rule=entries["rule"].text(),
        reason=entries["reason"].text(),
        expires=entries["expires"].day(),
        where=node.where,
    )


def _tests(path: Path) -> tuple[UnitTest, ...]:
    entries = read_yaml(path).mapping(required=("tests",), optional=("records",))
    tests = tuple(_test(node) for node in entries["tests"].sequence())
    if not tests:
        raise entries["tests"].error("is empty: a view without a test does not load")
    names = [test.name for test in tests]
    for test in tests:
        if names.count(test.name) > 1:
            raise DefinitionError(f"two tests are named {test.name!r}", where=test.where)
    return tests


def _test(node: Node) -> UnitTest:
    entries = node.mapping(required=("name", "given", "expect"))
    given = tuple(Given(relation, _rows(rows)) for relation, rows in entries["given"].items())
    return UnitTest(
        name=entries["name"].text(),
        given=given,
        expect=_rows(entries["expect"]),
        where=node.where,
    )


def _rows(node: Node) -> Sequence[Mapping[str, object]]:
    rows = node.sequence()
    for row in rows:
        if not row.is_mapping:
            raise row.error("must be a row: a mapping of column to value")
    return _LazyRows(tuple(rows))


class _LazyRows(Sequence[Mapping[str, object]]):
    """Rows that are made of their YAML when they are first asked for.

    Every command reads all definitions, and making the rows takes most of that time; only tests
    look at them.
    """

    __slots__ = ("_nodes", "_rows")

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        self._nodes = nodes
        self._rows: tuple[Mapping[str, object], ...] | None = None

    def _made(self) -> tuple[Mapping[str, object], ...]:
        if self._rows is None:
            self._rows = tuple(node.value for node in self._nodes)
            self._nodes = ()
        return self._rows

    def __len__(self) -> int:
        return len(self._nodes if self._rows is None else self._rows)

    @overload
    def __getitem__(self, index: int) -> Mapping[str, object]: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Mapping[str, object]]: ...

    def __getitem__(
        self, index: int | slice
    ) -> Mapping[str, object] | Sequence[Mapping[str, object]]:
        return self._made()[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._made() == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._made())

    def __reduce__(self) -> tuple[type[tuple[object, ...]], tuple[object, ...]]:
        """What a copy or another process gets: the rows; nodes know the parser's own marks."""
        return tuple, (self._made(),)
