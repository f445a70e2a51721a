"""The types that follow from the functions of the portable set.

sqlglot knows the result type of most functions; these are the rules that it lacks or has without
Trino's precision. Each was checked against the table of scalar semantics in the reference on a
real Trino.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp
from sqlglot.optimizer.annotate_types import TypeAnnotator

Annotator = Callable[[Any, exp.Expr], exp.Expr]

VARCHAR = exp.DataType.build("varchar", dialect="trino")
TIMESTAMP = exp.DataType.build("timestamp(3)", dialect="trino")
TIMESTAMPTZ = exp.DataType.build("timestamp(3) with time zone", dialect="trino")
DOUBLE = exp.DataType.build("double", dialect="trino")
BIGINT = exp.DataType.build("bigint", dialect="trino")
BOOLEAN = exp.DataType.build("boolean", dialect="trino")


def _first_argument(self: Any, node: exp.Expr) -> exp.Expr:
    self._set_type(node, node.this.type)
    return node


def _element(self: Any, node: exp.Expr) -> exp.Expr:
    self._set_type(node, _value_type(node.this.type))
    return node


def _value_type(kind: exp.DataType | None) -> exp.DataType | exp.DType:
    """The type of a map's values or an array's elements."""
    parts: list[exp.DataType] = kind.expressions if kind is not None else []
    if kind is not None and kind.this == exp.DType.MAP and len(parts) == 2:
        return parts[1]
    if kind is not None and kind.this == exp.DType.ARRAY and len(parts) == 1:
        return parts[0]
    return exp.DType.UNKNOWN


def _array_of_element(self: Any, node: exp.Expr) -> exp.Expr:
    self._set_type(node, _array(node.this.type))
    return node


def _array(element: exp.DataType | exp.DType | None) -> exp.DataType | exp.DType:
    if not isinstance(element, exp.DataType) or element.this == exp.DType.UNKNOWN:
        return exp.DType.UNKNOWN
    return exp.DataType(this=exp.DType.ARRAY, expressions=[element.copy()], nested=True)


def _map_part(index: int) -> Annotator:
    def annotator(self: Any, node: exp.Expr) -> exp.Expr:
        kind = node.this.type
        parts = kind.expressions if kind is not None and kind.this == exp.DType.MAP else []
        self._set_type(node, _array(parts[index]) if len(parts) == 2 else exp.DType.UNKNOWN)
        return node

    return annotator


def _transform(self: Any, node: exp.Expr) -> exp.Expr:
    body = _typed_lambda(self, node.expression, [_value_type(node.this.type)])
    self._set_type(node, _array(body.type))
    return node


def _filter(self: Any, node: exp.Expr) -> exp.Expr:
    _typed_lambda(self, node.expression, [_value_type(node.this.type)])
    self._set_type(node, node.this.type)
    return node


def _typed_lambda(self: Any, function: exp.Expr, kinds: list[exp.DataType | exp.DType]) -> exp.Expr:
    """The body of a lambda, typed for parameters of the given types."""
    for parameter, kind in zip(function.expressions, kinds, strict=False):
        for name in function.this.find_all(exp.Identifier):
            is_field = isinstance(name.parent, exp.Dot) and name.arg_key == "expression"
            if name.name == parameter.name and not is_field:
                name.meta["lambda_type"] = kind
    inner = TypeAnnotator(
        self.schema, expression_metadata=self.expression_metadata, overwrite_types=False
    )
    body: exp.Expr = function.this
    inner.annotate_expression(body)
    return body


def _identifier(self: Any, node: exp.Expr) -> exp.Expr:
    self._set_type(node, node.meta.get("lambda_type") or exp.DType.UNKNOWN)
    return node


def _map_concat(self: Any, node: exp.Expr) -> exp.Expr:
    self._set_type(node, node.expressions[0].type if node.expressions else exp.DType.UNKNOWN)
    return node


def _transform_values(self: Any, node: exp.Expr) -> exp.Expr:
    mapping, function = node.expressions
    parts = mapping.type.expressions if mapping.type is not None else []
    value = _typed_lambda(self, function, parts).type
    if len(parts) != 2 or value is None:
        self._set_type(node, exp.DType.UNKNOWN)
        return node
    kind = exp.DataType(
        this=exp.DType.MAP, expressions=[parts[0].copy(), value.copy()], nested=True
    )
    self._set_type(node, kind)
    return node


def _returns(kind: exp.DataType) -> Annotator:
    def annotator(self: Any, node: exp.Expr) -> exp.Expr:
        self._set_type(node, kind.copy())
        return node

    return annotator


# Functions that sqlglot parses into no class of their own, by lower-case name.
NAMED_FUNCTIONS: Mapping[str, Annotator] = {
    "map_concat": _map_concat,
    "transform_values": _transform_values,
    "at_timezone": _returns(TIMESTAMPTZ),
}


def _anonymous(self: Any, node: exp.Expr) -> exp.Expr:
    annotator = NAMED_FUNCTIONS.get(node.name.lower())
    if annotator is None:
        self._set_type(node, exp.DType.UNKNOWN)
        return node
    return annotator(self, node)


RETURN_RULES: Mapping[type[exp.Expr], dict[str, Any]] = {
    exp.Anonymous: {"annotator": _anonymous},
    exp.ArgMax: {"annotator": _first_argument},
    exp.ArgMin: {"annotator": _first_argument},
    exp.AnyValue: {"annotator": _first_argument},
    exp.ArrayAgg: {"annotator": _array_of_element},
    exp.ArrayContains: {"returns": BOOLEAN},
    exp.ArrayDistinct: {"annotator": _first_argument},
    exp.ArrayFilter: {"annotator": _filter},
    exp.ArrayToString: {"returns": VARCHAR},
    exp.Bracket: {"annotator": _element},
    exp.DateTrunc: {"annotator": _first_argument},
    exp.FromISO8601Timestamp: {"returns": TIMESTAMPTZ},
    exp.Identifier: {"annotator": _identifier},
    exp.JSONExtractScalar: {"returns": VARCHAR},
    exp.JSONFormat: {"returns": VARCHAR},
    exp.MapKeys: {"annotator": _map_part(0)},
    exp.Nullif: {"annotator": _first_argument},
    exp.RegexpExtract: {"returns": VARCHAR},
    exp.RegexpReplace: {"returns": VARCHAR},
    exp.Reverse: {"annotator": _first_argument},
    exp.ArraySort: {"annotator": _first_argument},
    exp.SplitPart: {"returns": VARCHAR},
    exp.StrToTime: {"returns": TIMESTAMP},
    exp.TimestampTrunc: {"annotator": _first_argument},
    exp.TimeToStr: {"returns": VARCHAR},
    exp.Transform: {"annotator": _transform},
    exp.Try: {"annotator": _first_argument},
    exp.UnixToTime: {"returns": TIMESTAMPTZ},
}
