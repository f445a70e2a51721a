"""Aggregates and windows: the types of sums, and rows with NULL."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from dueng_analytics.dialect.problem import Refused
from dueng_analytics.dialect.rewrites.nodes import INTEGERS, call, is_kind, text
from dueng_analytics.dialect.rewrites.registry import Key, Rewrite

_OUTSIDE = "outside"


def bigint_sum(node: exp.Expr) -> exp.Expr:
    """``sum`` of integers is bigint on Athena, HUGEINT on DuckDB; the cast goes around FILTER and
    OVER."""
    return _with_outside(node, _bigint) if is_kind(node, *INTEGERS) else node


def counted_conditions(node: exp.Expr) -> exp.Expr:
    """``count_if`` of NULLs alone is 0 on Athena and NULL on DuckDB, whose ``count`` never is."""
    holds = exp.If(this=node.this, true=exp.Literal.number(1))
    return exp.Count(this=exp.Case(ifs=[holds]))


def whole_aggregate(node: exp.Expr) -> exp.Expr:
    """What goes around an aggregate goes around its FILTER and OVER too."""
    outside = node.this.meta.pop(_OUTSIDE, None)
    return node if outside is None else _with_outside(node, outside)


def _with_outside(aggregate: exp.Expr, outside: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """The aggregate in what goes around it, which waits while FILTER or OVER follows."""
    place = aggregate.parent
    if isinstance(place, (exp.Filter, exp.Window)) and aggregate.arg_key == "this":
        aggregate.meta[_OUTSIDE] = outside
        return aggregate
    return outside(aggregate)


def _bigint(aggregate: exp.Expr) -> exp.Expr:
    return exp.Cast(this=aggregate, to=exp.DataType(this=exp.DType.BIGINT))


def value_at_maximum(node: exp.Expr) -> exp.Expr:
    """``max_by`` may give NULL on Athena; DuckDB's passes over rows whose value is NULL."""
    return call("arg_max_null", node.this, node.expression)


def value_at_minimum(node: exp.Expr) -> exp.Expr:
    """``min_by`` may give NULL on Athena; DuckDB's passes over rows whose value is NULL."""
    return call("arg_min_null", node.this, node.expression)


def every_one(node: exp.Expr) -> exp.Expr:
    """``every`` is ``bool_and``."""
    return call("bool_and", *node.expressions)


def map_of_group(node: exp.Expr) -> exp.Expr:
    """``map_agg`` does not exist on DuckDB: gather entries, leave out those without a key, and
    take the first of equal keys."""
    key, value = node.expressions
    pair = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier("key"), expression=key),
            exp.PropertyEQ(this=exp.to_identifier("value"), expression=value),
        ]
    )
    return _replaced(node, call("list", pair), lambda found: call("athena_map_of_entries", found))


def counts_of_values(node: exp.Expr) -> exp.Expr:
    """``histogram`` counts in bigint on Athena, in UBIGINT on DuckDB."""
    kind = node.type
    assert kind is not None
    counted = call("histogram", node.expressions[0])
    return _replaced(node, counted, lambda found: exp.Cast(this=found, to=kind.copy()))


def _replaced(node: exp.Expr, new: exp.Expr, outside: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """A new aggregate in the place of one, in what goes around it."""
    if isinstance(node.parent, (exp.Filter, exp.Window)) and node.arg_key == "this":
        new.meta[_OUTSIDE] = outside
        return new
    return outside(new)


def listed_texts(node: exp.Expr) -> exp.Expr:
    """``listagg`` within a group is ``string_agg`` with an order inside."""
    ordered = node.this
    if not isinstance(ordered, exp.Order):
        raise Refused(
            node, "needs within group (order by …)", "Athena takes it with an order only."
        )
    separator = node.args.get("separator") or text("")
    value = ordered.this
    order = exp.Order(this=separator, expressions=ordered.expressions)
    return call("string_agg", value, order)


REWRITES: Mapping[Key, Rewrite] = {
    "every": every_one,
    "histogram": counts_of_values,
    "map_agg": map_of_group,
    exp.ArgMax: value_at_maximum,
    exp.ArgMin: value_at_minimum,
    exp.CountIf: counted_conditions,
    exp.Filter: whole_aggregate,
    exp.GroupConcat: listed_texts,
    exp.Sum: bigint_sum,
    exp.Window: whole_aggregate,
}
