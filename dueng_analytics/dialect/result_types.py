"""The type of every function's result, by the rules of the portable set.

sqlglot infers types; these rules replace its own where Athena's differ or where it has none. Most
are data (``gives`` in ``portable.yaml``); the functions here are the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlglot import exp
from sqlglot.dialects.athena import Athena
from sqlglot.optimizer.annotate_types import TypeAnnotator
from sqlglot.schema import MappingSchema

from dueng_analytics.dialect.portable import (
    arguments,
    portable_set,
    result_parts,
    trino_type,
)

Kind = exp.DataType | exp.DType
Annotator = Callable[[Any, exp.Expr], exp.Expr]

UNKNOWN = exp.DType.UNKNOWN


@cache
def expression_metadata() -> dict[Any, Any]:
    """The rules for sqlglot's annotator: its own for Athena, overridden by ours."""
    rules: dict[Any, Any] = dict(Athena.EXPRESSION_METADATA)
    for node, function in portable_set().by_class.items():
        if function.gives is not None and function.gives != "code":
            rules[node] = {"annotator": _given(function.gives)}
    rules.update({node: {"annotator": annotator} for node, annotator in _CODE.items()})
    return rules


def _given(gives: str) -> Annotator:
    def annotator(self: Any, node: exp.Expr) -> exp.Expr:
        self._set_type(node, _result(node, gives))
        return node

    return annotator


def _result(node: exp.Expr, gives: str) -> Kind:
    how, what = result_parts(gives)
    if how == "type":
        return trino_type(what).copy()
    if how == "same":
        return _argument_type(node, what)
    if how == "element":
        return element_type(_argument_type(node, what))
    inner = _result(node, what) if what in ("varchar", "bigint") else _argument_type(node, what)
    return array_of(inner)


def _argument_type(node: exp.Expr, name: str) -> Kind:
    for found, value in arguments(node):
        if found == name:
            return value.type or UNKNOWN
    return UNKNOWN


def element_type(kind: Kind | None) -> Kind:
    """The type of an array's elements or a map's values."""
    parts = _parts(kind)
    if isinstance(kind, exp.DataType) and kind.this == exp.DType.MAP and len(parts) == 2:
        return parts[1]
    if _is_array(kind) and len(parts) == 1:
        return parts[0]
    return UNKNOWN


def array_of(element: Kind | None) -> Kind:
    """The type of an array of that element."""
    if not isinstance(element, exp.DataType) or element.this == UNKNOWN:
        return UNKNOWN
    return exp.DataType(this=exp.DType.ARRAY, expressions=[element.copy()], nested=True)


def map_of(key: Kind | None, value: Kind | None) -> Kind:
    """The type of a map with those keys and values."""
    if not isinstance(key, exp.DataType) or not isinstance(value, exp.DataType):
        return UNKNOWN
    if UNKNOWN in (key.this, value.this):
        return UNKNOWN
    parts = [key.copy(), value.copy()]
    return exp.DataType(this=exp.DType.MAP, expressions=parts, nested=True)


def _parts(kind: Kind | None) -> list[exp.DataType]:
    return list(kind.expressions) if isinstance(kind, exp.DataType) else []


def _is_array(kind: Kind | None) -> bool:
    return isinstance(kind, exp.DataType) and kind.this in (exp.DType.ARRAY, exp.DType.LIST)


def typed_lambda(self: Any, function: exp.Expr, kinds: list[Kind]) -> exp.Expr:
    """The body of a lambda, typed for parameters of the given types."""
    body = function.this if isinstance(function, exp.Lambda) else function
    for parameter, kind in zip(function.expressions, kinds, strict=False):
        for name in function.find_all(exp.Identifier):
            is_field = isinstance(name.parent, exp.Dot) and name.arg_key == "expression"
            if name.name == parameter.name and not is_field:
                name.meta["lambda_type"] = kind
    inner = TypeAnnotator(self.schema, expression_metadata=_inside_lambda(), overwrite_types=True)
    inner.annotate_expression(body)
    return body


@cache
def _inside_lambda() -> dict[Any, Any]:
    """The same rules for a second pass, in which columns of the query keep their types."""
    return {**expression_metadata(), exp.Column: {"annotator": _kept}}


def add_types(node: exp.Expr) -> None:
    """Give a type to every part of an expression that has none yet; the others keep theirs."""
    untyped = [part for part in node.walk(bfs=False) if part.type is None]
    if not untyped:
        return
    schema = MappingSchema(dialect=Athena)
    annotator = TypeAnnotator(schema, expression_metadata=_inside_lambda(), overwrite_types=False)
    for part in reversed(untyped):
        annotator.annotate_expression(part)


def _kept(self: Any, node: exp.Expr) -> exp.Expr:
    self._set_type(node, node.type)
    return node


def _identifier(self: Any, node: exp.Expr) -> exp.Expr:
    self._set_type(node, node.meta.get("lambda_type") or UNKNOWN)
    return node


def _transform(self: Any, node: exp.Expr) -> exp.Expr:
    body = typed_lambda(self, node.expression, [element_type(node.this.type)])
    self._set_type(node, array_of(body.type))
    return node


def _filter(self: Any, node: exp.Expr) -> exp.Expr:
    typed_lambda(self, node.expression, [element_type(node.this.type)])
    self._set_type(node, node.this.type)
    return node


def _reduce(self: Any, node: exp.Expr) -> exp.Expr:
    state = node.args["initial"].type
    body = typed_lambda(self, node.args["merge"], [state, element_type(node.this.type)])
    finish = typed_lambda(self, node.args["finish"], [body.type or state])
    self._set_type(node, finish.type)
    return node


def _map_part(index: int) -> Annotator:
    def annotator(self: Any, node: exp.Expr) -> exp.Expr:
        mapping = node.expressions[0] if isinstance(node, exp.Anonymous) else node.this
        parts = _parts(mapping.type)
        self._set_type(node, array_of(parts[index]) if len(parts) == 2 else UNKNOWN)
        return node

    return annotator


def _map_from_entries(self: Any, node: exp.Expr) -> exp.Expr:
    entry = element_type(node.this.type)
    kinds = [part.args.get("kind") if isinstance(part, exp.ColumnDef) else part
             for part in _parts(entry)]  # fmt: skip
    self._set_type(node, map_of(kinds[0], kinds[1]) if len(kinds) == 2 else UNKNOWN)
    return node


def _map(self: Any, node: exp.Expr) -> exp.Expr:
    keys, values = node.args.get("keys"), node.args.get("values")
    if keys is None or values is None:
        null = exp.DataType(this=exp.DType.NULL)
        self._set_type(node, map_of(null, null))
    else:
        self._set_type(node, map_of(element_type(keys.type), element_type(values.type)))
    return node


def _transform_values(self: Any, node: exp.Expr) -> exp.Expr:
    mapping, function = node.expressions
    parts = _parts(mapping.type)
    body = typed_lambda(self, function, list(parts))
    self._set_type(node, map_of(parts[0], body.type) if len(parts) == 2 else UNKNOWN)
    return node


def _transform_keys(self: Any, node: exp.Expr) -> exp.Expr:
    mapping, function = node.expressions
    parts = _parts(mapping.type)
    body = typed_lambda(self, function, list(parts))
    self._set_type(node, map_of(body.type, parts[1]) if len(parts) == 2 else UNKNOWN)
    return node


def _map_filter(self: Any, node: exp.Expr) -> exp.Expr:
    mapping, function = node.expressions
    typed_lambda(self, function, list(_parts(mapping.type)))
    self._set_type(node, mapping.type)
    return node


def _match(self: Any, node: exp.Expr) -> exp.Expr:
    array, function = node.expressions
    typed_lambda(self, function, [element_type(array.type)])
    self._set_type(node, exp.DType.BOOLEAN)
    return node


def _map_agg(self: Any, node: exp.Expr) -> exp.Expr:
    self._set_type(node, map_of(*(value.type for value in node.expressions[:2])))
    return node


def _histogram(self: Any, node: exp.Expr) -> exp.Expr:
    self._set_type(node, map_of(node.expressions[0].type, trino_type("bigint")))
    return node


def _array_agg(self: Any, node: exp.Expr) -> exp.Expr:
    value = node.this
    while isinstance(value, (exp.Order, exp.Distinct)):
        value = value.expressions[0] if isinstance(value, exp.Distinct) else value.this
    self._set_type(node, array_of(value.type))
    return node


def _first_of_many(self: Any, node: exp.Expr) -> exp.Expr:
    """concat and array_intersect: the type of the first argument, plain text for text."""
    kind = node.expressions[0].type if node.expressions else UNKNOWN
    self._set_type(node, kind if _is_array(kind) else trino_type("varchar").copy())
    return node


def _sum(self: Any, node: exp.Expr) -> exp.Expr:
    value = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    whole = value.type is not None and value.type.this in (exp.DType.INT, exp.DType.BIGINT)
    self._set_type(node, trino_type("bigint" if whole else "double").copy())
    return node


def _sequence(self: Any, node: exp.Expr) -> exp.Expr:
    kind = node.args["start"].type
    is_date = kind is not None and kind.this == exp.DType.DATE
    self._set_type(node, array_of(trino_type("date" if is_date else "bigint")))
    return node


def _div(self: Any, node: exp.Expr) -> exp.Expr:
    kinds = [side.type.this if side.type else UNKNOWN for side in (node.this, node.expression)]
    numbers = [exp.DType.INT, exp.DType.BIGINT, exp.DType.DOUBLE]
    known = [numbers.index(kind) for kind in kinds if kind in numbers]
    self._set_type(node, numbers[max(known)] if known else UNKNOWN)
    return node


_LARGEST_INTEGER = 2**31 - 1


def _literal(self: Any, node: exp.Expr) -> exp.Expr:
    """Athena's types of literals: bigint beyond 32 bits, double with an exponent."""
    text: str = node.this
    kind = exp.DType.DOUBLE
    if node.args.get("is_string"):
        kind = exp.DType.VARCHAR
    elif text.isdigit():
        kind = exp.DType.INT if int(text) <= _LARGEST_INTEGER else exp.DType.BIGINT
    self._set_type(node, kind)
    return node


def _row(self: Any, node: exp.Expr) -> exp.Expr:
    """A row of values has no names; ``cast(row(…) as row(a varchar))`` gives them."""
    kinds = [value.type or exp.DataType(this=UNKNOWN) for value in node.expressions]
    kind = exp.DataType(
        this=exp.DType.STRUCT, expressions=[kind.copy() for kind in kinds], nested=True
    )
    self._set_type(node, kind)
    return node


def _joined(self: Any, node: exp.Expr) -> exp.Expr:
    arrays = [side.type for side in (node.this, node.expression) if _is_array(side.type)]
    self._set_type(node, arrays[0] if arrays else exp.DType.VARCHAR)
    return node


def _anonymous(self: Any, node: exp.Expr) -> exp.Expr:
    name = node.name.lower()
    function = portable_set().by_name.get(name)
    if name in _BY_NAME:
        return _BY_NAME[name](self, node)
    if function is None or function.gives in (None, "code"):
        self._set_type(node, UNKNOWN)
        return node
    assert function.gives is not None
    self._set_type(node, _result(node, function.gives))
    return node


_BY_NAME: Mapping[str, Annotator] = {
    "all_match": _match,
    "any_match": _match,
    "histogram": _histogram,
    "map_agg": _map_agg,
    "map_filter": _map_filter,
    "map_values": _map_part(1),
    "none_match": _match,
    "transform_keys": _transform_keys,
    "transform_values": _transform_values,
}

_CODE: Mapping[type[exp.Expr], Annotator] = {
    exp.Anonymous: _anonymous,
    exp.ArrayAgg: _array_agg,
    exp.ArrayFilter: _filter,
    exp.ArrayIntersect: _first_of_many,
    exp.Concat: _first_of_many,
    exp.DPipe: _joined,
    exp.Div: _div,
    exp.GenerateSeries: _sequence,
    exp.Identifier: _identifier,
    exp.Literal: _literal,
    exp.Map: _map,
    exp.MapFromEntries: _map_from_entries,
    exp.MapKeys: _map_part(0),
    exp.Mod: _div,
    exp.Reduce: _reduce,
    exp.Struct: _row,
    exp.Sum: _sum,
    exp.Transform: _transform,
}
