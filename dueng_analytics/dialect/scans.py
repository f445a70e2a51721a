"""The scans of a bound statement, and whether a filter on an output column reaches them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from dueng_analytics.dialect.lineage import Lineage, selects, unaliased
from dueng_analytics.dialect.statement import position
from dueng_analytics.dialect.typing import Typed


@dataclass(frozen=True, slots=True)
class Scan:
    """One reading of a relation, as Trino plans it: again for every reference, CTEs inlined.

    ``filtered`` is the relation's column that a filter on the output column lands on: it passes
    through bare, and no aggregate, window or limit stands between. None where it does not.
    """

    family: str
    name: str
    line: int
    filtered: str | None


def scans(typed: Typed, column: str) -> tuple[Scan, ...]:
    """Every scan that a statement makes, in the order in which it names them."""
    return tuple(_query(Lineage(typed).root, column))


def _query(scope: Scope, column: str | None) -> Iterator[Scan]:
    """The scans of a query; ``column`` is the output on which a filter still stands, or None."""
    query = scope.expression
    assert isinstance(query, exp.Query)
    if query.args.get("limit") is not None or query.args.get("offset") is not None:
        column = None
    if isinstance(query, exp.SetOperation):
        names = [item.output_name for item in query.left.selects]
        place = names.index(column) if column in names else None
        for side in scope.set_operation_scopes:
            names = [item.output_name for item in next(selects(side.expression)).selects]
            yield from _query(side, None if place is None else names[place])
        return
    value = _passed(query, column)
    for name, (node, source) in scope.selected_sources.items():
        passed = value.name if value is not None and value.table == name else None
        if isinstance(source, exp.Table):
            yield Scan(source.db, source.name, position(node)[0], passed)
        elif isinstance(source.expression, exp.Query):
            yield from _query(source, passed)
    for inner in scope.subquery_scopes:
        yield from _query(inner, None)


def _passed(query: exp.Query, column: str | None) -> exp.Column | None:
    """The column that an output passes on, where a filter may go before everything else."""
    if column is None:
        return None
    value = next(
        (unaliased(item) for item in query.selects if item.output_name == column), exp.null()
    )
    if not isinstance(value, exp.Column):
        return None
    group = query.args.get("group")
    if group is not None:
        several = any(group.args.get(kind) for kind in ("grouping_sets", "cube", "rollup"))
        if several or value not in group.expressions:
            return None
    for item in query.selects:
        for window in item.find_all(exp.Window):
            if value not in window.args.get("partition_by", []):
                return None
    return value
