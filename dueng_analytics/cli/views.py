"""The views that a command is about."""

from __future__ import annotations

from collections.abc import Sequence

from dueng_analytics.catalog import Catalog
from dueng_analytics.errors import UsageError
from dueng_analytics.model.definitions import Source, View


def chosen_views(catalog: Catalog, names: Sequence[str]) -> tuple[View, ...]:
    """The views of the given names, each once and in that order; every view without any name.

    Raises:
        UnknownRelation: with the nearest names.
        UsageError: a name is a source's.
    """
    if not names:
        return catalog.definitions.views
    views: dict[str, View] = {}
    for name in names:
        relation = catalog.find(name)
        if isinstance(relation, Source):
            raise UsageError(
                f"{relation.qualified_name} is a source, not a view",
                hint=f"`dueng source ddl {relation.name}` prints its table.",
            )
        views[relation.qualified_name] = relation
    return tuple(views.values())
