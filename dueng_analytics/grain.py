"""Sums at the wrong grain: what a query adds up once for each event that happens once a message.

A view's ``grain`` says what a row is, a column's ``unit`` what its numbers are. Money stands on
each event of a message, and so does the message's id.
"""

from __future__ import annotations

import re

from dueng_analytics.catalog import Catalog, Relation
from dueng_analytics.dialect import Typed, added_up
from dueng_analytics.model.definitions import Source, View

_OF_EVENTS = re.compile(r"\b(?:event|record)s?\b")
_MONEY = re.compile(r"\bUSD?\b")


def query_notices(catalog: Catalog, typed: Typed) -> tuple[str, ...]:
    """What the author of a bound statement should know about how it was understood."""
    return (*catalog.notices(typed.statement), *grain_notices(catalog, typed))


def grain_notices(catalog: Catalog, typed: Typed) -> tuple[str, ...]:
    """What a reader should be told about the sums and counts of a bound statement.

    Money that is summed over events, and ids of messages that are counted over events without
    ``distinct``, each with the view that has every message once.
    """
    told: list[str] = []
    for added in added_up(typed):
        relation = catalog.relations[f"{added.family}.{added.relation}"]
        if not _is_of_events(relation):
            continue
        call = f"{added.function}({added.column}) over {relation.qualified_name}"
        if added.function == "sum" and added.column in _money_columns(relation):
            told.append(
                f"{call} adds up what every event of a message repeats:"
                f" {_instead(catalog, relation, with_money=True)}"
            )
        elif added.function == "count" and added.column.replace("_", "") == "messageid":
            told.append(
                f"{call} counts events, of which a message has several:"
                f" count(distinct {added.column}), or {_instead(catalog, relation)}"
            )
    return tuple(told)


def _is_of_events(relation: Relation) -> bool:
    return isinstance(relation, Source) or _OF_EVENTS.search(relation.grain) is not None


def _money_columns(relation: Relation) -> list[str]:
    return [
        column.name
        for column in relation.columns
        if column.unit is not None and _MONEY.search(column.unit)
    ]


def _instead(catalog: Catalog, relation: Relation, *, with_money: bool = False) -> str:
    """The views of one row a message; those of the relation's own family where it has any."""
    views = [
        view
        for view in catalog.definitions.views
        if view.grain.startswith("one message") and (not with_money or _money_columns(view))
    ]
    views = [view for view in views if view.family == relation.family] or views
    named = [_named(view, with_money) for view in views]
    return f"{' or '.join(named)} has each message once"


def _named(view: View, with_money: bool) -> str:
    if not with_money:
        return view.qualified_name
    return f"{view.qualified_name} ({', '.join(_money_columns(view))})"
