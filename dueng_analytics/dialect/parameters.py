"""Values put into a statement's tree: named parameters, and a fixed current time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from sqlglot import exp

from dueng_analytics.dialect.statement import Statement
from dueng_analytics.errors import SqlError, near_names

Value = str | int | float | bool | date | datetime | None


def with_parameters(statement: Statement, values: Mapping[str, Value]) -> Statement:
    """The statement with every ``:name`` replaced by the literal of its value.

    A value goes into the tree, never into text, so no value can change what the statement does.
    Times are naive UTC and become ``timestamp(3)``; a fraction of a millisecond is cut.

    Raises:
        SqlError: a parameter without a value, a value without a parameter, a ``?``, or a value
            that has no literal.
    """
    tree = statement.tree.copy()
    used: set[str] = set()
    for placeholder in list(tree.find_all(exp.Placeholder)):
        name = placeholder.name
        if not name or name == "?":
            raise SqlError(
                "a parameter has no name",
                where=statement.location(placeholder),
                hint="Write :name instead of a question mark.",
            )
        if name not in values:
            near = near_names(name, values)
            known = ", ".join(f":{key}" for key in values) or "no parameter"
            raise SqlError(
                f"the parameter :{name} has no value",
                where=statement.location(placeholder),
                hint=f"Did you mean :{' or :'.join(near)}?" if near else f"There is {known}.",
            )
        used.add(name)
        placeholder.replace(literal(values[name]))
    unused = [name for name in values if name not in used]
    if unused:
        raise SqlError(
            f"the statement has no parameter :{unused[0]}",
            where=statement.location(),
            hint="Take the value away, or use it.",
        )
    return _changed(statement, tree) if used else statement


def with_current_time(statement: Statement, now: datetime) -> Statement:
    """The statement in which every current time is one fixed moment.

    ``current_timestamp`` and ``now()`` become a time with zone UTC, ``localtimestamp`` the same
    wall time without zone, ``current_date`` its day: what Athena gives, whose sessions are UTC.

    Args:
        now: naive UTC.

    Raises:
        SqlError: ``current_time`` or ``localtime``, for which no column type exists.
    """
    tree = statement.tree.copy()
    moments = list(
        tree.find_all(
            exp.CurrentTimestamp,
            exp.CurrentDate,
            exp.Localtimestamp,
            exp.CurrentTime,
            exp.Localtime,
        )
    )
    for node in moments:
        if isinstance(node, exp.CurrentTimestamp):
            zoned = exp.Literal.string(f"{_wall_time(now)} UTC")
            node.replace(exp.cast(zoned, _type("timestamp(3) with time zone")))
        elif isinstance(node, exp.Localtimestamp):
            node.replace(literal(now))
        elif isinstance(node, exp.CurrentDate):
            node.replace(literal(now.date()))
        else:
            raise SqlError(
                "a time of day has no column type here",
                where=statement.location(node),
                hint="Use localtimestamp, or hour(…) of it.",
            )
    return _changed(statement, tree) if moments else statement


def literal(value: Value) -> exp.Expr:
    """The literal of a Python value, in the type that Athena gives it; None is NULL.

    Raises:
        SqlError: a number that is not finite, a time with zone, or a value of another type.
    """
    if value is None:
        return exp.null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, str):
        return exp.Literal.string(value)
    if isinstance(value, int):
        number: exp.Expr = exp.Literal.number(abs(value))
        return exp.Neg(this=number) if value < 0 else number
    if isinstance(value, float):
        if not math.isfinite(value):
            raise SqlError(f"{value} cannot be a parameter", hint="Give a finite number.")
        # Without an exponent Athena would take it for a decimal.
        number = exp.Literal.number(f"{abs(value)!r}" + ("" if "e" in repr(value) else "e0"))
        return exp.Neg(this=number) if value < 0 else number
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            raise SqlError("a time with zone cannot be a parameter", hint="Give naive UTC.")
        return exp.cast(exp.Literal.string(_wall_time(value)), _type("timestamp(3)"))
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), _type("date"))
    raise SqlError(
        f"a {type(value).__name__} cannot be a parameter",
        hint="Give text, a number, true or false, a date or a time.",
    )


def _wall_time(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")


def _type(text: str) -> exp.DataType:
    return exp.DataType.build(text, dialect="trino")


def _changed(statement: Statement, tree: exp.Query) -> Statement:
    text = tree.sql("athena", pretty=True, normalize_functions="lower")
    return replace(statement, tree=tree, text=text, changed=True)
