"""Where DuckDB answers otherwise than Athena: one function for each difference.

Known, and not shown here: NaN equals itself on DuckDB and nothing on Athena; doubles beyond 1e16
are written with other last digits; ``from_iso8601_timestamp`` of week and ordinal dates fails.

Every rewrite takes a node of a typed Athena tree whose parts are rewritten already, and returns
the node to use on DuckDB. The differences were measured on a Trino 476; ``tests/portable_cases``
holds its answers.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from dueng_analytics.dialect.rewrites import (
    aggregates,
    arrays,
    casts,
    documents,
    groups,
    lists,
    maps,
    numbers,
    patterns,
    relations,
    text,
    times,
    zones,
)
from dueng_analytics.dialect.rewrites.macros import macros_of
from dueng_analytics.dialect.rewrites.native import NATIVE
from dueng_analytics.dialect.rewrites.registry import Key, Rewrite

__all__ = ["NATIVE", "REWRITES", "macros_of", "rewritten"]

_MODULES = (
    aggregates, arrays, casts, documents, maps, numbers, patterns, relations, text, times, zones,
)  # fmt: skip
REWRITES: Mapping[Key, Rewrite] = {
    key: rewrite for module in _MODULES for key, rewrite in module.REWRITES.items()
}


def rewritten(tree: exp.Expr) -> exp.Expr:
    """The tree for DuckDB; the given one is used up.

    Raises:
        Refused: a node that has no exact counterpart.
    """
    has_groups = groups.note_groups(tree)
    tree = lists.spared(tree)
    nodes = [node for node in tree.walk(bfs=False, prune=_is_type) if not _is_type(node)]
    zones.note_zones(tree, nodes)
    documents.note_order(nodes)
    for node in reversed(nodes):
        key: Key = node.name.lower() if isinstance(node, exp.Anonymous) else type(node)
        rewrite = REWRITES.get(key)
        if rewrite is None:
            continue
        parent, name, index, kind = node.parent, node.arg_key, node.index, node.type
        new = rewrite(node)
        if new is node:
            continue
        new.type = new.type or kind
        for known in ("zone", "keeps_order", "grouped"):
            if known in node.meta:
                new.meta[known] = node.meta[known]
        if parent is None:
            tree = new
        else:
            parent.set(str(name), new, index)
    if has_groups:
        groups.keep_groups(tree)
    return tree


def _is_type(node: exp.Expr) -> bool:
    return isinstance(node, exp.DataType)
