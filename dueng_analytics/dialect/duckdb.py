"""Typed Athena SQL → DuckDB SQL: the named rewrites, then sqlglot's generator."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from dueng_analytics.dialect.rewrites import MACROS, REWRITES
from dueng_analytics.dialect.statement import source_tables
from dueng_analytics.dialect.typing import Typed

DUCKDB_MACROS = MACROS


def to_duckdb(typed: Typed, rename: Callable[[str, str], tuple[str, str]] | None = None) -> str:
    """The DuckDB statement that gives what Athena gives for the same rows.

    Args:
        rename: schema and name of a relation by family and name; the family itself by default.
    """
    tree: exp.Expr = typed.tree.copy()
    if rename is not None:
        for table in source_tables(tree):
            database, name = rename(table.db, table.name)
            table.set("this", exp.to_identifier(name, quoted=True))
            table.set("db", exp.to_identifier(database, quoted=True) if database else None)
    for rewrite in REWRITES:
        tree = tree.transform(rewrite, copy=False)
    return tree.sql("duckdb", pretty=True)
