"""Arrays: NULL elements, order, and places outside."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from dueng_analytics.dialect.problem import Refused
from dueng_analytics.dialect.rewrites.casts import text_of
from dueng_analytics.dialect.rewrites.lists import has_no_null
from dueng_analytics.dialect.rewrites.nodes import (
    call,
    cast,
    constant,
    function,
    is_kind,
    number,
    text,
)
from dueng_analytics.dialect.rewrites.registry import Key, Rewrite


def element(node: exp.Expr) -> exp.Expr:
    """``element_at`` outside is NULL, a subscript outside an error on Athena; both are NULL on
    DuckDB, whose arrays also count from their end in a subscript."""
    collection, place = node.this, node.expressions[0]
    safe = bool(node.args.get("safe"))
    if is_kind(collection, exp.DType.MAP):
        if safe:
            return exp.Bracket(this=collection, expressions=[place], offset=1)
        return call("athena_map_value", collection, place)
    if not safe:
        # sqlglot counts from 0 in a subscript that it can calculate, and from 1 in element_at.
        whole = constant(place)
        if whole is None and not isinstance(place, (exp.Column, exp.Identifier)):
            raise Refused(node, "calculates a subscript", "Write element_at(array, place).")
        return call("athena_array_value", collection, place if whole is None else number(whole + 1))
    whole = constant(place)
    if whole == 0:
        raise Refused(node, "counts from 1", "Athena fails here.")
    if whole is not None:
        return call("list_extract", collection, place)
    return call("athena_element", collection, place)


def contained(node: exp.Expr) -> exp.Expr:
    """``contains`` is NULL on Athena where only a NULL element could be the value."""
    return call("athena_contains", node.this, node.expression)


def size(node: exp.Expr) -> exp.Expr:
    """``cardinality`` is ``len`` of an array; of a map DuckDB has it under the same name."""
    if is_kind(node.this, exp.DType.MAP):
        return cast(call("cardinality", node.this), exp.DType.BIGINT)
    return call("len", node.this)


def largest_element(node: exp.Expr) -> exp.Expr:
    """``array_max`` of an array with a NULL is NULL on Athena; DuckDB leaves it out."""
    return call("list_max" if has_no_null(node.this) else "athena_array_max", node.this)


def smallest_element(node: exp.Expr) -> exp.Expr:
    """``array_min`` of an array with a NULL is NULL on Athena; DuckDB leaves it out."""
    return call("list_min" if has_no_null(node.this) else "athena_array_min", node.this)


def text_of_array(node: exp.Expr) -> exp.Expr:
    """``array_join`` writes its elements as a cast to varchar does, and NULL as it is told."""
    elements = text_of(node, node.this)
    null = node.args.get("null")
    if null is not None:
        name = exp.to_identifier("element_")
        body = exp.Coalesce(this=name, expressions=[null])
        elements = call("list_transform", elements, function(body, "element_"))
    return call("athena_array_join", elements, node.expression)


def distinct_elements(node: exp.Expr) -> exp.Expr:
    """``array_distinct`` keeps the order and NULL on Athena; DuckDB's keeps neither."""
    return call("athena_array_distinct", node.this)


def sorted_array(node: exp.Expr) -> exp.Expr:
    """``array_sort`` puts NULL last."""
    return call("list_sort", node.this, text("ASC"), text("NULLS LAST"))


def place_of_element(node: exp.Expr) -> exp.Expr:
    """``array_position`` of what is not there is 0 on Athena and NULL on DuckDB."""
    return call("athena_array_position", node.this, node.expression)


def without_element(node: exp.Expr) -> exp.Expr:
    """``array_remove`` keeps NULL elements, and is NULL for a NULL to remove."""
    return call("athena_array_remove", node.this, node.expression)


def union_of_arrays(node: exp.Expr) -> exp.Expr:
    """``array_union`` in the order of the first, then of the second, each value once."""
    return call("athena_array_union", *node.expressions)


def intersection_of_arrays(node: exp.Expr) -> exp.Expr:
    """``array_intersect`` in the order of the first, NULL being a value."""
    if len(node.expressions) != 2:
        raise Refused(node, "takes two arrays", "Use it twice.")
    return call("athena_array_intersect", *node.expressions)


def difference_of_arrays(node: exp.Expr) -> exp.Expr:
    """``array_except`` in the order of the first, NULL being a value."""
    return call("athena_array_except", node.this, node.expression)


def overlapping(node: exp.Expr) -> exp.Expr:
    """``arrays_overlap`` is NULL where only a NULL element could be in both."""
    return call("athena_arrays_overlap", *node.expressions)


def slice_of_array(node: exp.Expr) -> exp.Expr:
    """``slice`` takes a length on Athena where DuckDB takes an end; from 0 it is an error."""
    start, length = node.args["start"], node.args["end"]
    if constant(start) == 0 or (constant(length) or 0) < 0:
        raise Refused(node, "counts from 1, and takes a length from 0", "Athena fails here.")
    return call("athena_slice", node.this, start, length)


def sequence(node: exp.Expr) -> exp.Expr:
    """``sequence`` counts down by itself on Athena; its dates become timestamps on DuckDB."""
    start, end, step = node.args["start"], node.args["end"], node.args.get("step")
    if is_kind(start, exp.DType.DATE):
        if step is None:
            return call("athena_days", start, end)
        if not isinstance(step, exp.Interval):
            raise Refused(node, "steps through days by something else than an interval", "Use one.")
        unit, count = str(step.args["unit"].name).upper(), int(step.this.name)
        if count < 1 or unit not in ("DAY", "MONTH", "YEAR"):
            raise Refused(
                node, "steps through days by hours or backwards", "Use array_sort or reverse."
            )
        name = "athena_days_by_day" if unit == "DAY" else "athena_days_by_month"
        return call(name, start, end, number(count * (12 if unit == "YEAR" else 1)))
    if step is None:
        return call("athena_sequence", start, end)
    return call("athena_sequence_by", start, end, step)


def reduced(node: exp.Expr) -> exp.Expr:
    """``reduce`` ends with a function of its own on Athena; DuckDB has it without."""
    merge, finish = node.args["merge"], node.args["finish"]
    initial = node.args["initial"]
    if node.type is not None and merge.this.type is not None:
        initial = cast(initial, merge.this.type)
    whole = call("list_reduce", node.this, merge, initial)
    if isinstance(finish.this, exp.Identifier) and finish.this.name == finish.expressions[0].name:
        return whole
    outer = call("list_transform", call("list_value", whole), finish)
    return call("list_extract", outer, number(1))


def any_matching(node: exp.Expr) -> exp.Expr:
    """``any_match`` is NULL where only a NULL could have matched."""
    return call("athena_any", _answers(node))


def all_matching(node: exp.Expr) -> exp.Expr:
    """``all_match`` is NULL where only a NULL could have failed."""
    return call("athena_all", _answers(node))


def none_matching(node: exp.Expr) -> exp.Expr:
    """``none_match`` is the opposite of ``any_match``."""
    return exp.Paren(this=exp.Not(this=call("athena_any", _answers(node))))


def _answers(node: exp.Expr) -> exp.Expr:
    array, question = node.expressions
    return call("list_transform", array, question)


REWRITES: Mapping[Key, Rewrite] = {
    "all_match": all_matching,
    "any_match": any_matching,
    "array_union": union_of_arrays,
    "arrays_overlap": overlapping,
    "none_match": none_matching,
    exp.ArrayContains: contained,
    exp.ArrayDistinct: distinct_elements,
    exp.ArrayExcept: difference_of_arrays,
    exp.ArrayIntersect: intersection_of_arrays,
    exp.ArrayMax: largest_element,
    exp.ArrayMin: smallest_element,
    exp.ArrayPosition: place_of_element,
    exp.ArrayRemove: without_element,
    exp.ArraySize: size,
    exp.ArraySlice: slice_of_array,
    exp.ArraySort: sorted_array,
    exp.ArrayToString: text_of_array,
    exp.Bracket: element,
    exp.GenerateSeries: sequence,
    exp.Reduce: reduced,
}
