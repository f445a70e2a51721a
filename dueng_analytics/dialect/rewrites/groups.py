"""What a statement groups by: DuckDB finds it elsewhere only where it is said in the same words.

So nothing that stands around it may change it, take it apart or ask its columns for themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

_GROUPED = "grouped"
_SETS = (exp.Cube, exp.Group, exp.GroupingSets, exp.Paren, exp.Rollup, exp.Tuple)
_BEFORE_GROUPS = frozenset({"with_", "from_", "joins", "laterals", "where"})
_SAME = str.maketrans("", "", '"()')
"""Quotes and brackets mean nothing to the two: what differs in them alone is the same to them."""


def note_groups(tree: exp.Expr) -> bool:
    """Whether any SELECT of an Athena tree has groups.

    Puts into the ``meta`` of each expression whether its SELECT groups by it.
    """
    selects = [
        select
        for select in tree.find_all(exp.Select)
        if select.args.get("group") or select.args.get("having")
    ]
    for select in selects:
        group = select.args.get("group")
        keys = [] if group is None else [key for key in _keys(group) if _is_made(key)]
        kinds, said = {type(key) for key in keys}, {_said(key) for key in keys}
        for node in _grouped_parts(select) if keys else ():
            if type(node) in kinds and _said(node) in said:
                node.meta[_GROUPED] = True
    return bool(selects)


def is_grouped(node: exp.Expr) -> bool:
    """Whether a node is an expression, and no mere column, that its SELECT groups by."""
    return _GROUPED in node.meta


def keep_groups(tree: exp.Expr) -> None:
    """Write a DuckDB tree so that DuckDB reads of its groups what is written.

    In a HAVING it takes a field of a lambda's parameter, ``p.name``, for a column that nothing is
    grouped by, but not ``(p).name``. Of ``(a and b) and c`` it makes one AND of three, in which
    it does not find ``a and b``: two NOTs keep that apart.
    """
    for select in tree.find_all(exp.Select):
        for node in [*_grouped_parts(select)] if select.args.get("having") else ():
            if isinstance(node, exp.Dot) and isinstance(node.this, exp.Identifier):
                node.set("this", exp.Paren(this=node.this))
    for node in [*tree.find_all(exp.And, exp.Or)]:
        place = node.parent
        while isinstance(place, exp.Paren):
            place = place.parent
        if is_grouped(node) and type(place) is type(node):
            denied = exp.Not()
            node.replace(exp.Not(this=denied))
            denied.set("this", exp.Paren(this=node))


def _keys(group: exp.Expr) -> Iterator[exp.Expr]:
    for part in group.iter_expressions():
        if isinstance(part, _SETS):
            yield from _keys(part)
        else:
            yield part


def _is_made(key: exp.Expr) -> bool:
    return not isinstance(key, (exp.Column, exp.Literal))


def _grouped_parts(select: exp.Expr) -> Iterator[exp.Expr]:
    """What is calculated of groups, and the groups themselves."""
    for name, value in select.args.items():
        parts = value if isinstance(value, list) else [value]
        for part in parts if name not in _BEFORE_GROUPS else ():
            if isinstance(part, exp.Expr):
                yield from part.walk(prune=lambda node: isinstance(node, exp.DataType))


def _said(node: exp.Expr) -> str:
    return node.sql("athena", comments=False).translate(_SAME)
