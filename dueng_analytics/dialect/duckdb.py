"""Typed Athena SQL → DuckDB SQL: a list of named rewrites, then sqlglot's generator."""

from __future__ import annotations

from dueng_analytics.dialect.typing import Typed

DUCKDB_MACROS: tuple[str, ...] = ()


def to_duckdb(typed: Typed) -> str:
    """The DuckDB statement that gives what Athena gives for the same rows."""
    return typed.tree.sql("duckdb", pretty=True)
