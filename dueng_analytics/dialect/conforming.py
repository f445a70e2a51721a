"""A stored column as the declared one: older tables of a source have fewer and other fields."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from dueng_analytics.errors import DefinitionError, Location
from dueng_analytics.model.types import Array, ColumnType, Map, Scalar, Struct


def conformed(
    value: exp.Expr,
    stored: ColumnType | None,
    declared: ColumnType,
    keys: Mapping[str, str],
    where: Location,
) -> exp.Expr:
    """The expression, in Athena SQL, of the declared type that holds what is stored.

    A field that is not stored is NULL and one that is not declared is left out. A struct where a
    map is declared becomes its entries that are not NULL. What is NULL stays NULL.

    Args:
        stored: the type in the table; None where it has no such column.
        keys: the map key that a struct's field stands for, where it is not the field's name.
        where: the declaration, for the message.

    Raises:
        DefinitionError: a type that cannot become the declared one.
    """
    if stored is None:
        return exp.cast(exp.null(), trino_type(declared.trino))
    if stored.trino == declared.trino:
        return value
    if isinstance(stored, Scalar) and isinstance(declared, Scalar):
        return exp.cast(value, trino_type(declared.trino))
    if isinstance(stored, Array) and isinstance(declared, Array):
        element = exp.to_identifier("element")
        body = conformed(element.copy(), stored.element, declared.element, keys, where)
        return exp.Transform(this=value, expression=exp.Lambda(this=body, expressions=[element]))
    if isinstance(stored, Struct) and isinstance(declared, Struct):
        return _unless_null(value, _row(value, stored, declared, keys, where), declared)
    if isinstance(stored, Struct) and isinstance(declared, Map):
        return _unless_null(value, _entries(value, stored, declared, keys, where), declared)
    raise DefinitionError(
        f"{stored.glue} cannot become {declared.glue}",
        where=where,
        hint="A layout's column has the declared type, or a struct with other fields.",
    )


def trino_type(text: str) -> exp.DataType:
    """The type of that name in Athena SQL."""
    return exp.DataType.build(text, dialect="trino")


def _row(
    value: exp.Expr,
    stored: Struct,
    declared: Struct,
    keys: Mapping[str, str],
    where: Location,
) -> exp.Expr:
    kinds = {field.name: field.type for field in stored.fields}
    parts = [
        conformed(_part(value, field.name), kinds.get(field.name), field.type, keys, where)
        for field in declared.fields
    ]
    row = exp.Anonymous(this="row", expressions=parts)
    return exp.cast(row, trino_type(declared.trino))


def _entries(
    value: exp.Expr, stored: Struct, declared: Map, keys: Mapping[str, str], where: Location
) -> exp.Expr:
    names = [exp.Literal.string(keys.get(field.name, field.name)) for field in stored.fields]
    values = [
        conformed(_part(value, field.name), field.type, declared.value, keys, where)
        for field in stored.fields
    ]
    whole = exp.Anonymous(
        this="map", expressions=[exp.Array(expressions=names), exp.Array(expressions=values)]
    )
    present = exp.Lambda(
        this=exp.not_(exp.Is(this=exp.column("entry"), expression=exp.null())),
        expressions=[exp.to_identifier("name"), exp.to_identifier("entry")],
    )
    filtered = exp.Anonymous(this="map_filter", expressions=[whole, present])
    return exp.cast(filtered, trino_type(declared.trino))


def _part(value: exp.Expr, name: str) -> exp.Expr:
    return exp.Dot(this=value.copy(), expression=exp.to_identifier(name, quoted=True))


def _unless_null(value: exp.Expr, conforming: exp.Expr, declared: ColumnType) -> exp.Expr:
    nothing = exp.Is(this=value.copy(), expression=exp.null())
    null = exp.cast(exp.null(), trino_type(declared.trino))
    return exp.Case(ifs=[exp.If(this=nothing, true=null)], default=conforming)
