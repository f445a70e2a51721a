"""One SELECT in Athena SQL: parsed, with its place, and the relations that it refers to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from dueng_analytics.errors import Location, SqlError

READ = "athena"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Statement:
    """A parsed query; ``tree`` is never changed, every step works on a copy."""

    tree: exp.Query
    text: str
    label: str
    path: Path | None = None
    changed: bool = False
    """Whether values were put into the tree, so that its places are no longer those of the text."""

    def location(self, node: exp.Expr | None = None) -> Location | str:
        """The file and line of a node, or the label of a statement that has no file."""
        line, column = position(node) if node is not None else (0, 0)
        if self.path is not None:
            return Location(self.path, line, column)
        return f"{self.label}, line {line}" if line else self.label


@dataclass(frozen=True, slots=True)
class Reference:
    """A relation as a statement names it: one to three parts, with its line."""

    parts: tuple[str, ...]
    line: int

    @property
    def text(self) -> str:
        return ".".join(self.parts)


def parse_query(text: str, *, label: str = "query", path: Path | None = None) -> Statement:
    """The one query that a text holds; a closing semicolon is accepted.

    Raises:
        SqlError: it does not parse, holds several statements, or is no query.
    """
    where = Location(path) if path is not None else label
    try:
        trees = [tree for tree in sqlglot.parse(text, read=READ) if tree is not None]
    except ParseError as error:
        detail = error.errors[0] if error.errors else {}
        line, column = int(detail.get("line") or 0), int(detail.get("col") or 0)
        place = Location(path, line, column) if path else f"{label}, line {line}, column {column}"
        reason = str(detail.get("description") or "not understood").rstrip(".")
        near = _ANSI.sub("", str(detail.get("highlight") or ""))
        raise SqlError(
            f"SQL syntax: {reason[0].lower()}{reason[1:]}" + (f", at {near!r}" if near else ""),
            where=place,
        ) from None
    except SqlglotError as error:
        raise SqlError(f"SQL syntax: {_ANSI.sub('', str(error))}", where=where) from None
    if not trees:
        raise SqlError("there is no statement", where=where, hint="Give one SELECT.")
    if len(trees) > 1:
        raise SqlError(
            f"there are {len(trees)} statements", where=where, hint="Give one SELECT at a time."
        )
    tree = trees[0]
    if not isinstance(tree, exp.Query):
        raise SqlError(
            f"{tree.key.upper()} is not a query",
            where=where,
            hint="Only SELECT, with or without WITH, is run; nothing is ever changed.",
        )
    return Statement(tree=_as_written(tree), text=text, label=label, path=path)


def _as_written(tree: exp.Query) -> exp.Query:
    """The tree with two functions where sqlglot puts one: ``lower(to_hex(x))``."""
    for node in list(tree.find_all(exp.LowerHex)):
        node.replace(exp.Lower(this=exp.Hex(this=node.this)))
    return tree


def references(statement: Statement) -> tuple[Reference, ...]:
    """The relations that a statement reads, each spelling once, in order of appearance.

    Names of common table expressions are told apart by scope, so a CTE may carry the name of the
    relation that it reads.
    """
    found: dict[tuple[str, ...], Reference] = {}
    for table in source_tables(statement.tree):
        parts = tuple(part.name for part in table.parts)
        line, _ = position(table)
        found.setdefault(parts, Reference(parts, line))
    return tuple(found.values())


def source_tables(tree: exp.Expr) -> list[exp.Table]:
    """The table nodes of a tree that are relations and not CTEs, in order of appearance."""
    tables: dict[int, exp.Table] = {}
    for scope in traverse_scope(tree):
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
                tables[id(source)] = source
    order = {id(node): index for index, node in enumerate(tree.walk(bfs=False))}
    return sorted(tables.values(), key=lambda table: order.get(id(table), 0))


def position(node: exp.Expr) -> tuple[int, int]:
    """Line and column of a node: its own, or the first one known below or above it."""
    for candidate in node.walk(bfs=False):
        if "line" in candidate.meta:
            return int(candidate.meta["line"]), int(candidate.meta.get("col") or 0)
    parent = node.parent
    while parent is not None:
        if "line" in parent.meta:
            return int(parent.meta["line"]), 0
        for candidate in parent.walk(bfs=False):
            if "line" in candidate.meta:
                return int(candidate.meta["line"]), 0
        parent = parent.parent
    return 0, 0
