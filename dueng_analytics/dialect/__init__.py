"""Athena SQL as syntax trees: parse, refer, type, translate. The only importer of sqlglot."""

from dueng_analytics.dialect.duckdb import NATIVE, macros_of, to_duckdb
from dueng_analytics.dialect.emptiness import is_empty_over_nothing
from dueng_analytics.dialect.parameters import Value, with_current_time, with_parameters
from dueng_analytics.dialect.render import Dialect, quoted, render
from dueng_analytics.dialect.statement import Reference, Statement, parse_query, references
from dueng_analytics.dialect.sums import Added, added_up
from dueng_analytics.dialect.typing import Typed, bind

__all__ = [
    "NATIVE",
    "Added",
    "Dialect",
    "Reference",
    "Statement",
    "Typed",
    "Value",
    "added_up",
    "bind",
    "is_empty_over_nothing",
    "macros_of",
    "parse_query",
    "quoted",
    "references",
    "render",
    "to_duckdb",
    "with_current_time",
    "with_parameters",
]
