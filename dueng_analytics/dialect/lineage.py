"""Where the columns of a bound statement come from: through CTEs, subqueries and set operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from dueng_analytics.dialect.typing import Typed


@dataclass(frozen=True)
class Lineage:
    """The scopes of a bound statement, each after those that it reads; the root comes last."""

    typed: Typed

    @cached_property
    def scopes(self) -> Sequence[Scope]:
        return traverse_scope(self.typed.tree)

    @property
    def root(self) -> Scope:
        return self.scopes[-1]

    @cached_property
    def _owners(self) -> Mapping[int, Scope]:
        """The innermost scope that a column stands in, by the column's identity."""
        return {
            id(node): scope
            for scope in self.scopes
            for node in scope.walk()
            if isinstance(node, exp.Column)
        }

    def scope(self, column: exp.Column) -> Scope | None:
        """The innermost scope that a column stands in."""
        return self._owners.get(id(column))

    def source(self, column: exp.Column) -> exp.Table | Scope | None:
        """The relation, CTE, subquery or UNNEST that a column is read from."""
        scope = self.scope(column)
        while scope is not None:
            if column.table in scope.sources:
                found: exp.Table | Scope = scope.sources[column.table]
                return found
            scope = scope.parent
        return None

    def definitions(self, column: exp.Column) -> Iterator[exp.Expr]:
        """What a column's values are made by: expressions that are no mere columns.

        The search goes through CTEs, subqueries and every side of a set operation. It ends at a
        column of a relation or of an UNNEST, which is then given itself.
        """
        yield from self._definitions(column, set())

    def _definitions(self, column: exp.Column, seen: set[int]) -> Iterator[exp.Expr]:
        if id(column) in seen:
            return
        seen.add(id(column))
        source = self.source(column)
        if not isinstance(source, Scope) or not isinstance(source.expression, exp.Query):
            yield column
            return
        for value in outputs(source.expression, column.name):
            if isinstance(value, exp.Column):
                yield from self._definitions(value, seen)
            else:
                yield value

    def relation(self, column: exp.Column) -> tuple[str, str] | None:
        """Family and name of the relation that a column is read from, if it is one."""
        source = self.source(column)
        return (source.db, source.name) if isinstance(source, exp.Table) else None


def selects(query: exp.Expr) -> Iterator[exp.Select]:
    """The SELECTs whose rows a query gives: itself, or the sides of a set operation."""
    if isinstance(query, exp.SetOperation):
        yield from selects(query.left)
        yield from selects(query.right)
    elif isinstance(query, (exp.Subquery, exp.Paren)):
        yield from selects(query.this)
    elif isinstance(query, exp.Select):
        yield query


def outputs(query: exp.Expr, name: str) -> Iterator[exp.Expr]:
    """The expressions of an output column, one for each side of a set operation.

    A column is known by the name that the first side gives, and by its place on the others.
    """
    places: list[int] = []
    for number, select in enumerate(selects(query)):
        if number == 0:
            places = [
                place for place, item in enumerate(select.selects) if item.output_name == name
            ]
        for place in places[:1]:
            if place < len(select.selects):
                yield unaliased(select.selects[place])


def unaliased(node: exp.Expr) -> exp.Expr:
    """An expression without its name and the brackets around it."""
    while isinstance(node, (exp.Alias, exp.Paren)):
        node = node.this
    return node
