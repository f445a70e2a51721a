"""What DuckDB need not calculate of lists, said in Athena's SQL before anything is rewritten.

A lambda costs DuckDB some 50 µs for each 2,048 rows, though none of them has a list, and a macro
calculates what it is given as often as it names it. Both matter where few rows have a list.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dueng_analytics.dialect.copying import copied
from dueng_analytics.dialect.rewrites.groups import is_grouped
from dueng_analytics.dialect.rewrites.nodes import ARRAYS, is_kind, number, substituted

_DEAR = (
    exp.ArrayDistinct, exp.ArrayExcept, exp.ArrayFilter, exp.ArrayMax, exp.ArrayMin,
    exp.ArrayRemove, exp.Transform,
)  # fmt: skip
_CHEAP = (exp.ArraySize, exp.ArraySlice, exp.ArraySort, exp.ArrayToString, exp.Bracket, exp.Dot)
_MATCHING = ("all_match", "any_match", "none_match")
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


def spared(tree: exp.Expr) -> exp.Expr:
    """The tree, which is used up, with what is asked of a list asked where there is one only.

    What a SELECT groups by is spared by itself, whatever is asked of it further.
    """
    for node in list(_outside_lambdas(tree)):
        if _name(node) == "any_match" and _null_counts_as_false(node):
            node.replace(_counted(node))
    for node in list(_outside_lambdas(tree)):
        listed = None if _is_asked_further(node) else _asked_list(node)
        if listed is not None:
            present = exp.Not(this=exp.Is(this=copied(listed), expression=exp.Null()))
            guarded = exp.Case(ifs=[])
            guarded.type = node.type
            node.replace(guarded)
            guarded.append("ifs", exp.If(this=present, true=node))
    return tree


def has_no_null(array: exp.Expr) -> bool:
    """Whether a filtered array says by its condition that no element of it is NULL."""
    value = None
    if isinstance(array, exp.Transform):
        array, value = array.this, array.expression
    if not isinstance(array, exp.ArrayFilter):
        return False
    condition = array.expression
    parameter = condition.expressions[0]
    wanted = parameter if value is None else substituted(value, [parameter])
    return any(_is_not_null(one, wanted) for one in _conjuncts(condition.this))


def _outside_lambdas(tree: exp.Expr) -> Iterator[exp.Expr]:
    """The nodes that are calculated for a row, or for a group, as what it is grouped by is."""
    for node in tree.walk(bfs=False, prune=lambda one: isinstance(one, (exp.Lambda, exp.DataType))):
        yield node
        if isinstance(node, exp.Lambda):
            for inner in node.walk(bfs=False, prune=is_grouped):
                if is_grouped(inner):
                    yield from _outside_lambdas(inner)


def _name(node: exp.Expr) -> str:
    return node.name.lower() if isinstance(node, exp.Anonymous) else ""


def _operand(node: exp.Expr) -> exp.Expr | None:
    """What a node is NULL for if it is NULL, of those that lists are asked by."""
    operand: exp.Expr | None = None
    if _name(node) in _MATCHING:
        operand = node.expressions[0]
    elif isinstance(node, (*_DEAR, *_CHEAP)):
        operand = node.this
    return operand


def _is_asked_further(node: exp.Expr) -> bool:
    return node.parent is not None and not is_grouped(node) and _operand(node.parent) is node


def _asked_list(node: exp.Expr) -> exp.Expr | None:
    """The column, or field of one, that is asked something dear for which no list is needed."""
    is_dear = False
    operand = _operand(node)
    while operand is not None and not _is_reference(node):
        is_struct = isinstance(node, exp.Bracket) and is_kind(node, exp.DType.STRUCT)
        is_dear = is_dear or is_struct or isinstance(node, _DEAR) or _name(node) in _MATCHING
        node, operand = operand, None if is_grouped(operand) else _operand(operand)
    return node if is_dear and _is_reference(node) and is_kind(node, *ARRAYS) else None


def _is_reference(node: exp.Expr) -> bool:
    while isinstance(node, exp.Dot):
        node = node.this
    return isinstance(node, exp.Column)


def _null_counts_as_false(node: exp.Expr) -> bool:
    while not is_grouped(node) and isinstance(node.parent, (exp.And, exp.Or, exp.Paren)):
        node = node.parent
    parent = None if is_grouped(node) else node.parent
    if isinstance(parent, exp.Coalesce) and node.arg_key == "this":
        return [one.sql() for one in parent.expressions] == ["FALSE"]
    if isinstance(parent, exp.If) and node.arg_key == "this":
        return not (isinstance(parent.parent, exp.Case) and parent.parent.this is not None)
    return isinstance(parent, (exp.Where, exp.Having))


def _counted(node: exp.Expr) -> exp.Expr:
    """Whether any element matches, as the number of those that do."""
    array, question = node.expressions
    matching = exp.ArrayFilter(this=array, expression=question)
    matching.type = array.type
    size = exp.ArraySize(this=matching)
    size.type = exp.DataType(this=exp.DType.BIGINT)
    found = exp.Paren(this=exp.GT(this=size, expression=number(0)))
    found.type = found.this.type = node.type
    return found


def _conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        yield from _conjuncts(condition.this)
        yield from _conjuncts(condition.expression)
    else:
        yield condition


def _is_not_null(condition: exp.Expr, wanted: exp.Expr) -> bool:
    if isinstance(condition, exp.Not) and isinstance(condition.this.unnest(), exp.Is):
        asked = condition.this.unnest()
        return asked.this == wanted and isinstance(asked.expression, exp.Null)
    if isinstance(condition, _COMPARISONS):
        return wanted in (condition.this, condition.expression)
    return False
