"""What the columns of a result are headed: the names as their author wrote them.

Names are compared without regard to case, and Trino writes a result's headings in the case of the
query; Athena does too, by its page on names of tables and columns. Only what a ``*`` takes from a
list of names, as in ``unnest(…) as t(Email)``, is headed in lower case here.
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, build_scope

_WRITTEN = "written"


def keep_written_names(tree: exp.Query) -> None:
    """Note every name on its own node, before names are brought into one case."""
    for name in tree.find_all(exp.Identifier):
        name.meta[_WRITTEN] = name.name


def name_as_athena_does(tree: exp.Query) -> None:
    """Call outputs without a name ``_col0``, ``_col1``, …: by their place, as Athena shows them."""
    for place, item in enumerate(tree.selects):
        if _is_nameless(item):
            item.set("alias", exp.to_identifier(f"_col{place}"))


def headings(tree: exp.Query) -> tuple[str, ...]:
    """The heading of each column of a qualified tree whose names were kept, in order."""
    scope = build_scope(tree)
    assert scope is not None
    return tuple(_heading(scope, place) for place in range(len(tree.selects)))


def _heading(scope: Scope, place: int) -> str:
    """How a column of a SELECT was written there, or where a ``*`` took it from."""
    if scope.set_operation_scopes:
        return _heading(scope.set_operation_scopes[0], place)
    assert isinstance(scope.expression, exp.Query)
    item = scope.expression.selects[place]
    value = item.unalias()
    last = value.this if isinstance(value, exp.Column) else value.args.get("expression")
    for name in (item.args.get("alias"), last):
        if isinstance(name, exp.Identifier) and _WRITTEN in name.meta:
            return str(name.meta[_WRITTEN])
    source = scope.sources.get(value.table) if isinstance(value, exp.Column) else None
    if isinstance(source, Scope) and isinstance(source.expression, exp.Query):
        names = [item.output_name for item in source.expression.selects]
        if value.name in names:
            return _heading(source, names.index(value.name))
    return f"_col{place}" if _is_nameless(item) else str(item.output_name)


def _is_nameless(item: exp.Expr) -> bool:
    """Whether the name of an output was made up, and does not come from a column or a field."""
    named = item.args.get("alias")
    made_up = isinstance(named, exp.Identifier) and _WRITTEN not in named.meta
    return made_up and not isinstance(item.unalias(), (exp.Column, exp.Dot))
