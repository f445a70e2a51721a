"""What is said about a construct that is not portable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from dueng_analytics.dialect.portable import portable_set
from dueng_analytics.dialect.statement import position

_OPERATORS: Mapping[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Between: "between",
    exp.DPipe: "||",
    exp.Div: "/",
    exp.EQ: "=",
    exp.Except: "except",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.In: "in",
    exp.Intersect: "intersect",
    exp.Interval: "interval",
    exp.Is: "is",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.Like: "like",
    exp.Mul: "*",
    exp.NEQ: "<>",
    exp.Sub: "-",
    exp.Union: "union",
    exp.Unnest: "unnest",
    exp.Window: "over",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One construct that is not portable, with the line in the statement's text."""

    construct: str
    reason: str
    hint: str
    line: int


class Refused(Exception):
    """Raised inside the translation at the node that has no exact counterpart."""

    def __init__(self, node: exp.Expr, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.node = node
        self.reason = reason
        self.hint = hint


OTHERWISE = "Write it with what docs/sql-style.md lists as portable."


def construct(node: exp.Expr) -> str:
    """How a person would call a node: the function's name, the operator, or the syntax."""
    function = portable_set().function(node)
    if function is not None:
        return function.name
    if isinstance(node, exp.Anonymous):
        return str(node.name).lower()
    if isinstance(node, exp.Func):
        return (type(node)._sql_names or [type(node).__name__])[0].lower()
    if isinstance(node, exp.Column):
        return f"the column {node.name}".strip()
    return _OPERATORS.get(type(node)) or type(node).__name__


def problem_at(node: exp.Expr, more: str, reason: str, hint: str) -> Problem:
    """The problem of a construct, told with its name, more words behind it, and its line."""
    name = f"{construct(node)} {more}".strip()
    return Problem(name, reason, hint, position(node)[0])
