"""What a lint rule looks at, and what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from dueng_analytics.dialect.lineage import Lineage
from dueng_analytics.dialect.statement import Statement, position
from dueng_analytics.dialect.typing import Typed

_QUOTED_OR_NOT = re.compile(r"'(?:[^']|'')*'|[^']+")

RelationColumn = tuple[str, str, str]
"""Family, relation and column."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A statement as it was written and as it was bound, with what its columns come from.

    ``merged_maps`` are the columns of other relations that hold a ``map_concat``.
    """

    typed: Typed
    lineage: Lineage
    merged_maps: frozenset[RelationColumn] = frozenset()

    @property
    def statement(self) -> Statement:
        return self.typed.statement


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that breaks a rule: what is there, and the way out; line 0 where none is known."""

    what: str
    hint: str
    line: int


Rule = Callable[[Subject], Iterator[Finding]]


def finding(node: exp.Expr, what: str, hint: str) -> Finding:
    """The finding at a node's line."""
    return Finding(what, hint, position(node)[0])


def text(node: exp.Expr) -> str:
    """A node as its author could have written it, on one line and not too long."""
    printed = node.sql("athena", normalize_functions="lower")
    # Keywords are printed in upper case; what stands in quotes is the author's.
    lower = _QUOTED_OR_NOT.sub(lambda m: m[0] if m[0][0] == "'" else m[0].lower(), printed)
    whole = " ".join(lower.split())
    return whole if len(whole) <= 60 else f"{whole[:59]}…"
