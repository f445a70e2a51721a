"""What is said of a column that a statement names and that cannot be found."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from sqlglot import exp
from sqlglot.errors import OptimizeError

from dueng_analytics.dialect.statement import Statement, position
from dueng_analytics.errors import Location, SqlError, near_names

_LINE = re.compile(r"\.? Line: (\d+), Col: (\d+)")
_COLUMN = re.compile(
    r"(?:Column '(\w+)' could not be resolved(?: for table: '(\w+)')?|Unknown column: (\w+))"
)
_OWN_NAME = (
    "On Athena only ORDER BY sees the names that its SELECT gives:"
    " write the expression again, or name it in a WITH."
)


def unresolved(
    statement: Statement, error: OptimizeError, relations: Mapping[str, Collection[str]]
) -> SqlError:
    """The error for a name that could not be resolved, with its place and the way out.

    Args:
        error: what sqlglot says.
        relations: names of the columns of every relation that the statement reads.
    """
    text = str(error)
    match = _LINE.search(text)
    line, column = (int(match[1]), int(match[2])) if match else (0, 0)
    text = _LINE.sub("", text)
    found = _COLUMN.match(text)
    if found is None:
        return SqlError(text[0].lower() + text[1:], where=_place(statement, line, column))
    name, table = found[1] or found[3], found[2]
    if not line:
        line, column = _named(statement, name)
    what, hint = _told(statement, name, table, relations)
    return SqlError(what, where=_place(statement, line, column), hint=hint)


def _told(
    statement: Statement, name: str, table: str | None, relations: Mapping[str, Collection[str]]
) -> tuple[str, str]:
    folded = name.lower()
    having = [relation for relation, columns in relations.items() if folded in columns]
    if table is None and len(having) > 1:
        return (
            f"the column {name!r} is in {' and in '.join(having)}",
            f"Say which one is meant, by the name or alias of its relation: …{name}.",
        )
    if folded in {alias.alias.lower() for alias in statement.tree.find_all(exp.Alias)}:
        return f"there is no column {name!r}", _OWN_NAME
    what = f"there is no column {name!r}" + (f" in {table}" if table is not None else "")
    near = near_names(name, {column for columns in relations.values() for column in columns})
    if near and folded not in near:
        return what, f"Did you mean {' or '.join(near)}?"
    shown = " and ".join(f"`dueng show {relation}`" for relation in relations)
    return what, f"The columns are listed by {shown or '`dueng show`'}."


def _named(statement: Statement, name: str) -> tuple[int, int]:
    """Line and column of the first mention of a column."""
    for column in statement.tree.find_all(exp.Column):
        if column.name.lower() == name.lower():
            return position(column)
    return 0, 0


def _place(statement: Statement, line: int, column: int) -> str:
    if not line:
        return str(statement.location())
    if statement.path is not None:
        return str(Location(statement.path, line, column))
    return f"{statement.label}, line {line}, column {column}"
