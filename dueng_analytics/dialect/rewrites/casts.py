"""Conversions: from every portable type to every other, as Athena converts.

DuckDB reads more text as numbers and times than Athena does, rounds halves to even, and writes
doubles and times otherwise. ``try_cast`` is the same conversion under ``try``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from dueng_analytics.dialect.problem import Refused
from dueng_analytics.dialect.rewrites.documents import from_json, to_json
from dueng_analytics.dialect.rewrites.nodes import (
    ARRAYS,
    INTEGERS,
    TEXTS,
    call,
    cast,
    field,
    function,
    is_kind,
    text,
)
from dueng_analytics.dialect.rewrites.registry import Key, Rewrite
from dueng_analytics.dialect.rewrites.zones import instant, require_zone, wall_time

_FROM_TEXT: Mapping[exp.DType, str] = {
    exp.DType.INT: "athena_text_to_integer",
    exp.DType.BIGINT: "athena_text_to_bigint",
    exp.DType.DOUBLE: "athena_text_to_double",
    exp.DType.BOOLEAN: "athena_text_to_boolean",
    exp.DType.DATE: "athena_text_to_date",
    exp.DType.TIMESTAMP: "athena_text_to_timestamp",
}
_NUMBERS = (*INTEGERS, exp.DType.DOUBLE)


def converted(node: exp.Expr) -> exp.Expr:
    """``cast``: text is read as Athena reads it, halves are rounded away from zero, doubles and
    times are written as Athena writes them."""
    return _conversion(node, node.this, node.args["to"])


def converted_if_possible(node: exp.Expr) -> exp.Expr:
    """``try_cast``: the conversion of ``cast``, NULL where that fails."""
    return exp.Try(this=_conversion(node, node.this, node.args["to"]))


def day_of(node: exp.Expr) -> exp.Expr:
    """``date(x)`` is ``cast(x as date)``."""
    return _conversion(node, node.this, exp.DataType(this=exp.DType.DATE))


def _conversion(node: exp.Expr, value: exp.Expr, to: exp.DataType) -> exp.Expr:
    kind = value.type.this if value.type is not None else exp.DType.UNKNOWN
    plain = _plain(to)
    literal = _literal_time(node, value, to)
    if literal is not None:
        return literal
    if kind == exp.DType.NULL:
        return cast(value, plain)
    if kind == exp.DType.JSON:
        return from_json(node, value, to)
    if to.this == exp.DType.JSON:
        return to_json(node, value)
    convert = _CONVERSIONS.get((_group(kind), _group(to.this)))
    if convert is None:
        raise Refused(
            node, "converts between types that Athena does not convert", "Build the value."
        )
    return convert(node, value, to)


def _group(kind: exp.DType) -> str:
    groups: tuple[tuple[str, tuple[exp.DType, ...]], ...] = (
        ("text", TEXTS),
        ("number", _NUMBERS),
        ("array", ARRAYS),
    )
    return next((name for name, kinds in groups if kind in kinds), kind.value.lower())


def _plain(to: exp.DataType) -> exp.DataType:
    """The type without the precision and length that DuckDB does not have."""
    plain = to.copy()
    for part in plain.find_all(exp.DataType):
        if part.this in (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, *TEXTS):
            part.set("expressions", None)
    return plain


def _literal_time(node: exp.Expr, value: exp.Expr, to: exp.DataType) -> exp.Expr | None:
    """A time written in the statement, read now."""
    if not isinstance(value, exp.Literal) or not value.is_string:
        return None
    if to.this == exp.DType.TIMESTAMPTZ:
        zone = require_zone(node)
        local = cast(text(value.this.removesuffix(zone).strip()), exp.DType.TIMESTAMP)
        return instant(local, zone)
    return None


def _unchanged(node: exp.Expr, value: exp.Expr, to: exp.DataType) -> exp.Expr:
    return cast(value, _plain(to))


def _text_to_text(node: exp.Expr, value: exp.Expr, to: exp.DataType) -> exp.Expr:
    if to.expressions:
        return call("left", value, to.expressions[0].this)
    return cast(value, exp.DType.TEXT)


def _from_text(node: exp.Expr, value: exp.Expr, to: exp.DataType) -> exp.Expr:
    return call(_FROM_TEXT[to.this], value)


def _number_to_text(node: exp.Expr, value: exp.Expr, to: exp.DataType) -> exp.Expr:
    if is_kind(value, exp.DType.DOUBLE):
        return call("athena_double_to_text", value)
    return cast(value, exp.DType.TEXT)


def _number_to_number(node: exp.Expr, value: exp.Expr, to: exp.DataType) -> exp.Expr:
    if is_kind(value, exp.DType.DOUBLE) and to.this in INTEGERS:
        return cast(call("round", value), to.this)
    return cast(value, to.this)


def _timestamp_to_text(node: exp.Expr, value: exp.Expr, to: exp.DataType) -> exp.Expr:
    return call("strftime", value, text("%Y-%m-%d %H:%M:%S.%g"))


def _zoned_to_text(node: exp.Expr, value: exp.Expr, to: exp.DataType) -> exp.Expr:
    zone = require_zone(value)
    return call("strftime", wall_time(value, zone), text(f"%Y-%m-%d %H:%M:%S.%g {zone}"))


def _zoned_to_plain(node: exp.Expr, value: exp.Expr, to: exp.DataType) -> exp.Expr:
    return cast(wall_time(value, require_zone(value)), to.this)


def _plain_to_zoned(node: exp.Expr, value: exp.Expr, to: exp.DataType) -> exp.Expr:
    return instant(cast(value, exp.DType.TIMESTAMP), "UTC")


def _array(node: exp.Expr, value: exp.Expr, to: exp.DataType) -> exp.Expr:
    return _elements(node, value, to.expressions[0])


def _elements(node: exp.Expr, value: exp.Expr, to: exp.DataType) -> exp.Expr:
    element = exp.to_identifier("element_")
    element.type = value.type.expressions[0] if value.type and value.type.expressions else None
    if is_kind(element, exp.DType.UNKNOWN, exp.DType.NULL):
        return cast(
            value, exp.DataType(this=exp.DType.ARRAY, expressions=[_plain(to)], nested=True)
        )
    body = _conversion(node, element, to)
    if _keeps(body, element):
        return cast(
            value, exp.DataType(this=exp.DType.ARRAY, expressions=[_plain(to)], nested=True)
        )
    return call("list_transform", value, function(body, "element_"))


def text_of(node: exp.Expr, value: exp.Expr) -> exp.Expr:
    """An array with its elements written as a cast to varchar writes them."""
    return _elements(node, value, exp.DataType(this=exp.DType.VARCHAR))


def _keeps(body: exp.Expr, value: exp.Expr) -> bool:
    return isinstance(body, exp.Cast) and body.this is value


def _map(node: exp.Expr, value: exp.Expr, to: exp.DataType) -> exp.Expr:
    key, item = to.expressions
    assert value.type is not None
    kinds = value.type.expressions
    if not kinds or kinds[0].this == exp.DType.NULL:
        return cast(value, _plain(to))
    record = exp.to_identifier("entry_")
    parts = []
    for name, kind, wanted in zip(("key", "value"), kinds, (key, item), strict=True):
        part = field(record.copy(), name)
        part.type = kind
        parts.append(exp.PropertyEQ(this=exp.to_identifier(name),
                                    expression=_conversion(node, part, wanted)))  # fmt: skip
    body = exp.Struct(expressions=parts)
    entries = call("list_transform", call("map_entries", value), function(body, "entry_"))
    return call("map_from_entries", entries)


def _row(node: exp.Expr, value: exp.Expr, to: exp.DataType) -> exp.Expr:
    is_built = isinstance(value, exp.Struct) or (
        isinstance(value, exp.Anonymous) and value.name == "row"
    )
    if is_built and len(value.expressions) == len(to.expressions):
        fields = []
        for part, wanted in zip(value.expressions, to.expressions, strict=True):
            item = part.expression if isinstance(part, exp.PropertyEQ) else part
            fields.append(
                exp.PropertyEQ(
                    this=exp.to_identifier(wanted.name),
                    expression=_conversion(node, item, wanted.args["kind"]),
                )
            )
        return exp.Struct(expressions=fields)
    if value.type is not None and value.type.sql("trino") == to.sql("trino"):
        return value
    raise Refused(node, "renames the fields of a row", "Build it with row(…) inside the cast.")


_Conversion = Callable[[exp.Expr, exp.Expr, exp.DataType], exp.Expr]
_CONVERSIONS: Mapping[tuple[str, str], _Conversion] = {
    ("text", "text"): _text_to_text,
    **{("text", name): _from_text for name in ("number", "boolean", "date", "timestamp")},
    ("number", "text"): _number_to_text,
    ("number", "number"): _number_to_number,
    ("number", "boolean"): _unchanged,
    ("boolean", "text"): _unchanged,
    ("boolean", "number"): _unchanged,
    ("boolean", "boolean"): _unchanged,
    ("date", "text"): _unchanged,
    ("date", "date"): _unchanged,
    ("date", "timestamp"): _unchanged,
    ("date", "timestamptz"): _plain_to_zoned,
    ("timestamp", "text"): _timestamp_to_text,
    ("timestamp", "date"): _unchanged,
    ("timestamp", "timestamp"): _unchanged,
    ("timestamp", "timestamptz"): _plain_to_zoned,
    ("timestamptz", "text"): _zoned_to_text,
    ("timestamptz", "date"): _zoned_to_plain,
    ("timestamptz", "timestamp"): _zoned_to_plain,
    ("array", "array"): _array,
    ("map", "map"): _map,
    ("struct", "struct"): _row,
}

REWRITES: Mapping[Key, Rewrite] = {
    exp.Cast: converted,
    exp.Date: day_of,
    exp.TryCast: converted_if_possible,
}
