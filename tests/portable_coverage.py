"""Which kinds of values the cases of the portable set give to each argument of each function.

NULL, an empty value, a negative one, one at a boundary, and one of a wrong type: each where it
makes sense for what the argument may be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from dueng_analytics.dialect.portable import Argument, Function, arguments, portable_set
from tests.portable_cases import Case, bound, cases

_SENSIBLE: Mapping[str, frozenset[str]] = {
    "varchar": frozenset({"null", "empty", "boundary"}),
    "boolean": frozenset({"null"}),
    "integer": frozenset({"null", "negative", "boundary"}),
    "bigint": frozenset({"null", "negative", "boundary"}),
    "double": frozenset({"null", "negative", "boundary"}),
    "number": frozenset({"null", "negative", "boundary"}),
    "date": frozenset({"null", "negative", "boundary"}),
    "timestamp": frozenset({"null", "negative", "boundary"}),
    "timestamptz": frozenset({"null", "negative", "boundary"}),
    "time": frozenset({"null", "negative", "boundary"}),
    "json": frozenset(),
    "varbinary": frozenset({"null", "empty"}),
    "array": frozenset({"null", "empty", "boundary"}),
    "map": frozenset({"null", "empty"}),
    "scalar": frozenset({"null", "empty", "negative"}),
    "any": frozenset({"null"}),
}
"""By kind of an argument. At the boundary: texts beyond ASCII, arrays that hold NULL, the largest
and least whole numbers, what is no number, leap days and the last moments of a day."""
_LEAST_BOUNDARY = 2**31 - 1


@dataclass(frozen=True, order=True)
class Cell:
    """A function's argument that is given a kind of value."""

    function: str
    argument: str
    value: str


def wanted() -> set[Cell]:
    """What the cases are to hold."""
    return {
        Cell(function.name, name, value)
        for function in portable_set().functions
        for name, argument in function.takes.items()
        if name not in function.literal
        for value in _wanted_of(argument)
    }


def _wanted_of(argument: Argument) -> set[str]:
    values = {value for kind in argument.kinds for value in _SENSIBLE.get(kind, ())}
    if values and not {"any", "scalar", "star"} & set(argument.kinds):
        values.add("wrong type")
    return values


def present() -> set[Cell]:
    """What the cases hold."""
    return {cell for case in cases() for cell in cells_of(case)}


def cells_of(case: Case) -> Iterator[Cell]:
    """What one case holds."""
    tree = bound(case.sql).tree
    columns = _given_columns(tree)
    known = portable_set()
    for node in tree.walk():
        function = known.function(node)
        if function is None:
            continue
        for name, argument, value in arguments_of(node, function):
            inner = _unwrapped(value)
            given = columns.get((inner.table, inner.name), []) if _is_column(inner) else [inner]
            for item in given:
                for kind in kinds_of(item):
                    yield Cell(function.name, name, kind)
            if case.fails and not argument.accepts(inner):
                yield Cell(function.name, name, "wrong type")


def arguments_of(node: exp.Expr, function: Function) -> Iterator[tuple[str, Argument, exp.Expr]]:
    """The arguments of a call with what they may be; those that repeat have the last one's name."""
    for name, value in arguments(node):
        known = name if name in function.takes else next(reversed(function.takes), None)
        if known is not None:
            yield known, function.takes[known], value


def _given_columns(tree: exp.Expr) -> dict[tuple[str, str], list[exp.Expr]]:
    """The values of each column of each relation of rows that a statement holds."""
    found: dict[tuple[str, str], list[exp.Expr]] = {}
    for values in tree.find_all(exp.Values):
        alias = values.args.get("alias")
        for place, column in enumerate(alias.columns if alias is not None else ()):
            found[alias.name, column.name] = [
                row.expressions[place] if isinstance(row, exp.Tuple) else row
                for row in values.expressions
            ]
    return found


def kinds_of(value: exp.Expr) -> Iterator[str]:
    """What a value is, as far as its text shows it."""
    inner = value
    while isinstance(inner, (exp.Paren, exp.Cast, exp.ParseJSON, exp.Encode)):
        inner = inner.this
    if isinstance(inner, exp.Null):
        yield "null"
    elif isinstance(inner, exp.Literal) and inner.is_string:
        text = inner.name
        is_time = isinstance(value, exp.Cast) and value.to.this in exp.DataType.TEMPORAL_TYPES
        if not text:
            yield "empty"
        if is_time and text < "1970":
            yield "negative"
        if is_time and ("-02-29" in text or "23:59:59" in text or "12-31" in text):
            yield "boundary"
        if not is_time and not text.isascii():
            yield "boundary"
    elif isinstance(inner, exp.Literal) and _is_extreme(inner):
        yield "boundary"
    elif isinstance(inner, exp.Neg):
        yield "negative"
        if isinstance(inner.this, exp.Literal) and _is_extreme(inner.this):
            yield "boundary"
    elif isinstance(inner, exp.Div):
        yield "boundary"
    elif isinstance(inner, (exp.Array, exp.Map)):
        items = list(inner.find_all(exp.Literal, exp.Null, exp.Boolean))
        if not items:
            yield "empty"
        if any(isinstance(item, exp.Null) for item in items):
            yield "boundary"


def _is_extreme(number: exp.Literal) -> bool:
    return not number.is_string and float(number.name) >= _LEAST_BOUNDARY


def _is_column(value: exp.Expr) -> bool:
    return isinstance(value, exp.Column)


def _unwrapped(value: exp.Expr) -> exp.Expr:
    """The value itself, without ORDER BY, DISTINCT or the condition of a branch around it."""
    while isinstance(value, (exp.Order, exp.Distinct, exp.Paren, exp.If)):
        if isinstance(value, exp.If):
            value = value.args["true"]
        else:
            value = value.expressions[0] if isinstance(value, exp.Distinct) else value.this
    return value
