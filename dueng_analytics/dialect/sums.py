"""What a statement adds up or counts row by row, traced to the columns of relations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from dueng_analytics.dialect.typing import Typed


@dataclass(frozen=True, slots=True)
class Added:
    """A column of a relation of which every row's value goes into a sum or a count."""

    function: str
    """``sum`` or ``count``."""
    family: str
    relation: str
    column: str


def added_up(typed: Typed) -> Sequence[Added]:
    """The columns that a bound statement sums or counts, each once, in order.

    Left out is ``count(*)``, what counts different values alone, and what was grouped or made
    distinct on the way: then it is no longer the relation's rows that are added up.
    """
    found: dict[Added, None] = {}
    for scope in traverse_scope(typed.tree):
        for node in scope.find_all(exp.Sum, exp.Count):
            value = node.this
            if isinstance(node, exp.Count) and not isinstance(value, exp.Column):
                continue
            if not isinstance(value, exp.Distinct):
                for column in value.find_all(exp.Column):
                    for table, name in _origins(scope, column):
                        added = Added(node.key, table.db, table.name, name)
                        found.setdefault(added)
    return list(found)


def _origins(scope: Scope, column: exp.Column) -> Iterator[tuple[exp.Table, str]]:
    """The relations' columns whose values a column passes on row by row."""
    source = scope.sources.get(column.table)
    if isinstance(source, exp.Table):
        yield source, column.name
    elif isinstance(source, Scope):
        query = source.expression
        if isinstance(query, exp.Query) and column.name in query.named_selects:
            yield from _passed_on(source, query.named_selects.index(column.name))


def _passed_on(scope: Scope, place: int) -> Iterator[tuple[exp.Table, str]]:
    query = scope.expression
    if isinstance(query, exp.SetOperation) and not query.args.get("distinct"):
        for part in scope.set_operation_scopes:
            yield from _passed_on(part, place)
    elif isinstance(query, exp.Select) and not _merges_rows(query, scope):
        for column in query.selects[place].find_all(exp.Column):
            yield from _origins(scope, column)


def _merges_rows(query: exp.Select, scope: Scope) -> bool:
    return bool(
        query.args.get("group")
        or query.args.get("distinct")
        or any(not isinstance(node.parent, exp.Window) for node in scope.find_all(exp.AggFunc))
    )
