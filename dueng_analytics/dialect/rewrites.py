"""Where DuckDB answers otherwise than Athena: one function for each difference.

Every rewrite takes a node of a typed Athena tree and returns the node to use on DuckDB, the same
one where nothing differs. The differences were measured; the references on SQL portability and on
a real Trino say how.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

Rewrite = Callable[[exp.Expr], exp.Expr]

_INTEGERS = (exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT)

# Functions that DuckDB lacks or answers otherwise; created once on every connection.
MACROS: tuple[str, ...] = (
    # The text of a scalar; NULL for text that is no JSON, for objects, for arrays and for null.
    """
    create or replace macro athena_json_extract_scalar(document, path) as
    case
        when json_valid(document)
            and json_type(document, path) not in ('OBJECT', 'ARRAY', 'NULL')
        then json_extract_string(document, path)
    end
    """,
)


def plain_timestamp(node: exp.Expr) -> exp.Expr:
    """``timestamp(3)`` is DuckDB's ``TIMESTAMP``: one type for every time, whatever made it."""
    zoned = (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ)
    if isinstance(node, exp.DataType) and node.this in zoned and node.expressions:
        return exp.DataType(this=node.this)
    return node


def wall_time(node: exp.Expr) -> exp.Expr:
    """A cast of ``at_timezone(t, zone)`` to a time without zone gives the wall time there.

    DuckDB's TIMESTAMPTZ is an instant and has no zone of its own, so the zone goes into the cast.
    """
    if (
        isinstance(node, exp.Cast)
        and _is_call(node.this, "at_timezone")
        and node.to.this in (exp.DType.DATE, exp.DType.TIMESTAMP)
    ):
        moment, zone = node.this.expressions
        local = exp.Anonymous(this="timezone", expressions=[zone, moment])
        return exp.Cast(this=local, to=node.to)
    return node


def zoned_wall_time(node: exp.Expr) -> exp.Expr:
    """``with_timezone(t, zone)`` is the instant at which clocks in that zone show the time."""
    if _is_call(node, "with_timezone"):
        moment, zone = node.expressions
        return exp.Anonymous(this="timezone", expressions=[zone, moment])
    return node


def integer_division(node: exp.Expr) -> exp.Expr:
    """``7 / 2`` of integers is 3 on Athena and 3.5 on DuckDB, whose ``//`` cuts like Athena's."""
    if (
        isinstance(node, exp.Div)
        and _is(node.this, *_INTEGERS)
        and _is(node.expression, *_INTEGERS)
    ):
        return exp.IntDiv(this=node.this, expression=node.expression)
    return node


def bigint_sum(node: exp.Expr) -> exp.Expr:
    """``sum`` of integers and ``count_if`` are bigint on Athena, HUGEINT on DuckDB."""
    if _adds_integers(node):
        outer: exp.Expr = node
        if isinstance(node.parent, (exp.Filter, exp.Window)):
            return node  # the cast goes around the whole aggregate, see outer_bigint_sum
        return exp.Cast(this=outer.copy(), to=exp.DataType(this=exp.DType.BIGINT))
    return node


def filtered_bigint_sum(node: exp.Expr) -> exp.Expr:
    """The same for a sum under FILTER or OVER."""
    if (
        isinstance(node, (exp.Filter, exp.Window))
        and not isinstance(node.parent, (exp.Filter, exp.Window))
        and (aggregate := node.find(exp.Sum, exp.CountIf)) is not None
        and _adds_integers(aggregate)
    ):
        return exp.Cast(this=node.copy(), to=exp.DataType(this=exp.DType.BIGINT))
    return node


def json_scalar(node: exp.Expr) -> exp.Expr:
    """``json_extract_scalar`` of bad JSON is NULL on Athena and an error on DuckDB."""
    if isinstance(node, exp.JSONExtractScalar):
        path = node.expression
        text = path.sql("duckdb") if isinstance(path, exp.JSONPath) else None
        literal = exp.Literal.string(text.strip("'")) if text else path
        return exp.Anonymous(this="athena_json_extract_scalar", expressions=[node.this, literal])
    return node


def json_text(node: exp.Expr) -> exp.Expr:
    """``json_format`` is a cast on DuckDB, and JSON null is the text ``null`` on both."""
    if isinstance(node, exp.JSONFormat):
        return exp.Cast(this=node.this, to=exp.DataType(this=exp.DType.TEXT))
    return node


def transformed_map_values(node: exp.Expr) -> exp.Expr:
    """``transform_values`` does not exist on DuckDB: go over the entries and build the map anew."""
    if not (isinstance(node, exp.Anonymous) and node.name.lower() == "transform_values"):
        return node
    mapping, function = node.expressions
    key, value = (parameter.name for parameter in function.expressions)
    entry = exp.to_identifier("entry")

    def through_entry(name: exp.Expr) -> exp.Expr:
        is_field = isinstance(name.parent, exp.Dot) and name.arg_key == "expression"
        if isinstance(name, exp.Identifier) and not is_field and name.name in (key, value):
            part = "key" if name.name == key else "value"
            return exp.Dot(this=entry.copy(), expression=exp.to_identifier(part))
        return name

    body = function.this.copy().transform(through_entry)
    pair = exp.Struct(
        expressions=[
            exp.PropertyEQ(
                this=exp.to_identifier("key"),
                expression=exp.Dot(this=entry.copy(), expression=exp.to_identifier("key")),
            ),
            exp.PropertyEQ(this=exp.to_identifier("value"), expression=body),
        ]
    )
    entries = exp.Anonymous(this="map_entries", expressions=[mapping.copy()])
    changed = exp.Transform(this=entries, expression=exp.Lambda(this=pair, expressions=[entry]))
    return exp.Anonymous(this="map_from_entries", expressions=[changed])


REWRITES: tuple[Rewrite, ...] = (
    transformed_map_values,
    wall_time,
    zoned_wall_time,
    plain_timestamp,
    integer_division,
    filtered_bigint_sum,
    bigint_sum,
    json_scalar,
    json_text,
)


def _adds_integers(node: exp.Expr) -> bool:
    return isinstance(node, exp.CountIf) or (
        isinstance(node, exp.Sum) and _is(node.this, *_INTEGERS)
    )


def _is(node: exp.Expr, *kinds: exp.DType) -> bool:
    return node.type is not None and node.type.this in kinds


def _is_call(node: exp.Expr, name: str) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.lower() == name
