"""Typed Athena SQL → DuckDB SQL: the named rewrites, then sqlglot's generator."""

from __future__ import annotations

from sqlglot import exp

from dueng_analytics.dialect.rewrites import MACROS, REWRITES
from dueng_analytics.dialect.typing import Typed

DUCKDB_MACROS = MACROS


def to_duckdb(typed: Typed) -> str:
    """The DuckDB statement that gives what Athena gives for the same rows."""
    tree: exp.Expr = typed.tree.copy()
    for rewrite in REWRITES:
        tree = tree.transform(rewrite, copy=False)
    return tree.sql("duckdb", pretty=True)
