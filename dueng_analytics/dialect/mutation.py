"""Mutants of a statement: the same tree with one place changed the way people get it wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from sqlglot import exp

from dueng_analytics.dialect.mutation_operators import OPERATORS
from dueng_analytics.dialect.result_types import add_types
from dueng_analytics.dialect.statement import position
from dueng_analytics.dialect.typing import Typed


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to a statement; ``place`` counts the places of one operator in one statement.

    ``output`` is the output column that the changed place is a part of, if it is of just one.
    """

    operator: str
    place: int
    line: int
    before: str
    after: str
    output: str | None
    original: Typed
    replacements: tuple[tuple[exp.Expr, exp.Expr], ...]

    def applied(self) -> AbstractContextManager[Typed]:
        """The changed statement, for as long as the block lasts."""
        return replaced(self.original, *self.replacements)


def mutants(typed: Typed) -> Iterator[Mutant]:
    """Every mutant of a bound statement: operator by operator, places in the order of the tree."""
    nodes = [node for node in typed.tree.walk(bfs=False) if not _belongs_to_type(node)]
    for name, operator in OPERATORS.items():
        place = 0
        for node in nodes:
            changes = list(operator(node))
            line = position(node)[0] if changes else 0
            for change in changes:
                yield Mutant(
                    name, place, line, change.before, change.after, output_of(node, typed), typed,
                    change.replacements,
                )  # fmt: skip
            place += bool(changes)


def output_of(node: exp.Expr, typed: Typed) -> str | None:
    """The output column of a statement in whose expression a node stands, or None outside them."""
    while node.parent is not None and node.parent is not typed.tree:
        node = node.parent
    is_output = node.parent is not None and node.arg_key == "expressions"
    return node.output_name if is_output and isinstance(typed.tree, exp.Select) else None


@contextmanager
def replaced(typed: Typed, *replacements: tuple[exp.Expr, exp.Expr]) -> Iterator[Typed]:
    """The statement with nodes exchanged, each for the one beside it, until the block ends.

    The tree itself is changed and put back: copying one for each mutant takes longer than running
    the mutant. A node that is the whole tree is the only one.
    """
    for _, new in replacements:
        add_types(new)
    if replacements[0][0].parent is None:
        ((_, whole),) = replacements
        assert isinstance(whole, exp.Query)
        yield Typed(typed.statement, whole)
        return
    for old, new in replacements:
        old.replace(new)
    try:
        yield typed
    finally:
        for old, new in reversed(replacements):
            new.replace(old)


def _belongs_to_type(node: exp.Expr) -> bool:
    return isinstance(node, exp.DataType) or node.find_ancestor(exp.DataType) is not None
