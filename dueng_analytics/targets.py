"""Statements for a target: written down to the target's own tables, so that they need no view there
and no right but to read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dueng_analytics.catalog import Catalog, Relation
from dueng_analytics.dialect import Statement, Typed, quoted
from dueng_analytics.dialect.expansion import Hours, Part, expanded, rows_query, scan
from dueng_analytics.dialect.statement import Reference
from dueng_analytics.errors import UsageError
from dueng_analytics.model.definitions import FIRST_MS, LAST_MS, Layout, Source, View
from dueng_analytics.model.types import ColumnType, Scalar
from dueng_analytics.target_settings import Target

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows of sources that are no tables, by the source's qualified name."""


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
            where=target.place,
            hint=f"It has {known}.",
        )
    tables = target.tables.get(source.qualified_name, target.tables.get(source.name))
    if tables is None:
        elsewhere = target.families is not None and source.family not in target.families
        tables = () if elsewhere else (layout.table,)
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
    typed: Typed,
    *,
    hours: Hours | None = None,
    rows: Rows | None = None,
    pretty: bool = True,
    nested_as_json: bool = True,
) -> str:
    """A statement in Athena SQL over the target's own tables, with every view written into it.

    Args:
        typed: the statement, bound by the catalog.
        hours: the partition hours that every source is limited to.
        rows: the rows of sources that are no tables on S3.
        pretty: whether it is laid out to be read; without, it is a third shorter.
        nested_as_json: whether Athena gives arrays, maps and structs as JSON, which this client
            can read back; without, as it writes them itself.

    Raises:
        UsageError: a source that is no table and has no rows, or a layout that there is not.
    """
    statement = typed.statement
    nested: list[int] = []
    if target.engine == "athena" and nested_as_json:
        nested = [n for n, (_, kind) in enumerate(typed.columns) if not _is_scalar(kind)]
        if nested:  # the positions count columns that a star may stand for
            statement = replace(statement, tree=typed.tree)
    parts: list[Part] = []
    families: dict[int, str | None] = {id(statement): None}
    order = catalog.in_order(catalog.reads(statement))
    empty = _without_rows(catalog, target, order)
    for relation in _needed(catalog, statement, order, empty):
        name = _part_name(relation.family, relation.name)
        if relation.qualified_name in empty:
            # to plan the views of a family without tables would take the engine a while
            parts.append(Part(name, rows_query(catalog.columns(relation), ())))
        elif isinstance(relation, View):
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

    return expanded(statement, parts, name_of, as_json=nested, pretty=pretty)


def _without_rows(catalog: Catalog, target: Target, order: Iterable[Relation]) -> frozenset[str]:
    """Those of some relations, each after what it reads, that no table of the target is below."""
    empty: set[str] = set()
    for relation in order:
        if isinstance(relation, View):
            has_none = catalog.has_no_rows(relation, empty)
        else:
            has_none = bool(relation.layouts) and not scan_of(target, catalog, relation).tables
        if has_none:
            empty.add(relation.qualified_name)
    return frozenset(empty)


def _needed(
    catalog: Catalog, statement: Statement, order: Sequence[Relation], empty: Collection[str]
) -> Sequence[Relation]:
    """Those in an order that a statement still reads, where below what is empty nothing is."""
    needed = {relation.qualified_name for relation in catalog.reads(statement)}
    for relation in reversed(order):
        name = relation.qualified_name
        if isinstance(relation, View) and name in needed and name not in empty:
            needed.update(below.qualified_name for below in catalog.upstream(relation))
    return [relation for relation in order if relation.qualified_name in needed]


def _part_name(family: str, name: str) -> str:
    return f"{family}__{name}"


def _is_scalar(kind: ColumnType | None) -> bool:
    return kind is None or isinstance(kind, Scalar)


def latest_moments(sources: Iterable[Source]) -> str | None:
    """The SELECT in Athena SQL of the time at which the last record of some sources came.

    A record that is later than its hour allows has a wrong clock; it counts only if all have. None
    where no source says when its records came.
    """
    branches = []
    for source in sources:
        moments = [_moment(place, kind) for place, kind in source.record_times]
        if not moments or source.clocks is None or source.partition_column is None:
            continue
        moment = f"coalesce({', '.join(moments)})" if len(moments) > 1 else moments[0]
        late_s = int(source.clocks.slack_after.total_seconds()) + 3600
        branches.append(
            f"select coalesce(max(moment) filter (where moment < hour + interval '{late_s}'"
            f" second), max(moment)) as latest from (select {moment} as moment,"
            f" {quoted(source.partition_column)} as hour"
            f" from {quoted(source.family)}.{quoted(source.name)}) as records"
        )
    if not branches:
        return None
    return f"select max(latest) as latest from ({' union all '.join(branches)}) as latest_of_each"


def _moment(place: tuple[str, ...], kind: Scalar) -> str:
    """The UTC time that a field of a record holds, NULL where it holds none."""
    field = ".".join(quoted(part) for part in place)
    if kind.name == "bigint":
        return (
            f"case when {field} between {FIRST_MS} and {LAST_MS} then"
            f" cast(from_unixtime({field} / 1e3) at time zone 'UTC' as timestamp(3)) end"
        )
    if kind.name == "string":
        return f"try(cast(from_iso8601_timestamp({field}) at time zone 'UTC' as timestamp(3)))"
    return field
