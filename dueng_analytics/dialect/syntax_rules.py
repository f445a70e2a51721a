"""What operators and other syntax may be applied to: the types that Athena takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlglot import exp

from dueng_analytics.dialect.portable import arguments
from dueng_analytics.dialect.problem import Problem, problem_at
from dueng_analytics.dialect.statement import position


def type_text(value: exp.Expr) -> str:
    """A value's type in Trino's spelling, or words for what has none."""
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


def alike_problems(node: exp.Expr, values: list[exp.Expr]) -> Iterator[Problem]:
    """A problem where values of different families of types stand together."""
    found = {name: value for value in values if (name := family(value)) is not None}
    if len(found) > 1:
        one, other = list(found.values())[:2]
        yield problem_at(
            node,
            "",
            f"mixes {type_text(one)} and {type_text(other)}",
            "Cast one of them explicitly; Athena converts nothing here.",
        )


def _compared(node: exp.Expr) -> Iterator[Problem]:
    sides = [node.this, node.expression]
    yield from alike_problems(node, sides)
    for side in sides:
        if family(side) in _NESTED:
            yield problem_at(
                node,
                "",
                f"compares {type_text(side)}, in which NULL counts otherwise on Athena",
                "Compare the parts, or a text made of them.",
            )
            return


def _in(node: exp.Expr) -> Iterator[Problem]:
    if node.args.get("query") is None:
        yield from alike_problems(node, [node.this, *node.expressions])
        if any(isinstance(value, exp.Null) for value in node.expressions):
            reason = "has NULL in its list, with which engines answer in different ways"
            yield problem_at(node, "", reason, "Take NULL out of the list.")


def _between(node: exp.Expr) -> Iterator[Problem]:
    yield from alike_problems(node, [node.this, node.args["low"], node.args["high"]])


def _case(node: exp.Expr) -> Iterator[Problem]:
    results = [branch.args["true"] for branch in node.args["ifs"]]
    if node.args.get("default") is not None:
        results.append(node.args["default"])
    yield from alike_problems(node, results)
    if node.this is not None:
        yield from alike_problems(node, [node.this, *(item.this for item in node.args["ifs"])])


def _if(node: exp.Expr) -> Iterator[Problem]:
    if not isinstance(node.parent, exp.Case):
        results = [node.args["true"], node.args.get("false")]
        yield from alike_problems(node, [value for value in results if value is not None])


def _is(node: exp.Expr) -> Iterator[Problem]:
    if not isinstance(node.expression, exp.Null):
        yield problem_at(node, "TRUE or FALSE", "is not Athena SQL", "Write coalesce(x, false).")


def _set_operation(node: exp.Expr) -> Iterator[Problem]:
    if not isinstance(node, exp.SetOperation):
        return
    left, right = node.left.selects, node.right.selects
    if len(left) != len(right):
        reason = f"puts {len(left)} columns over {len(right)}"
        yield problem_at(node, "", reason, "Give both sides the same columns.")
        return
    for one, other in zip(left, right, strict=True):
        yield from alike_problems(node, [one, other])


def _text_join(node: exp.Expr) -> Iterator[Problem]:
    families = [family(side) for side in (node.this, node.expression)]
    if "array" in families:
        return
    for side, name in zip((node.this, node.expression), families, strict=True):
        if name not in ("text", None):
            yield problem_at(
                node, "", f"joins texts, not {type_text(side)}", "Write cast(x as varchar)."
            )


def _text(node: exp.Expr) -> Iterator[Problem]:
    for side in (node.this, node.expression):
        side = side.this if isinstance(side, exp.Escape) else side
        if family(side) not in ("text", None):
            yield problem_at(
                node, "", f"compares texts, not {type_text(side)}", "Write cast(x as varchar)."
            )


def _arithmetic(node: exp.Expr) -> Iterator[Problem]:
    families = [family(side) for side in (node.this, node.expression)]
    if "interval" in families and isinstance(node, (exp.Add, exp.Sub)):
        return
    for side, name in zip((node.this, node.expression), families, strict=True):
        if name not in ("number", None):
            reason = f"calculates with numbers, not {type_text(side)}"
            hint = "Use date_diff or date_add." if name == "time" else "Cast it to a number."
            yield problem_at(node, "", reason, hint)
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
    if not isinstance(node.this, exp.Literal):
        yield problem_at(node, "of a value", "is not Athena SQL", "Use date_add.")


def _window(node: exp.Expr) -> Iterator[Problem]:
    if isinstance(node.this, exp.Filter):
        hint = "Put the condition inside: sum(if(condition, x)) over (…)."
        yield problem_at(node, "with filter", "is not Athena SQL", hint)


def _offset(node: exp.Expr) -> Iterator[Problem]:
    if isinstance(node.args.get("offset"), exp.Neg):
        yield problem_at(node, "", "counts backwards", "Athena takes no negative offset.")


SYNTAX_RULES: Mapping[type[exp.Expr], Callable[[exp.Expr], Iterator[Problem]]] = {
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), _compared),
    **dict.fromkeys((exp.NullSafeEQ, exp.NullSafeNEQ), _compared),
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div), _arithmetic),
    **dict.fromkeys((exp.Union, exp.Intersect, exp.Except), _set_operation),
    **dict.fromkeys((exp.Lag, exp.Lead, exp.NthValue), _offset),
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
