"""Where things run: engine, databases and tables by name, from ``[targets.NAME]`` in dueng.toml.

A statement for a target is written down to the target's own tables, so it needs no view there and
no right but to read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dueng_analytics.catalog import Catalog
from dueng_analytics.dialect import Statement, Typed
from dueng_analytics.dialect.expansion import Hours, Part, expanded, rows_query, scan
from dueng_analytics.dialect.statement import Reference
from dueng_analytics.errors import UsageError, near_names
from dueng_analytics.model.definitions import Layout, Source, View
from dueng_analytics.model.types import ColumnType, Scalar

ENGINES = ("athena", "trino")
Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows of sources that are no tables, by the source's qualified name."""


@dataclass(frozen=True, slots=True)
class Target:
    """A place where Athena SQL runs; what is None is the engine's own default."""

    name: str
    engine: str
    databases: Mapping[str, str] = field(default_factory=dict)
    """Glue database by family, where it is not the family's default."""
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Tables, each ``table`` or ``database.table``, by source; none, one or several."""
    layouts: Mapping[str, str] = field(default_factory=dict)
    """Layout by source; ``registered`` is that of the samples' tables."""
    region: str | None = None
    profile: str | None = None
    workgroup: str | None = None
    result_location: str | None = None
    reuse_minutes: int | None = None
    catalog: str = "awsdatacatalog"
    host: str = "localhost"
    port: int = 8080
    user: str = "dueng"
    http_scheme: str = "http"
    timeout_s: int = 600


def parse_targets(value: object) -> Mapping[str, Target]:
    """The targets of a ``[targets]`` table, by name.

    Raises:
        ValueError: a key that there is not, or a value of another kind; the message names it.
    """
    if not isinstance(value, Mapping):
        raise ValueError("is no table of targets: write [targets.NAME]")
    return {str(name): _target(str(name), entry) for name, entry in value.items()}


def _target(name: str, entry: object) -> Target:
    if not isinstance(entry, Mapping):
        raise ValueError(f"{name} is no table: write [targets.{name}]")
    for key in entry:
        if key not in _KEYS:
            near = near_names(str(key), _KEYS)
            hint = f"did you mean {' or '.join(near)}?" if near else f"keys: {', '.join(_KEYS)}"
            raise ValueError(f"{name} has no setting {key!r}; {hint}")
    engine = entry.get("engine")
    if engine not in ENGINES:
        raise ValueError(f"{name}: engine is {engine!r}, not one of {', '.join(ENGINES)}")
    values: dict[str, Any] = {"name": name, "engine": engine}
    for key, given in entry.items():
        if key != "engine":
            values[key] = _KEYS[key](f"{name}.{key}", given)
    return Target(**values)


def _a_text(place: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{place} is {value!r}, not a text")
    return value


def _a_number(place: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{place} is {value!r}, not a whole number")
    return value


def _texts_by_name(place: str, value: object) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{place} is no table of name = text")
    return {str(key): _a_text(f"{place}.{key}", text) for key, text in value.items()}


def _tables(place: str, value: object) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{place} is no table of source = table")
    found: dict[str, tuple[str, ...]] = {}
    for source, tables in value.items():
        listed = [tables] if isinstance(tables, str) else tables
        if not isinstance(listed, list):
            raise ValueError(f"{place}.{source} is neither a table's name nor a list of them")
        found[str(source)] = tuple(_a_text(f"{place}.{source}", table) for table in listed)
    return found


_KEYS: Mapping[str, Any] = {
    "engine": _a_text,
    "databases": _texts_by_name,
    "tables": _tables,
    "layouts": _texts_by_name,
    "region": _a_text,
    "profile": _a_text,
    "workgroup": _a_text,
    "result_location": _a_text,
    "reuse_minutes": _a_number,
    "catalog": _a_text,
    "host": _a_text,
    "port": _a_number,
    "user": _a_text,
    "http_scheme": _a_text,
    "timeout_s": _a_number,
}


@dataclass(frozen=True, slots=True)
class Scan:
    """The tables that a source is read from at a target; empty for a source without any."""

    source: Source
    layout: Layout
    tables: tuple[tuple[str, ...], ...]


def scan_of(target: Target, catalog: Catalog, source: Source) -> Scan:
    """How a source is read at a target.

    Raises:
        UsageError: the target names a layout that the source does not have.
    """
    named = target.layouts.get(source.qualified_name) or target.layouts.get(source.name)
    layout = source.layout(named) if named else source.layouts[0]
    if layout is None:
        known = ", ".join(entry.name for entry in source.layouts)
        raise UsageError(
            f"{source.qualified_name} has no layout {named!r}",
            where=f"[targets.{target.name}]",
            hint=f"It has {known}.",
        )
    tables = target.tables.get(source.qualified_name, target.tables.get(source.name))
    if tables is None:
        tables = (layout.table,)
    database = target.databases.get(source.family, catalog.database(source.family))
    return Scan(
        source,
        layout,
        tuple(
            tuple(table.split(".", 1)) if "." in table else (database, table) for table in tables
        ),
    )


def written_down(
    catalog: Catalog,
    target: Target,
    statement: Statement,
    typed: Typed,
    *,
    hours: Hours | None = None,
    rows: Rows | None = None,
) -> str:
    """A statement in Athena SQL over the target's own tables, with every view written into it.

    Args:
        typed: the statement, bound by the catalog.
        hours: the partition hours that every source is limited to.
        rows: the rows of sources that are no tables on S3.

    Raises:
        UsageError: a source that is no table and has no rows, or a layout that there is not.
    """
    nested: list[int] = []
    if target.engine == "athena":
        nested = [n for n, (_, kind) in enumerate(typed.columns) if not _is_scalar(kind)]
        if nested:  # the positions count columns that a star may stand for
            statement = replace(statement, tree=typed.tree)
    parts: list[Part] = []
    families: dict[int, str | None] = {id(statement): None}
    for relation in catalog.in_order(catalog.reads(statement)):
        name = _part_name(relation.family, relation.name)
        if isinstance(relation, View):
            view = catalog.statement(relation)
            families[id(view)] = relation.family
            parts.append(Part(name, view))
        elif relation.layouts:
            scanned = scan_of(target, catalog, relation)
            parts.append(Part(name, scan(relation, scanned.layout, scanned.tables, hours)))
        else:
            given = (rows or {}).get(relation.qualified_name)
            if given is None:
                raise UsageError(f"there are no rows of {relation.qualified_name} to send along")
            parts.append(Part(name, rows_query(catalog.columns(relation), given)))

    def name_of(reference: Reference, of: Statement) -> str:
        relation = catalog.resolve(reference, of, families.get(id(of)))
        return _part_name(relation.family, relation.name)

    return expanded(statement, parts, name_of, as_json=nested)


def _part_name(family: str, name: str) -> str:
    return f"{family}__{name}"


def _is_scalar(kind: ColumnType | None) -> bool:
    return kind is None or isinstance(kind, Scalar)
