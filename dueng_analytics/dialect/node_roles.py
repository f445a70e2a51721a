"""What a node is to the statement around it: the places that operators of mutation look for."""

from __future__ import annotations

import re

from sqlglot import exp

_POWER_OF_TEN = re.compile(r"10*(\.0+)?([eE]\d+)?")


def is_map_key(node: exp.Expr) -> bool:
    """Whether a node is the text by which a map is looked up."""
    parent = node.parent
    return (
        isinstance(parent, exp.Bracket)
        and node.arg_key == "expressions"
        and isinstance(node, exp.Literal)
        and node.is_string
    )


def is_factor(node: exp.Literal) -> bool:
    """Whether a number is a power of ten that something is multiplied with or divided by."""
    return (
        isinstance(node.parent, (exp.Mul, exp.Div))
        and not node.is_string
        and _POWER_OF_TEN.fullmatch(node.this) is not None
    )


def is_conjunct(node: exp.Expr) -> bool:
    """Whether a node is one of the conditions that must all hold for a row or element to stay."""
    if isinstance(node, exp.And):
        return False
    while isinstance(node.parent, (exp.And, exp.Paren)):
        node = node.parent
    parent = node.parent
    if isinstance(node, exp.Paren) and isinstance(node.unnest(), exp.And):
        return False
    if isinstance(parent, exp.Lambda):
        return node.arg_key == "this" and isinstance(parent.parent, exp.ArrayFilter)
    return (isinstance(parent, (exp.Where, exp.Having)) and node.arg_key == "this") or (
        isinstance(parent, exp.Join) and node.arg_key == "on"
    )


def is_reference(node: exp.Expr) -> bool:
    """Whether a node is a column with all the fields that are read of it."""
    whole = not (isinstance(node.parent, exp.Dot) and node.arg_key == "this")
    if isinstance(node, exp.Column):
        return whole and "line" in node.this.meta
    if isinstance(node, exp.Dot):
        first = node.this
        while isinstance(first, exp.Dot):
            first = first.this
        return whole and isinstance(first, exp.Column) and "line" in first.this.meta
    return False


def is_outermost(select: exp.Select) -> bool:
    """Whether a SELECT gives rows of the statement itself: alone, or as a branch of a UNION."""
    node: exp.Expr = select
    while isinstance(node.parent, exp.SetOperation) and node.arg_key in ("this", "expression"):
        node = node.parent
    return node.parent is None
