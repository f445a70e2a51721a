"""What is not portable is refused: by construct, with its place and the way out.

A construct is portable when ``portable.yaml`` lists it, its arguments have the listed types, and
Athena would accept it: DuckDB and sqlglot's parser take much that Athena refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.tokenizer_core import Token, TokenType

from dueng_analytics.dialect.portable import Function, PortableSet, arguments, portable_set
from dueng_analytics.dialect.statement import Statement, position
from dueng_analytics.dialect.typing import Typed
from dueng_analytics.errors import SqlError


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


def check_portable(typed: Typed) -> None:
    """Nothing, when every construct of the statement is portable.

    Raises:
        SqlError: the first one that is not, with construct, view and line.
    """
    for problem in portability_problems(typed):
        raise portability_error(typed.statement, problem)


def portability_error(statement: Statement, problem: Problem) -> SqlError:
    """The error for a construct of a statement that is not portable."""
    where = statement.location()
    if problem.line:
        where = f"{where}:{problem.line}" if statement.path else f"{where}, line {problem.line}"
    return SqlError(
        f"{statement.label}: {problem.construct} {problem.reason}",
        where=str(where),
        hint=problem.hint,
    )


def portability_problems(typed: Typed) -> Iterator[Problem]:
    """Every construct of the statement that is not portable, in the order of the tree."""
    if not typed.statement.changed:
        yield from _token_problems(typed.statement.text)
    known = portable_set()
    for node in typed.tree.walk(bfs=False):
        yield from _node_problems(node, known)


def _node_problems(node: exp.Expr, known: PortableSet) -> Iterator[Problem]:
    function = known.function(node)
    if function is not None:
        yield from _function_problems(node, function)
    elif type(node) in known.syntax:
        allowed = known.syntax[type(node)]
        for part, value in node.args.items():
            if part not in allowed and value not in (None, False, []):
                yield _problem(node, f"with {part.strip('_')}", "is not portable", OTHERWISE)
    else:
        yield _problem(node, "", "is not portable", OTHERWISE)
        return
    rule = _RULES.get(type(node))
    if rule is not None:
        yield from rule(node)


OTHERWISE = "Write it with what docs/sql-style.md lists as portable."


def construct(node: exp.Expr) -> str:
    """How a person would call a node: the function's name, the operator, or the syntax."""
    function = portable_set().function(node)
    if function is not None:
        return function.name
    if isinstance(node, exp.Anonymous):
        return str(node.name).lower()
    if isinstance(node, exp.Func):
        return node.sql_name().lower()
    return _OPERATORS.get(type(node)) or type(node).__name__


def _problem(node: exp.Expr, more: str, reason: str, hint: str) -> Problem:
    name = f"{construct(node)} {more}".strip()
    return Problem(name, reason, hint, position(node)[0])


def _function_problems(node: exp.Expr, function: Function) -> Iterator[Problem]:
    given: dict[str, list[exp.Expr]] = {}
    for name, value in arguments(node):
        given.setdefault(name, []).append(value)
    if not isinstance(node, exp.Anonymous):
        for name, value in node.args.items():
            if name not in function.takes and value not in (None, False, []):
                yield _problem(node, f"with {name.strip('_')}", "is not portable", OTHERWISE)
                return
    for name in [name for name in given if name not in function.takes]:
        last = list(function.takes.values())[-1] if function.takes else None
        if last is None or not last.repeated:
            yield _problem(node, "", "has too many arguments", OTHERWISE)
            return
        given.setdefault(list(function.takes)[-1], []).extend(given.pop(name))
    for name, argument in function.takes.items():
        values = given.get(name, [])
        is_flag = name in node.args and not isinstance(node.args[name], (list, exp.Expr))
        if not values and not argument.optional and not argument.repeated and not is_flag:
            yield _problem(node, "", "lacks an argument", OTHERWISE)
        for value in values:
            inner = _unwrapped(value)
            if name == "this" and _is_compared_in_case(node):
                continue
            if not argument.accepts(inner):
                yield _problem(
                    node,
                    "",
                    f"takes {argument.text}, not {_type_text(inner)}",
                    "Cast the argument explicitly; Athena converts nothing here.",
                )
            elif name in function.literal and not _is_constant(inner):
                yield _problem(node, "", "needs a constant here", "Write the value itself.")
    if function.alike:
        yield from _alike_problems(node, [_unwrapped(value) for _, value in arguments(node)])


def _is_compared_in_case(node: exp.Expr) -> bool:
    """Whether a branch belongs to ``case x when y``, which compares y with x."""
    case = node.parent
    return isinstance(node, exp.If) and isinstance(case, exp.Case) and case.this is not None


def _unwrapped(value: exp.Expr) -> exp.Expr:
    """The value itself, without the ORDER BY or DISTINCT that an aggregate has around it."""
    while isinstance(value, (exp.Order, exp.Distinct)):
        value = value.expressions[0] if isinstance(value, exp.Distinct) else value.this
    return value


def _is_constant(value: exp.Expr) -> bool:
    return isinstance(value, (exp.Literal, exp.JSONPath)) or (
        isinstance(value, exp.Neg) and isinstance(value.this, exp.Literal)
    )


def _type_text(value: exp.Expr) -> str:
    if isinstance(value, exp.Lambda):
        return "a lambda"
    if value.type is None or value.type.this == exp.DType.UNKNOWN:
        return "an unknown type"
    return value.type.sql("trino").lower()


# Types by family: Athena converts within one, and nothing between them.
_FAMILIES: Mapping[exp.DType, str] = {
    **dict.fromkeys((exp.DType.INT, exp.DType.BIGINT, exp.DType.DOUBLE), "number"),
    **dict.fromkeys((exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.CHAR), "text"),
    **dict.fromkeys((exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ), "time"),
    exp.DType.BOOLEAN: "boolean",
    exp.DType.ARRAY: "array",
    exp.DType.LIST: "array",
    exp.DType.MAP: "map",
    exp.DType.STRUCT: "row",
    exp.DType.JSON: "json",
    exp.DType.INTERVAL: "interval",
    exp.DType.VARBINARY: "binary",
}
_NESTED = frozenset({"array", "map", "row", "json"})


def family(value: exp.Expr) -> str | None:
    """The family of types that a value belongs to; None for NULL, "unknown" for the rest."""
    kind = value.type.this if value.type is not None else exp.DType.UNKNOWN
    if isinstance(value, exp.Null) or kind == exp.DType.NULL:
        return None
    return _FAMILIES.get(kind, "unknown")


def _alike_problems(node: exp.Expr, values: list[exp.Expr]) -> Iterator[Problem]:
    found = {name: value for value in values if (name := family(value)) is not None}
    if len(found) > 1:
        one, other = list(found.values())[:2]
        yield _problem(
            node,
            "",
            f"mixes {_type_text(one)} and {_type_text(other)}",
            "Cast one of them explicitly; Athena converts nothing here.",
        )


def _compared(node: exp.Expr) -> Iterator[Problem]:
    sides = [node.this, node.expression]
    yield from _alike_problems(node, sides)
    for side in sides:
        if family(side) in _NESTED:
            yield _problem(
                node,
                "",
                f"compares {_type_text(side)}, in which NULL counts otherwise on Athena",
                "Compare the parts, or a text made of them.",
            )
            return


def _in(node: exp.Expr) -> Iterator[Problem]:
    if node.args.get("query") is None:
        yield from _alike_problems(node, [node.this, *node.expressions])
        if any(isinstance(value, exp.Null) for value in node.expressions):
            reason = "has NULL in its list, with which engines answer in different ways"
            yield _problem(node, "", reason, "Take NULL out of the list.")


def _between(node: exp.Expr) -> Iterator[Problem]:
    yield from _alike_problems(node, [node.this, node.args["low"], node.args["high"]])


def _case(node: exp.Expr) -> Iterator[Problem]:
    results = [branch.args["true"] for branch in node.args["ifs"]]
    if node.args.get("default") is not None:
        results.append(node.args["default"])
    yield from _alike_problems(node, results)
    if node.this is not None:
        yield from _alike_problems(node, [node.this, *(item.this for item in node.args["ifs"])])


def _if(node: exp.Expr) -> Iterator[Problem]:
    if not isinstance(node.parent, exp.Case):
        results = [node.args["true"], node.args.get("false")]
        yield from _alike_problems(node, [value for value in results if value is not None])


def _is(node: exp.Expr) -> Iterator[Problem]:
    if not isinstance(node.expression, exp.Null):
        yield _problem(node, "TRUE or FALSE", "is not Athena SQL", "Write coalesce(x, false).")


def _set_operation(node: exp.Expr) -> Iterator[Problem]:
    if not isinstance(node, exp.SetOperation):
        return
    left, right = node.left.selects, node.right.selects
    if len(left) != len(right):
        reason = f"puts {len(left)} columns over {len(right)}"
        yield _problem(node, "", reason, "Give both sides the same columns.")
        return
    for one, other in zip(left, right, strict=True):
        yield from _alike_problems(node, [one, other])


def _text_join(node: exp.Expr) -> Iterator[Problem]:
    families = [family(side) for side in (node.this, node.expression)]
    if "array" in families:
        return
    for side, name in zip((node.this, node.expression), families, strict=True):
        if name not in ("text", None):
            yield _problem(
                node, "", f"joins texts, not {_type_text(side)}", "Write cast(x as varchar)."
            )


def _text(node: exp.Expr) -> Iterator[Problem]:
    for side in (node.this, node.expression):
        side = side.this if isinstance(side, exp.Escape) else side
        if family(side) not in ("text", None):
            yield _problem(
                node, "", f"compares texts, not {_type_text(side)}", "Write cast(x as varchar)."
            )


def _arithmetic(node: exp.Expr) -> Iterator[Problem]:
    families = [family(side) for side in (node.this, node.expression)]
    if "interval" in families and isinstance(node, (exp.Add, exp.Sub)):
        return
    for side, name in zip((node.this, node.expression), families, strict=True):
        if name not in ("number", None):
            reason = f"calculates with numbers, not {_type_text(side)}"
            hint = "Use date_diff or date_add." if name == "time" else "Cast it to a number."
            yield _problem(node, "", reason, hint)
            return


def _literal(node: exp.Expr) -> Iterator[Problem]:
    if node.is_string or "." not in node.name or "e" in node.name.lower():
        return
    sides = [side for side in _neighbours(node) if side is not node]
    doubled = any(side.type is not None and side.type.this == exp.DType.DOUBLE for side in sides)
    undecided = [side for side in sides if not isinstance(side, exp.Literal)]
    if not (doubled and undecided):
        yield Problem(
            f"the decimal {node.name}",
            "is not portable: decimals calculate otherwise on every engine",
            f"Write the double {node.name}e0.",
            position(node)[0],
        )


def _neighbours(node: exp.Expr) -> list[exp.Expr]:
    """The operands beside a literal, which decide what Athena turns a decimal into."""
    parent = node.parent
    if isinstance(parent, exp.Neg):
        return _neighbours(parent)
    if isinstance(parent, exp.Cast) and parent.to.this == exp.DType.DOUBLE:
        return [parent, node]
    if isinstance(parent, (exp.Predicate, exp.Binary, exp.Between, exp.In, exp.Coalesce)):
        return [value for _, value in arguments(parent)]
    return [node]


def _interval(node: exp.Expr) -> Iterator[Problem]:
    if not (isinstance(node.this, exp.Literal) and node.this.is_string):
        yield _problem(node, "without quotes", "is not Athena SQL", "Write interval '1' day.")


def _window(node: exp.Expr) -> Iterator[Problem]:
    if isinstance(node.this, exp.Filter):
        hint = "Put the condition inside: sum(if(condition, x)) over (…)."
        yield _problem(node, "with filter", "is not Athena SQL", hint)


def _array(node: exp.Expr) -> Iterator[Problem]:
    if node.args.get("bracket_notation"):
        yield _problem(node, "in brackets", "is not Athena SQL", "Write array[…].")


_RULES: Mapping[type[exp.Expr], Callable[[exp.Expr], Iterator[Problem]]] = {
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), _compared),
    **dict.fromkeys((exp.NullSafeEQ, exp.NullSafeNEQ), _compared),
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div), _arithmetic),
    **dict.fromkeys((exp.Union, exp.Intersect, exp.Except), _set_operation),
    exp.Array: _array,
    exp.Between: _between,
    exp.Case: _case,
    exp.DPipe: _text_join,
    exp.If: _if,
    exp.In: _in,
    exp.Interval: _interval,
    exp.Is: _is,
    exp.Like: _text,
    exp.Literal: _literal,
    exp.Window: _window,
}

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


# How other systems write what sqlglot's parser reads as Athena SQL.
_FOREIGN_TOKENS: Mapping[TokenType, str] = {
    TokenType.DCOLON: "Write cast(x as type).",
    TokenType.DAMP: "Write and.",
    TokenType.QUALIFY: "Filter row_number() in an outer query.",
}
_FOREIGN_NAMES = frozenset(Trino.Parser.FUNCTIONS) | frozenset(Trino.Parser.FUNCTION_PARSERS)
# Words that may stand before a bracket and are no call; sqlglot knows functions of their names.
_WORDS = frozenset(("ALL", "ANY", "UNNEST", "VALUES", "TIMESTAMP", "VARCHAR", "DECIMAL", "CHAR"))


@lru_cache(maxsize=256)
def _token_problems(text: str) -> tuple[Problem, ...]:
    """What only the text shows: names and signs that the parser turns into something else."""
    return tuple(_foreign_tokens(text))


def _foreign_tokens(text: str) -> Iterator[Problem]:
    tokens: list[Token] = Trino().tokenize(text)
    known = portable_set().by_name
    for token, following in pairwise(tokens):
        if token.token_type in _FOREIGN_TOKENS:
            hint = _FOREIGN_TOKENS[token.token_type]
            yield Problem(token.text, "is not Athena SQL", hint, token.line)
        is_call = following.token_type == TokenType.L_PAREN
        name = token.text.upper()
        if (
            is_call
            and token.token_type not in (TokenType.IDENTIFIER, TokenType.STRING)
            and name in _FOREIGN_NAMES
            and name not in _WORDS
            and name.lower() not in known
        ):
            yield Problem(name.lower(), "is not portable", OTHERWISE, token.line)
