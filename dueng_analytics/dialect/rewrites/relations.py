"""What stands after FROM: the rows of arrays and maps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from dueng_analytics.dialect.problem import Refused
from dueng_analytics.dialect.rewrites.nodes import (
    ARRAYS,
    call,
    function,
    is_kind,
    number,
    text,
)
from dueng_analytics.dialect.rewrites.registry import Key, Rewrite

_Named = Mapping[tuple[str, str], str]


def unnested(node: exp.Expr) -> exp.Expr:
    """``unnest`` of a map gives keys and values, of rows one column for each field, of several
    arrays all of them side by side; DuckDB's takes one array after FROM, but several in a SELECT.
    """
    alias = node.args.get("alias")
    if alias is None or not alias.args.get("columns"):
        raise Refused(node, "needs names for its columns", "Write unnest(…) as t(name).")
    if len(node.expressions) == 1 and not _is_wide(node.expressions[0]):
        return node
    columns = [column for value in node.expressions for column in _columns(node, value)]
    selects: list[exp.Expr] = [call("unnest", column) for column in columns]
    names = list(alias.args["columns"])
    offset = node.args.get("offset")
    if offset:
        names += [offset] if isinstance(offset, exp.Identifier) else []
        sizes = [exp.Coalesce(this=call("len", column), expressions=[number(0)])
                 for column in columns]  # fmt: skip
        longest = call("greatest", *sizes) if len(sizes) > 1 else sizes[0]
        last = exp.Add(this=longest, expression=number(1))
        selects.append(call("unnest", call("range", number(1), last)))
    if len(names) != len(selects):
        reason = f"gives {len(selects)} columns, and {len(names)} are named"
        raise Refused(node, reason, "Name each of them.")
    shape = exp.TableAlias(this=alias.this, columns=[name.copy() for name in names])
    return exp.Subquery(this=exp.select(*selects), alias=shape)


def spread_arrays(node: exp.Expr) -> exp.Expr:
    """``unnest`` of what stands beside it is a join on Athena; DuckDB's join is thirty times slower
    once a filter is pushed below it, so the array is unnested in a SELECT there."""
    joins: list[exp.Join] = list(node.args.get("joins") or [])
    while joins and (spread := _spread(node, joins[0])) is not None:
        source, named = spread
        node.set("from_", exp.From(this=source))
        node.set("joins", joins := joins[1:])
        for column in [each for each in node.find_all(exp.Column) if each.parent is not None]:
            name = named.get((column.table, column.name))
            if name is not None and not _is_inside(column, source):
                column.set("this", exp.to_identifier(name, quoted=True))
                column.set("table", exp.to_identifier(source.alias))
    return node


def _spread(node: exp.Expr, join: exp.Join) -> tuple[exp.Subquery, _Named] | None:
    """The relation with the array's elements in columns of its own, by table and name.

    None where the join is none of an array, or of one that stands alone.
    """
    unnest, source = join.this, node.args["from_"].this
    if not isinstance(unnest, exp.Unnest) or isinstance(source, exp.Unnest) or not source.alias:
        return None
    (array,), table = unnest.expressions, unnest.alias
    size = call("len", array.copy())
    arrays = {unnest.args["alias"].columns[0].name: array}
    if offset := unnest.args.get("offset"):
        last = exp.Add(this=size.copy(), expression=number(1))
        arrays[offset.name] = call("range", number(1), last)
    if join.side == "LEFT":
        filled = exp.GT(this=size, expression=number(0))
        arrays = {
            name: exp.Case(ifs=[exp.If(this=filled.copy(), true=values)], default=exp.array("null"))
            for name, values in arrays.items()
        }
    every = exp.Column(this=exp.Star(), table=exp.to_identifier(source.alias))
    columns = [
        exp.alias_(call("unnest", values), f"{table}.{name}", quoted=True)
        for name, values in arrays.items()
    ]
    inner = exp.select(every, *columns).from_(source.copy())
    named = {(table, name): f"{table}.{name}" for name in arrays}
    alias = exp.TableAlias(this=exp.to_identifier(source.alias))
    return exp.Subquery(this=inner, alias=alias), named


def _is_inside(node: exp.Expr, tree: exp.Expr) -> bool:
    above: exp.Expr | None = node
    while above is not None and above is not tree:
        above = above.parent
    return above is tree


def _is_wide(value: exp.Expr) -> bool:
    """Whether a value unnests to several columns."""
    if is_kind(value, exp.DType.MAP):
        return True
    return bool(_fields(value))


def _fields(value: exp.Expr) -> list[exp.Expr]:
    """The fields of the rows that an array holds; none where it holds something else."""
    kind = value.type
    if kind is None or kind.this not in ARRAYS or not kind.expressions:
        return []
    element = kind.expressions[0]
    return list(element.expressions) if element.this == exp.DType.STRUCT else []


def _columns(node: exp.Expr, value: exp.Expr) -> Iterator[exp.Expr]:
    """The arrays that stand side by side for a value."""
    if is_kind(value, exp.DType.MAP):
        yield call("map_keys", value)
        yield call("map_values", value)
        return
    if not is_kind(value, *ARRAYS):
        raise Refused(node, "takes arrays and maps", "Unnest one of them.")
    fields = _fields(value)
    if not fields:
        yield value
    for place, field in enumerate(fields, start=1):
        key = text(field.name) if isinstance(field, exp.ColumnDef) else number(place)
        body = call("struct_extract", exp.to_identifier("row_"), key)
        yield call("list_transform", value, function(body, "row_"))


REWRITES: Mapping[Key, Rewrite] = {exp.Unnest: unnested, exp.Select: spread_arrays}
