"""Constant texts in output columns: on Athena their length is a part of their type.

Which functions keep the length was asked of a Trino 476, with ``typeof``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from dueng_analytics.dialect.lineage import Lineage, unaliased
from dueng_analytics.dialect.lint_finding import Finding, Subject, finding

# Functions whose result has the bound of their first argument, or of its elements.
_KEEPING = (
    exp.AnyValue, exp.ArgMax, exp.ArgMin, exp.ArrayAgg, exp.ArrayDistinct, exp.ArrayExcept,
    exp.ArrayFilter, exp.ArrayRemove, exp.ArraySlice, exp.ArraySort, exp.Bracket, exp.Filter,
    exp.FirstValue, exp.Flatten, exp.IgnoreNulls, exp.JSONExtractScalar, exp.Lag, exp.LastValue,
    exp.Lead, exp.Lower, exp.MapKeys, exp.Max, exp.Min, exp.NthValue, exp.Nullif, exp.Order,
    exp.RegexpExtract, exp.RegexpExtractAll, exp.RegexpReplace, exp.RegexpSplit, exp.Replace,
    exp.Reverse, exp.Split, exp.SplitPart, exp.Substring, exp.Trim, exp.Try, exp.Upper, exp.Window,
)  # fmt: skip
# The same, of functions that sqlglot knows by name only; all of their arguments count.
_KEEPING_BY_NAME = frozenset({"array_union", "map_concat", "map_filter", "map_values"})


def bounded_text(subject: Subject) -> Iterator[Finding]:
    """A constant text in an output column is cast: Athena types it by its length, varchar(8)."""
    bounds = _Bounds(subject.lineage)
    for node in subject.typed.tree.selects:
        if bounds.has(node):
            yield finding(
                node,
                f"column {node.output_name} is made of constant texts, a varchar(n) on Athena",
                "Cast one of them: cast('…' as varchar).",
            )


@dataclass
class _Bounds:
    """Which expressions of a statement are texts of a known greatest length, or hold such texts."""

    lineage: Lineage
    known: dict[int, bool] = field(default_factory=dict)

    def has(self, node: exp.Expr) -> bool:
        node = unaliased(node)
        if id(node) not in self.known:
            self.known[id(node)] = True  # a CTE that reads itself adds nothing
            self.known[id(node)] = self._has(node)
        return self.known[id(node)]

    def _has(self, node: exp.Expr) -> bool:
        if isinstance(node, exp.Literal):
            return bool(node.is_string)
        if isinstance(node, exp.Cast):
            kinds = node.to.find_all(exp.DataType)
            return any(kind.this in exp.DataType.TEXT_TYPES and kind.expressions for kind in kinds)
        if isinstance(node, exp.Column):
            made = list(self.lineage.definitions(node))
            return node not in made and self._all(made)
        if isinstance(node, exp.Struct):
            return any(self.has(value) for value in node.expressions)
        if isinstance(node, exp.PropertyEQ):
            return self.has(node.expression)
        if isinstance(node, exp.Map):
            sides = (node.args.get("keys"), node.args.get("values"))
            return any(self.has(side) for side in sides if side is not None)
        if isinstance(node, exp.Anonymous):
            return self._has_call(node)
        if isinstance(node, exp.Transform):
            return self.has(node.expression.this)
        if isinstance(node, exp.Distinct):
            return self.has(node.expressions[0])
        if isinstance(node, _KEEPING):
            return self.has(node.this)
        return isinstance(node, exp.Chr) or self._all(_alternatives(node))

    def _has_call(self, node: exp.Anonymous) -> bool:
        name = node.name.lower()
        if name in _KEEPING_BY_NAME:
            return self._all([v for v in node.expressions if not isinstance(v, exp.Lambda)])
        if name in ("map_agg", "histogram"):
            return any(self.has(value) for value in node.expressions)
        return name == "to_iso8601"

    def _all(self, values: list[exp.Expr]) -> bool:
        given = [value for value in values if not isinstance(unaliased(value), exp.Null)]
        return bool(given) and all(self.has(value) for value in given)


def _alternatives(node: exp.Expr) -> list[exp.Expr]:
    """The values of which an expression gives one, or that its elements are."""
    values: list[exp.Expr | None] = []
    if isinstance(node, exp.Case):
        values = [*(item.args["true"] for item in node.args["ifs"]), node.args.get("default")]
    elif isinstance(node, exp.If):
        values = [node.args["true"], node.args.get("false")]
    elif isinstance(node, (exp.Coalesce, exp.Greatest, exp.Least)):
        values = [node.this, *node.expressions]
    elif isinstance(node, exp.Array):
        values = list(node.expressions)
    return [value for value in values if value is not None]
