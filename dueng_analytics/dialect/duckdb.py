"""Typed Athena SQL → DuckDB SQL: the named rewrites, then sqlglot's generator."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from dueng_analytics.dialect.allowlist import (
    check_portable,
    portability_error,
)
from dueng_analytics.dialect.copying import copied
from dueng_analytics.dialect.problem import Refused, problem_at
from dueng_analytics.dialect.rewrites import NATIVE, macros_of, rewritten
from dueng_analytics.dialect.statement import source_tables
from dueng_analytics.dialect.typing import Typed

__all__ = ["NATIVE", "macros_of", "to_duckdb"]


def to_duckdb(typed: Typed, rename: Callable[[str, str], tuple[str, str]] | None = None) -> str:
    """The DuckDB statement that gives what Athena gives for the same rows.

    Args:
        rename: schema and name of a relation by family and name; the family itself by default.

    Raises:
        SqlError: a construct that is not portable or has no exact translation, with its line.
    """
    check_portable(typed)
    tree: exp.Expr = copied(typed.tree)
    if rename is not None:
        for table in source_tables(tree):
            database, name = rename(table.db, table.name)
            table.set("this", exp.to_identifier(name, quoted=True))
            table.set("db", exp.to_identifier(database, quoted=True) if database else None)
    try:
        tree = rewritten(tree)
    except Refused as refused:
        problem = problem_at(refused.node, "", refused.reason, refused.hint)
        raise portability_error(typed.statement, problem) from None
    return tree.sql("duckdb", pretty=True, normalize_functions="lower", copy=False)
