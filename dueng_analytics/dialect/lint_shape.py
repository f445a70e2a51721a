"""House rules on the shape of a SELECT: what it reads, in which order, and what it gives."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.optimizer.scope import Scope
from sqlglot.tokenizer_core import TokenType

from dueng_analytics.dialect.lineage import Lineage, outputs, selects, unaliased
from dueng_analytics.dialect.lint_finding import Finding, Subject, finding, text


def select_star(subject: Subject) -> Iterator[Finding]:
    """The outermost SELECT names its columns: their order is the view's contract."""
    for select in selects(subject.statement.tree):
        for item in select.expressions:
            if item.is_star:
                yield finding(
                    item,
                    f"{text(item)} stands in the outermost SELECT",
                    "Name the columns, in the order that view.yaml declares.",
                )


def semicolon(subject: Subject) -> Iterator[Finding]:
    """A view ends without a semicolon, which Trino's API refuses."""
    if ";" not in subject.statement.text:
        return
    for token in Trino().tokenize(subject.statement.text):
        if token.token_type == TokenType.SEMICOLON:
            yield Finding("a semicolon ends the statement", "Leave it out.", token.line)


def final_order(subject: Subject) -> Iterator[Finding]:
    """A view does not end with ORDER BY: Athena drops the order wherever the view is read."""
    tree = subject.statement.tree
    order = tree.args.get("order")
    if order is not None and tree.args.get("limit") is None:
        yield finding(
            order, "the view ends with an order that nobody sees", "Order where the view is read."
        )


def import_first(subject: Subject) -> Iterator[Finding]:
    """What a view reads stands at its top: first CTEs that import a relation, then all others."""
    tree = subject.statement.tree
    imported = True
    for cte in tree.ctes:
        is_import = _is_import(cte.this)
        if is_import and not imported:
            yield finding(
                cte,
                f"{cte.alias} imports a relation below a CTE that computes",
                "Move it to the top of the WITH.",
            )
        imported = imported and is_import
    known = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        is_cte = not table.db and table.name.lower() in known
        select = table.find_ancestor(exp.Select)
        if is_cte and not (select is not None and _is_import(select)):
            continue
        if not (select is not None and _is_import(select) and isinstance(select.parent, exp.CTE)):
            yield finding(
                table,
                f"{text(table)} is read in the middle of the view",
                "Import it at the top: with name as (select * from relation).",
            )


def _is_import(query: exp.Expr) -> bool:
    """Whether a query is ``select * from relation`` and no more."""
    if not isinstance(query, exp.Select):
        return False
    parts = {name for name, value in query.args.items() if value}
    source = query.args["from_"].this if query.args.get("from_") is not None else None
    return (
        parts <= {"expressions", "from_"}
        and isinstance(source, exp.Table)
        and len(query.expressions) == 1
        and isinstance(query.expressions[0], exp.Star)
    )


def unnested_rows(subject: Subject) -> Iterator[Finding]:
    """UNNEST of rows names every field: Athena makes a column of each, others one of the row."""
    for node in subject.typed.tree.find_all(exp.Unnest):
        expected, has_rows = 0, False
        for value in node.expressions:
            kind = value.type
            element = kind.expressions[0] if kind is not None and kind.expressions else None
            if isinstance(element, exp.DataType) and element.this == exp.DType.STRUCT:
                expected += len(element.expressions)
                has_rows = True
            else:
                expected += 2 if value.is_type(exp.DType.MAP) else 1
        alias = node.args.get("alias")
        given = len(alias.args.get("columns") or ()) if alias is not None else 0
        if has_rows and (given != expected or given == 1):
            yield finding(
                node,
                f"UNNEST of rows gives {expected} columns on Athena, and {given} are named",
                "Unnest one field, transform(rows, r -> r.field), or name all fields.",
            )


def filter_before_unnest(subject: Subject) -> Iterator[Finding]:
    """Rows are filtered before UNNEST, across which no engine pushes the filter and the columns."""
    for scope in subject.lineage.scopes:
        where = scope.expression.args.get("where")
        if where is None:
            continue
        for condition in _conditions(where.this):
            columns = list(condition.find_all(exp.Column))
            if columns and all(_is_unnested_later(c, subject.lineage) for c in columns):
                yield finding(
                    condition,
                    f"{text(condition)} is asked after UNNEST",
                    "Filter in a CTE of its own, and unnest that.",
                )


def _conditions(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.And):
        yield from _conditions(node.left)
        yield from _conditions(node.right)
    else:
        yield node


def _is_unnested_later(column: exp.Column, lineage: Lineage) -> bool:
    """Whether a column is known before an UNNEST that stands between it and its filter."""
    scope = lineage.scope(column)
    source = lineage.source(column)
    if scope is None or source is None or _is_unnest(source):
        return False
    if any(_is_unnest(other) for _, other in scope.selected_sources.values()):
        return True
    if not isinstance(source, Scope) or not isinstance(source.expression, exp.Select):
        return False
    if source.expression.args.get("group") is not None:
        return False
    made = list(outputs(source.expression, column.name))
    return bool(made) and all(
        isinstance(value, exp.Column) and _is_unnested_later(value, lineage) for value in made
    )


def _is_unnest(source: exp.Table | Scope) -> bool:
    return isinstance(source, Scope) and isinstance(source.expression, exp.Unnest)


# Functions that keep the bound of the text, or the types of the elements, that they are given.
_KEEPING = (
    exp.AnyValue, exp.ArgMax, exp.ArgMin, exp.ArrayAgg, exp.ArrayDistinct, exp.ArraySort,
    exp.Filter, exp.FirstValue, exp.IgnoreNulls, exp.Lag, exp.LastValue, exp.Lead, exp.Lower,
    exp.Max, exp.Min, exp.NthValue, exp.Nullif, exp.Order, exp.Distinct, exp.RegexpExtract,
    exp.Reverse, exp.Split, exp.SplitPart, exp.Substring, exp.Trim, exp.Try, exp.Upper,
    exp.Window,
)  # fmt: skip


def bounded_text(subject: Subject) -> Iterator[Finding]:
    """A constant text in an output column is cast: Athena types it by its length, varchar(8)."""
    for node in subject.typed.tree.selects:
        if _is_bounded(unaliased(node), subject.lineage, set()):
            yield finding(
                node,
                f"column {node.output_name} is made of constant texts, a varchar(n) on Athena",
                "Cast one of them: cast('…' as varchar).",
            )


def _is_bounded(node: exp.Expr, lineage: Lineage, seen: set[int]) -> bool:
    """Whether a value is a text that Athena knows the greatest length of, or holds such texts."""
    node = unaliased(node)
    if id(node) in seen:
        return True
    seen.add(id(node))
    if isinstance(node, exp.Literal):
        return bool(node.is_string)
    if isinstance(node, exp.Cast):
        return any(kind.this in exp.DataType.TEXT_TYPES and kind.expressions
                   for kind in node.to.find_all(exp.DataType))  # fmt: skip
    if isinstance(node, exp.Column):
        made = list(lineage.definitions(node))
        return node not in made and _all_bounded(made, lineage, seen)
    if isinstance(node, exp.Struct):
        return any(_is_bounded(value, lineage, seen) for value in node.expressions)
    if isinstance(node, exp.PropertyEQ):
        return _is_bounded(node.expression, lineage, seen)
    if isinstance(node, exp.Map):
        sides = [side for side in (node.args.get("keys"), node.args.get("values")) if side]
        return any(_is_bounded(side, lineage, seen) for side in sides)
    if isinstance(node, _KEEPING):
        inner = node.expressions[0] if isinstance(node, exp.Distinct) else node.this
        return _is_bounded(inner, lineage, seen)
    return _all_bounded(_alternatives(node), lineage, seen)


def _alternatives(node: exp.Expr) -> list[exp.Expr]:
    """The values of which an expression gives one, or that its elements are."""
    if isinstance(node, exp.Case):
        return [item.args["true"] for item in node.args["ifs"]] + [
            value for value in [node.args.get("default")] if value is not None
        ]
    if isinstance(node, exp.If):
        return [value for value in (node.args["true"], node.args.get("false")) if value is not None]
    if isinstance(node, (exp.Coalesce, exp.Greatest, exp.Least)):
        return [node.this, *node.expressions]
    return list(node.expressions) if isinstance(node, exp.Array) else []


def _all_bounded(values: list[exp.Expr], lineage: Lineage, seen: set[int]) -> bool:
    known = [value for value in values if not isinstance(unaliased(value), exp.Null)]
    return bool(known) and all(_is_bounded(value, lineage, seen) for value in known)
