"""House rules on the shape of a SELECT: what it reads, in which order, and what it gives."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.optimizer.scope import Scope
from sqlglot.tokenizer_core import TokenType

from dueng_analytics.dialect.lineage import Lineage, outputs, selects
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
