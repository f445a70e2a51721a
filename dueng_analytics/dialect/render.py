"""A bound statement as text to paste: its author's own, with the relations' physical names."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from sqlglot import exp

from dueng_analytics.dialect.duckdb import to_duckdb
from dueng_analytics.dialect.statement import source_tables
from dueng_analytics.dialect.typing import Typed

Dialect = Literal["athena", "trino", "duckdb"]
Rename = Callable[[str, str], tuple[str, str]]

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def render(typed: Typed, dialect: Dialect, rename: Rename | None = None) -> str:
    """The statement in a dialect, without a closing semicolon.

    For Athena and Trino it is the text as it was written, comments and line breaks included, in
    which each relation is named by database and name. For DuckDB it is the translation.

    Args:
        rename: database and name of a relation by family and name; the family itself by default.

    Raises:
        SqlError: a construct that has no exact translation, for DuckDB.
    """
    rename = rename or (lambda family, name: (family, name))
    if dialect == "duckdb":
        return to_duckdb(typed, rename)
    return _printed(typed, rename) if typed.statement.changed else _spliced(typed, rename)


def _printed(typed: Typed, rename: Rename) -> str:
    """The bound tree as text: values were put into it, so the author's text is another one."""
    tree = typed.tree.copy()
    for table in source_tables(tree):
        database, name = rename(table.db, table.name)
        table.set("this", exp.to_identifier(name, quoted=not _PLAIN.fullmatch(name)))
        table.set("db", exp.to_identifier(database, quoted=not _PLAIN.fullmatch(database)))
    return tree.sql("athena", pretty=True, normalize_functions="lower")


def _spliced(typed: Typed, rename: Rename) -> str:
    text = typed.statement.text.rstrip().rstrip(";").rstrip()
    places = {
        (table.meta["start"], table.meta["end"]): table
        for table in source_tables(typed.tree)
        if "start" in table.meta
    }
    for (start, end), table in sorted(places.items(), reverse=True):
        database, name = rename(table.db, table.name)
        named = ".".join(quoted(part) for part in (database, name) if part)
        # Columns may be qualified by the name that the relation had here.
        if not table.meta["aliased"] and name != table.alias:
            named += f" as {quoted(table.alias)}"
        text = text[:start] + named + text[end:]
    return text


def quoted(name: str) -> str:
    """An identifier as Athena's SELECT wants it: in double quotes unless it is plain."""
    return exp.to_identifier(name, quoted=not _PLAIN.fullmatch(name)).sql("athena")
