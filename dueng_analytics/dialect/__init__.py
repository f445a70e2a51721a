"""Athena SQL as syntax trees: parse, refer, type, translate. The only importer of sqlglot."""

from dueng_analytics.dialect.duckdb import DUCKDB_MACROS, to_duckdb
from dueng_analytics.dialect.statement import Reference, Statement, parse_query, references
from dueng_analytics.dialect.typing import Typed, bind

__all__ = [
    "DUCKDB_MACROS",
    "Reference",
    "Statement",
    "Typed",
    "bind",
    "parse_query",
    "references",
    "to_duckdb",
]
