"""Numbers: the types of results, and what is an error."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from dueng_analytics.dialect.rewrites.nodes import (
    INTEGERS,
    call,
    cast,
    constant,
    is_kind,
    number,
    placed,
)
from dueng_analytics.dialect.rewrites.registry import Key, Rewrite


def integer_division(node: exp.Expr) -> exp.Expr:
    """``7 / 2`` of integers is 3 on Athena and 3.5 on DuckDB, whose ``//`` cuts like Athena's."""
    if is_kind(node.this, *INTEGERS) and is_kind(node.expression, *INTEGERS):
        return exp.IntDiv(this=node.this, expression=node.expression)
    return exp.Div(this=node.this, expression=node.expression)


def rounded_up(node: exp.Expr) -> exp.Expr:
    """``ceil`` keeps an integer on Athena and makes it a double on DuckDB."""
    return _whole(node)


def rounded_down(node: exp.Expr) -> exp.Expr:
    """``floor`` keeps an integer on Athena and makes it a double on DuckDB."""
    return _whole(node)


def _whole(node: exp.Expr) -> exp.Expr:
    if is_kind(node.this, *INTEGERS):
        return exp.Paren(this=node.this)
    return call("ceil" if isinstance(node, exp.Ceil) else "floor", node.this)


def rounded(node: exp.Expr) -> exp.Expr:
    """``round`` of a double to some places takes the half away from zero on Athena; DuckDB's takes
    what is nearest to the double itself."""
    places = constant(node.args.get("decimals") or number(0)) or 0
    if is_kind(node.this, *INTEGERS) or not places:
        return node
    factor = exp.Literal.number(f"1e{places}")
    return call("athena_rounded", node.this, factor)


def sign_of_number(node: exp.Expr) -> exp.Expr:
    """``sign`` has the type of its argument on Athena, NaN too, and is a TINYINT on DuckDB."""
    assert node.this.type is not None
    if is_kind(node.this, exp.DType.DOUBLE):
        return call("athena_sign", node.this)
    return cast(call("sign", node.this), node.this.type)


def power(node: exp.Expr) -> exp.Expr:
    """``power`` with NaN, or of 1 with what is infinite, is NaN on Athena; DuckDB says 1."""
    if isinstance(node.expression, exp.Literal):
        return call("pow", node.this, node.expression)
    values = [cast(value, exp.DType.DOUBLE) for value in (node.this, node.expression)]
    return call("athena_to_the_power", *values)


def logarithm(node: exp.Expr) -> exp.Expr:
    """``log2``, ``log10`` and ``log(b, x)``, which sqlglot reads as one function."""
    base, value = node.this, node.expression
    known = {"2": "log2", "10": "log10"}.get(base.name if isinstance(base, exp.Literal) else "")
    return call(known, value) if known else call("log", base, value)


def not_a_number(node: exp.Expr) -> exp.Expr:
    """``is_nan`` is ``isnan``, of a double."""
    return call("isnan", cast(node.this, exp.DType.DOUBLE))


def largest(node: exp.Expr) -> exp.Expr:
    """``greatest`` with NULL is NULL on Athena; DuckDB leaves it out."""
    return _extreme("greatest", node)


def smallest(node: exp.Expr) -> exp.Expr:
    """``least`` with NULL is NULL on Athena; DuckDB leaves it out."""
    return _extreme("least", node)


def _extreme(name: str, node: exp.Expr) -> exp.Expr:
    values = [node.this, *node.expressions]
    whole = call(name, *values)
    unsure = [value for value in values if not isinstance(value, exp.Literal)]
    if not unsure:
        return whole
    known: exp.Expr = exp.Not(this=exp.Is(this=placed(unsure[0]), expression=exp.null()))
    for value in unsure[1:]:
        other = exp.Not(this=exp.Is(this=placed(value), expression=exp.null()))
        known = exp.And(this=known, expression=other)
    return exp.Case(ifs=[exp.If(this=known, true=whole)])


REWRITES: Mapping[Key, Rewrite] = {
    exp.Ceil: rounded_up,
    exp.Div: integer_division,
    exp.Floor: rounded_down,
    exp.Greatest: largest,
    exp.IsNan: not_a_number,
    exp.Least: smallest,
    exp.Log: logarithm,
    exp.Pow: power,
    exp.Round: rounded,
    exp.Sign: sign_of_number,
}
