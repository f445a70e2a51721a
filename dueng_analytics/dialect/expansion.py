"""A statement with everything that it reads written into it, down to the tables on S3.

Views become common table expressions, sources the SELECT over their physical tables with the
hours of a window on every scan. The result needs no deployed view and prunes by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlglot import exp

from dueng_analytics.dialect.adapter import adapter_query
from dueng_analytics.dialect.conforming import trino_type
from dueng_analytics.dialect.parameters import Value, literal
from dueng_analytics.dialect.statement import Reference, Statement, position, source_tables
from dueng_analytics.model.definitions import Layout, Source
from dueng_analytics.model.types import ColumnType

Name = Callable[[Reference, Statement], str]
"""The name of the common table expression that stands for what a statement refers to."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Partition hours, naive UTC; ``end`` is the first one that is not read."""

    first: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A relation under the name that it has inside the expanded statement."""

    name: str
    query: Statement | exp.Query


def expanded(
    statement: Statement,
    parts: Sequence[Part],
    name: Name,
    *,
    as_json: Collection[int] = (),
    pretty: bool = True,
) -> str:
    """The statement in Athena SQL with the parts as its first common table expressions.

    Args:
        parts: every relation that the statement reads, each after what it reads itself.
        name: the part that a reference of the statement, or of a part, means.
        as_json: positions of output columns that come as JSON text, from zero: Athena's own text
            of arrays, maps and structs cannot be read back.
        pretty: whether it is laid out to be read.
    """
    tree = _named(statement, name)
    for select in _outermost(tree) if as_json else ():
        _give_json(select, as_json)
    ctes = [
        exp.CTE(
            this=_named(part.query, name) if isinstance(part.query, Statement) else part.query,
            alias=exp.TableAlias(this=exp.to_identifier(part.name)),
        )
        for part in parts
    ]
    own = tree.args.get("with_")
    if own is not None:
        own.set("expressions", [*ctes, *own.expressions])
    elif ctes:
        tree.set("with_", exp.With(expressions=ctes))
    return tree.sql("athena", pretty=pretty, normalize_functions="lower", comments=pretty)


def _outermost(tree: exp.Query) -> list[exp.Select]:
    """The SELECTs whose rows a query gives: itself, or the sides of its UNION."""
    if isinstance(tree, exp.SetOperation):
        return [*_outermost(tree.left), *_outermost(tree.right)]
    inner = tree.unnest() if isinstance(tree, exp.Subquery) else tree
    return [inner] if isinstance(inner, exp.Select) else []


def _give_json(select: exp.Select, positions: Collection[int]) -> None:
    columns: list[exp.Expr] = list(select.expressions)
    for position_ in positions:
        column = columns[position_]
        text = exp.Anonymous(
            this="json_format",
            expressions=[exp.cast(column.unalias().copy(), exp.DataType.build("json"))],
        )
        columns[position_] = exp.alias_(text, column.alias_or_name)
    select.set("expressions", columns)


def scan(
    source: Source, layout: Layout, tables: Sequence[tuple[str, ...]], hours: Hours | None
) -> exp.Query:
    """The SELECT that gives a source's rows from its tables, those of some hours only.

    The hours are compared with the partition column in its own type and format, so that Athena
    and Trino prune by it before any object is opened.
    """
    query = adapter_query(source, layout, tables)
    if hours is not None:
        for select in query.find_all(exp.Select):
            if isinstance(select.args.get("from_"), exp.From):
                select.where(_condition(source, layout, hours), copy=False)
    return query


def _condition(source: Source, layout: Layout, hours: Hours) -> exp.Expr:
    partition = exp.column(layout.partition_column)
    zone = source.clocks.path_time_zone if source.clocks is not None else "UTC"

    def bound(hour: datetime) -> exp.Expr:
        if layout.hour_pattern is None:
            return literal(hour)
        local = hour.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone))
        return exp.Literal.string(local.strftime(layout.hour_pattern))

    return exp.and_(
        exp.GTE(this=partition.copy(), expression=bound(hours.first)),
        exp.LT(this=partition.copy(), expression=bound(hours.end)),
    )


def _named(statement: Statement, name: Name) -> exp.Query:
    """A copy of a statement's tree in which relations have their names as parts."""
    tree = statement.tree.copy()
    for table in source_tables(tree):
        parts = tuple(part.name for part in table.parts)
        part = name(Reference(parts, position(table)[0]), statement)
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(parts[-1].lower())))
        table.set("this", exp.to_identifier(part))
        table.set("db", None)
        table.set("catalog", None)
    return tree


def rows_query(
    columns: Mapping[str, ColumnType], rows: Sequence[Mapping[str, Value | None]]
) -> exp.Query:
    """The SELECT of given rows, every column of its declared type.

    Raises:
        SqlError: a value that has no literal.
    """
    if not rows:
        nothing = [
            exp.alias_(exp.cast(exp.null(), trino_type(kind.trino)), name)
            for name, kind in columns.items()
        ]
        return exp.select(*nothing).where(exp.false())
    tuples = [exp.Tuple(expressions=[literal(row[name]) for name in columns]) for row in rows]
    alias = exp.TableAlias(
        this=exp.to_identifier("given"), columns=[exp.to_identifier(name) for name in columns]
    )
    typed = [
        exp.alias_(exp.cast(exp.column(name), trino_type(kind.trino)), name)
        for name, kind in columns.items()
    ]
    return exp.select(*typed).from_(exp.Values(expressions=tuples, alias=alias))
