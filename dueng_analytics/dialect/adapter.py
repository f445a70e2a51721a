"""The view that gives every source one shape, whatever its table's layout and number."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from dueng_analytics.dialect.conforming import conformed, trino_type
from dueng_analytics.model.definitions import Layout, Source

SOURCE_TABLE = "source_table"


def adapter_view(source: Source, layout: Layout | None, tables: Sequence[tuple[str, ...]]) -> str:
    """The SELECT, in Athena SQL, that turns a source's physical tables into the source.

    Every column of the declaration in order, then ``ingest_timestamp``: taken over from a
    registered partition, made from the text of a projected one. A column that the layout's table
    lacks is NULL, one of another shape is conformed. Several tables are put under each other with
    a trailing ``source_table``, so that their rows can be told apart; without any, the view has
    the declared columns and no row, and everything above it still runs.

    Args:
        layout: that of the tables; None is enough where there is none.
        tables: names of the physical tables, each of one or two parts: database and table.

    Raises:
        DefinitionError: the layout has a column that cannot become the declared one.
    """
    query = adapter_query(source, layout, tables)
    return query.sql("trino", pretty=True, normalize_functions="lower")


def adapter_query(
    source: Source, layout: Layout | None, tables: Sequence[tuple[str, ...]]
) -> exp.Query:
    """The same as a syntax tree."""
    if layout is None or not tables:
        return _empty(source)
    branches = [_branch(source, layout, table, named=len(tables) > 1) for table in tables]
    whole: exp.Query = branches[0]
    for branch in branches[1:]:
        whole = exp.union(whole, branch, distinct=False, copy=False)
    return whole


def _branch(source: Source, layout: Layout, table: tuple[str, ...], *, named: bool) -> exp.Select:
    columns: list[exp.Expr] = []
    for column in source.columns:
        stored = layout.columns.get(column.name) if layout.columns else column.type
        value = conformed(exp.column(column.name), stored, column.type, layout.keys, source.where)
        columns.append(value if stored == column.type else exp.alias_(value, column.name))
    columns.append(exp.alias_(_hour(layout), "ingest_timestamp"))
    if named:
        name = exp.cast(exp.Literal.string(".".join(table)), trino_type("varchar"))
        columns.append(exp.alias_(name, SOURCE_TABLE))
    relation = exp.table_(table[-1], db=table[-2] if len(table) > 1 else None)
    return exp.select(*columns).from_(relation)


def _hour(layout: Layout) -> exp.Expr:
    partition = exp.column(layout.partition_column)
    if layout.hour_pattern is None:
        return exp.cast(partition, trino_type("timestamp(3)"))
    parsed = exp.Anonymous(
        this="date_parse",
        expressions=[partition, exp.Literal.string(layout.hour_pattern)],
    )
    return exp.cast(parsed, trino_type("timestamp(3)"))


def _empty(source: Source) -> exp.Select:
    typed = [(column.name, column.type.trino) for column in source.columns]
    if source.partition_column is not None:
        typed.append((source.partition_column, "timestamp(3)"))
    columns = [exp.alias_(exp.cast(exp.null(), trino_type(kind)), name) for name, kind in typed]
    return exp.select(*columns).where(exp.false())
