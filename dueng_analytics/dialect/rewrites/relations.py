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


REWRITES: Mapping[Key, Rewrite] = {exp.Unnest: unnested}
