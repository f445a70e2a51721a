"""Short ways to make nodes of DuckDB SQL, and to ask for the type of one."""

from __future__ import annotations

from itertools import count

from sqlglot import exp

INTEGERS = (exp.DType.INT, exp.DType.BIGINT)
TEXTS = (exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.CHAR)
ARRAYS = (exp.DType.ARRAY, exp.DType.LIST)


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """The call of a function by name; an argument that stands elsewhere already is copied."""
    return exp.Anonymous(this=name, expressions=[placed(value) for value in arguments])


def placed(node: exp.Expr) -> exp.Expr:
    """The node itself, or a copy of one that has a place in a new tree already."""
    if node.meta.get("placed"):
        return node.copy()
    node.meta["placed"] = True
    return node


def is_kind(node: exp.Expr, *kinds: exp.DType) -> bool:
    """Whether a node, typed before, has one of some types."""
    return node.type is not None and node.type.this in kinds


def cast(node: exp.Expr, kind: exp.DType | exp.DataType) -> exp.Cast:
    """The cast of a node to a type."""
    to = kind.copy() if isinstance(kind, exp.DataType) else exp.DataType(this=kind)
    return exp.Cast(this=placed(node), to=to)


def text(value: str) -> exp.Literal:
    """The literal of a text."""
    return exp.Literal.string(value)


def number(value: int) -> exp.Expr:
    """The literal of a whole number, negative ones too."""
    literal = exp.Literal.number(abs(value))
    return exp.Neg(this=literal) if value < 0 else literal


def constant(node: exp.Expr) -> int | None:
    """The value of an integer literal, or None."""
    if isinstance(node, exp.Neg):
        inner = constant(node.this)
        return None if inner is None else -inner
    if isinstance(node, exp.Literal) and not node.is_string and node.this.isdigit():
        return int(node.this)
    return None


def function(body: exp.Expr, *parameters: str) -> exp.Lambda:
    """A lambda of those parameters."""
    names = [exp.to_identifier(name) for name in parameters]
    return exp.Lambda(this=body, expressions=names)


def field(record: exp.Expr, name: str) -> exp.Dot:
    """A field of a struct."""
    return exp.Dot(this=record, expression=exp.to_identifier(name))


def substituted(function: exp.Lambda, values: list[exp.Expr]) -> exp.Expr:
    """The body of a lambda with expressions in the place of its parameters."""
    names = [parameter.name for parameter in function.expressions]

    def value(node: exp.Expr) -> exp.Expr:
        is_field = isinstance(node.parent, exp.Dot) and node.arg_key == "expression"
        is_parameter = isinstance(node.parent, exp.Lambda) and node.arg_key == "expressions"
        if isinstance(node, exp.Identifier) and node.name in names and not is_field | is_parameter:
            return values[names.index(node.name)].copy()
        return node

    body: exp.Expr = function.this
    return body.transform(value)


def fresh(name: str, *trees: exp.Expr) -> str:
    """A name for the parameter of a lambda that no lambda inside of these has."""
    taken = {node.name for tree in trees for node in tree.find_all(exp.Identifier)}
    names = (f"{name}_{number}" if number else f"{name}_" for number in count())
    return next(candidate for candidate in names if candidate not in taken)
