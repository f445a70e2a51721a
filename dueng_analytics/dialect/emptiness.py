"""Whether a query of nothing has no rows, so that it need not be translated and planned."""

from __future__ import annotations

from sqlglot import exp

from dueng_analytics.dialect.statement import Statement


def is_empty_over_nothing(statement: Statement) -> bool:
    """Whether a statement gives no row whenever none of its relations has any.

    True is certain; False says only that it was not shown. A SELECT that begins with no relation
    may have rows by itself, and so has one that aggregates without GROUP BY or over an empty
    grouping set.
    """
    return all(_is_empty(select) for select in statement.tree.find_all(exp.Select)) and not any(
        statement.tree.find_all(exp.Values)
    )


def _is_empty(select: exp.Select) -> bool:
    if select.args.get("from_") is None or not isinstance(
        select.args["from_"].this, exp.Table | exp.Subquery
    ):
        return False
    if any(join.side in ("RIGHT", "FULL") for join in select.args.get("joins") or ()):
        return False
    group = select.args.get("group")
    if group is not None:
        return group.find(exp.GroupingSets, exp.Cube, exp.Rollup) is None
    return not any(
        aggregate.parent_select is select and aggregate.find_ancestor(exp.Window) is None
        for aggregate in select.find_all(exp.AggFunc)
    )
