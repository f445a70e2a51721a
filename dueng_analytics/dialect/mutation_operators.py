"""The usual mistakes, each as a function from a node to what could stand there instead.

An operator looks at one node of a bound tree and never changes the tree that it looks at. Types
are kept, so that a mutant is translated as the original is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from sqlglot import exp

from dueng_analytics.dialect.node_roles import (
    is_conjunct,
    is_factor,
    is_map_key,
    is_outermost,
    is_reference,
)


@dataclass(frozen=True, slots=True)
class Change:
    """Each node to replace with what to put in its place; the texts are what a person would see."""

    before: str
    after: str
    replacements: tuple[tuple[exp.Expr, exp.Expr], ...]


Operator = Callable[[exp.Expr], Iterator[Change]]

_FACTORS: Mapping[str, str] = {"1": "1000", "10": "1000", "100": "1", "1000": "1000000"}
_UNITS: Mapping[str, str] = {
    "MILLISECOND": "SECOND",
    "SECOND": "MILLISECOND",
    "MINUTE": "SECOND",
    "HOUR": "MINUTE",
    "DAY": "HOUR",
    "WEEK": "DAY",
    "MONTH": "DAY",
    "QUARTER": "MONTH",
    "YEAR": "MONTH",
}
_YEAR = re.compile(r"(\d{4})-\d{2}-\d{2}")
_OPPOSITE: Mapping[type[exp.Expr], type[exp.Expr]] = {
    exp.Min: exp.Max,
    exp.Max: exp.Min,
    exp.ArgMin: exp.ArgMax,
    exp.ArgMax: exp.ArgMin,
    exp.Least: exp.Greatest,
    exp.Greatest: exp.Least,
    exp.LogicalOr: exp.LogicalAnd,
    exp.LogicalAnd: exp.LogicalOr,
    exp.FirstValue: exp.LastValue,
    exp.LastValue: exp.FirstValue,
    exp.Lag: exp.Lead,
    exp.Lead: exp.Lag,
}
_BOUNDARY: Mapping[type[exp.Expr], type[exp.Expr]] = {
    exp.LT: exp.LTE,
    exp.LTE: exp.LT,
    exp.GT: exp.GTE,
    exp.GTE: exp.GT,
}
_FOLDING = (exp.Lower, exp.Upper, exp.Trim)
_WRITTEN_ARGUMENTS = ("this", "expression", "expressions", "true", "false", "default")
_SHOWN_CHARACTERS = 70


def shown(node: exp.Expr) -> str:
    """A node as short text on one line."""
    text = " ".join(node.sql("athena", normalize_functions="lower").split())
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def _change(node: exp.Expr, new: exp.Expr) -> Change:
    new.type = node.type
    return Change(shown(node), shown(new), ((node, new),))


def _literal(node: exp.Literal, text: str) -> Change:
    return _change(node, exp.Literal(this=text, is_string=node.is_string))


# The operators ------------------------------------------------------------------------------


def mistyped_key(node: exp.Expr) -> Iterator[Change]:
    """The key of a map, or the last key of a JSON path, with a letter missing."""
    if isinstance(node, exp.Literal) and is_map_key(node):
        yield _literal(node, _misspelt(node.this))
    if isinstance(node, exp.JSONPath):
        new = node.copy()
        keys = [part for part in new.expressions if isinstance(part, exp.JSONPathKey)]
        if keys and isinstance(keys[-1].this, str):
            keys[-1].set("this", _misspelt(keys[-1].this))
            yield _change(node, new)


def dropped_filter(node: exp.Expr) -> Iterator[Change]:
    """A conjunct of WHERE, HAVING, ON or FILTER that is not asked any more."""
    if is_conjunct(node) and not isinstance(node, exp.Boolean):
        yield _change(node, exp.true())


def inverted_filter(node: exp.Expr) -> Iterator[Change]:
    """A conjunct of WHERE, HAVING, ON or FILTER that keeps what it should drop."""
    if is_conjunct(node) and not isinstance(node, exp.Boolean):
        yield _change(node, _negated(node))


def inverted_condition(node: exp.Expr) -> Iterator[Change]:
    """The condition of a CASE branch or of an ``if``, negated."""
    if (
        isinstance(node.parent, exp.If)
        and node.arg_key == "this"
        and not (isinstance(node.parent.parent, exp.Case) and node.parent.parent.this)
    ):
        yield _change(node, _negated(node))


def swapped_branches(node: exp.Expr) -> Iterator[Change]:
    """The results of two neighbouring branches of a CASE, exchanged."""
    if isinstance(node, exp.If) and not isinstance(node.parent, exp.Case):
        other = node.args.get("false")
        if other is not None and other != node.args["true"]:
            exchanged = node.copy()
            exchanged.set("true", other.copy())
            exchanged.set("false", node.args["true"].copy())
            yield _change(node, exchanged)
    if not isinstance(node, exp.Case):
        return
    results = [branch.args["true"] for branch in node.args["ifs"]]
    default = node.args.get("default")
    if default is not None:
        results.append(default)
    for index, (left, right) in enumerate(pairwise(results)):
        if left == right:
            continue
        new = node.copy()
        new.args["ifs"][index].set("true", right.copy())
        if index + 1 < len(new.args["ifs"]):
            new.args["ifs"][index + 1].set("true", left.copy())
        else:
            new.set("default", left.copy())
        new.type = node.type
        before, after = f"{shown(left)}, {shown(right)}", f"{shown(right)}, {shown(left)}"
        yield Change(before, after, ((node, new),))


def swapped_outputs(node: exp.Expr) -> Iterator[Change]:
    """Two output columns of one type, each with the other's value."""
    if not (isinstance(node, exp.Select) and is_outermost(node)):
        return
    last: dict[str, int] = {}
    for index, select in enumerate(node.selects):
        if not isinstance(select, exp.Alias) or select.type is None:
            continue
        kind = select.type.sql("trino")
        before, last[kind] = last.get(kind), index
        if before is None or node.selects[before].this == select.this:
            continue
        left, right = node.selects[before].this, select.this
        names = node.selects[before].alias, select.alias
        yield Change(
            ", ".join(names), ", ".join(reversed(names)),
            ((left, right.copy()), (right, left.copy())),
        )  # fmt: skip


def swapped_reference(node: exp.Expr) -> Iterator[Change]:
    """A column, or a field of one, read where another one of its type should be."""
    if not is_reference(node) or node.type is None:
        return
    select = node.find_ancestor(exp.Select)
    if select is None or (isinstance(node.parent, exp.Alias) and is_outermost(select)):
        return
    kind = node.type.sql("trino")
    others: dict[str, exp.Expr] = {}
    for other in select.walk(bfs=False):
        if (
            is_reference(other)
            and other.type is not None
            and other.type.sql("trino") == kind
            and other.find_ancestor(exp.Select) is select
            and not other.find_ancestor(exp.Lambda)
        ):
            others.setdefault(other.sql("athena"), other)
    texts = list(others)
    own = node.sql("athena")
    if len(texts) < 2 or own not in others:
        return
    chosen = others[texts[(texts.index(own) + 1) % len(texts)]]
    yield _change(node, chosen.copy())


def unit_factor(node: exp.Expr) -> Iterator[Change]:
    """A factor or divisor between units off by a thousand, or a unit of time that is another."""
    if isinstance(node, exp.Literal) and is_factor(node):
        digits = node.this
        mantissa, mark, exponent = digits.partition("e")
        if mark:
            new = f"{mantissa}e{int(exponent) + 3 if int(exponent) <= 3 else int(exponent) - 3}"
        else:
            whole = digits.partition(".")[0]
            new = _FACTORS.get(whole) or whole[:-3]
        yield _literal(node, new)
    if isinstance(node, exp.Var) and node.arg_key == "unit" and node.name.upper() in _UNITS:
        yield _change(node, exp.Var(this=_UNITS[node.name.upper()]))


def join_kind(node: exp.Expr) -> Iterator[Change]:
    """LEFT for INNER, and the other way round, CROSS JOIN UNNEST included."""
    if not isinstance(node, exp.Join):
        return
    new = node.copy()
    if node.side in ("LEFT", "RIGHT"):
        new.set("side", None)
        new.set("kind", None)
    elif node.side == "FULL":
        new.set("side", "LEFT")
    elif node.args.get("on") is not None:
        new.set("side", "LEFT")
        new.set("kind", None)
    elif isinstance(node.this, exp.Unnest):
        new.set("side", "LEFT")
        new.set("kind", None)
        new.set("on", exp.true())
    else:
        return
    yield _change(node, new)


def min_max(node: exp.Expr) -> Iterator[Change]:
    """The other end: largest for smallest, latest for earliest, any for all, next for previous."""
    opposite = _OPPOSITE.get(type(node))
    if opposite is not None:
        yield _change(node, opposite(**node.copy().args))
    if isinstance(node, exp.Ordered) and node.find_ancestor(
        exp.Window, exp.Subquery, exp.CTE, exp.AggFunc
    ):
        new = node.copy()
        new.set("desc", not node.args.get("desc"))
        yield _change(node, new)


def dropped_distinct(node: exp.Expr) -> Iterator[Change]:
    """DISTINCT forgotten in an aggregate or SELECT, or UNION and UNION ALL confused."""
    if isinstance(node, exp.Distinct) and len(node.expressions) == 1:
        yield _change(node, node.expressions[0].copy())
    if isinstance(node, exp.Select) and node.args.get("distinct") is not None:
        new = node.copy()
        new.set("distinct", None)
        yield Change("select distinct", "select", ((node, new),))
    if isinstance(node, exp.ArrayDistinct):
        yield _change(node, node.this.copy())
    if isinstance(node, exp.Union):
        new_union = node.copy()
        new_union.set("distinct", not node.args.get("distinct"))
        texts = ("union all", "union")
        before = bool(node.args.get("distinct"))
        yield Change(texts[before], texts[not before], ((node, new_union),))


def changed_literal(node: exp.Expr) -> Iterator[Change]:
    """A text with a letter too many, a number one too large, true for false."""
    if isinstance(node, exp.Boolean):
        # The parser adds some where nobody wrote any, such as the place of NULLs in a sort.
        if node.arg_key in _WRITTEN_ARGUMENTS and not is_conjunct(node):
            yield _change(node, exp.Boolean(this=not node.this))
        return
    if not isinstance(node, exp.Literal) or is_map_key(node) or is_factor(node):
        return
    text: str = node.this
    if node.arg_key == "group" and text == "0":
        return  # the parser adds it to a regexp_extract that names no group
    if not node.is_string:
        number = float(text) + 1 if re.search(r"[.eE]", text) else int(text) + 1
        yield _literal(node, f"{number:g}e0" if "e" in text.lower() else str(number))
    elif isinstance(node.parent, exp.Interval):
        if text.isdigit():
            yield _literal(node, str(int(text) + 1))
    elif isinstance(node.parent, exp.AtTimeZone):
        yield _literal(node, "Asia/Tokyo")
    elif match := _YEAR.match(text):
        yield _literal(node, f"{int(match[1]) + 1}{text[4:]}")
    elif text[-1:] in ("%", "$"):  # before the end of a pattern, where it can still match
        yield _literal(node, f"{text[:-1]}x{text[-1]}")
    else:
        yield _literal(node, f"{text}x")


def coalesce_order(node: exp.Expr) -> Iterator[Change]:
    """A later choice of a COALESCE asked before the one in front of it."""
    if not isinstance(node, exp.Coalesce):
        return
    choices = [node.this, *node.expressions]
    for index, (left, right) in enumerate(pairwise(choices)):
        if left == right:
            continue
        order = [*choices[:index], right, left, *choices[index + 2 :]]
        new = node.copy()
        new.set("this", order[0].copy())
        new.set("expressions", [choice.copy() for choice in order[1:]])
        yield _change(node, new)


def comparison_boundary(node: exp.Expr) -> Iterator[Change]:
    """``<`` for ``<=`` and the like; a BETWEEN without its upper end."""
    other = _BOUNDARY.get(type(node))
    if other is not None:
        yield _change(node, other(**node.copy().args))
    if isinstance(node, exp.Between):
        lower = exp.GTE(this=node.this.copy(), expression=node.args["low"].copy())
        upper = exp.LT(this=node.this.copy(), expression=node.args["high"].copy())
        yield _change(node, exp.paren(exp.and_(lower, upper, wrap=False), copy=False))


def and_or(node: exp.Expr) -> Iterator[Change]:
    """AND for OR, and the other way round."""
    if isinstance(node, (exp.And, exp.Or)):
        other = exp.Or if isinstance(node, exp.And) else exp.And
        new = other(this=_wrapped(node.this), expression=_wrapped(node.expression))
        new.type = node.type
        yield _change(node, exp.Paren(this=new))


def plus_minus(node: exp.Expr) -> Iterator[Change]:
    """``+`` for ``-``, and the other way round."""
    if isinstance(node, (exp.Add, exp.Sub)):
        other = exp.Sub if isinstance(node, exp.Add) else exp.Add
        yield _change(node, other(**node.copy().args))


def dropped_folding(node: exp.Expr) -> Iterator[Change]:
    """``lower``, ``upper`` or ``trim`` forgotten."""
    if isinstance(node, _FOLDING):
        yield _change(node, node.this.copy())


OPERATORS: Mapping[str, Operator] = {
    "map key mistyped": mistyped_key,
    "filter dropped": dropped_filter,
    "filter inverted": inverted_filter,
    "condition inverted": inverted_condition,
    "branches swapped": swapped_branches,
    "output columns swapped": swapped_outputs,
    "other column read": swapped_reference,
    "unit factor": unit_factor,
    "join kind": join_kind,
    "min for max": min_max,
    "distinct dropped": dropped_distinct,
    "literal changed": changed_literal,
    "coalesce order": coalesce_order,
    "comparison boundary": comparison_boundary,
    "and for or": and_or,
    "plus for minus": plus_minus,
    "case folding dropped": dropped_folding,
}


# Parts of what is put in place ---------------------------------------------------------------


def _misspelt(key: str) -> str:
    return key[:-1] if len(key) > 1 else f"{key}x"


def _negated(node: exp.Expr) -> exp.Expr:
    negation: exp.Expr = exp.Not(this=_wrapped(node))
    if isinstance(node, exp.Not):
        negation = node.this.copy()
    negation.type = node.type
    return negation


def _wrapped(node: exp.Expr) -> exp.Expr:
    new = node.copy()
    if isinstance(new, exp.Paren):
        return new
    wrapped = exp.Paren(this=new)
    wrapped.type = node.type
    return wrapped
