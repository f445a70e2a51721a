"""Maps and rows."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from dueng_analytics.dialect.rewrites.groups import is_grouped
from dueng_analytics.dialect.rewrites.nodes import call, field, fresh, function, substituted
from dueng_analytics.dialect.rewrites.registry import Key, Rewrite

_VALUES = "values"
"""Where a map whose values are transformed notes the map that it is made of, and the lambda."""


def made_map(node: exp.Expr) -> exp.Expr:
    """``map(keys, values)`` fails for equal keys and NULL keys on both; ``map()`` is empty."""
    keys, values = node.args.get("keys"), node.args.get("values")
    return call("map") if keys is None or values is None else call("map", keys, values)


def keys_of_map(node: exp.Expr) -> exp.Expr:
    """``map_keys`` of NULL is NULL on Athena and empty on DuckDB."""
    return call("athena_map_keys", node.this)


def values_of_map(node: exp.Expr) -> exp.Expr:
    """``map_values`` of NULL is NULL on Athena and empty on DuckDB."""
    return call("athena_map_values", *node.expressions)


def concatenated_maps(node: exp.Expr) -> exp.Expr:
    """``map_concat`` with NULL is NULL on Athena; DuckDB leaves it out."""
    first, *others = node.expressions
    whole: exp.Expr = first
    for other in others:
        whole = call("athena_map_concat", whole, other)
    return whole


def filtered_map(node: exp.Expr) -> exp.Expr:
    """``map_filter`` does not exist on DuckDB: filter the entries and build the map anew."""
    mapping, condition = node.expressions
    entry = fresh("entry", node)
    body = substituted(condition, [_part(entry, "key"), _part(entry, "value")])
    entries = call("list_filter", call("map_entries", mapping), function(body, entry))
    return call("map_from_entries", entries)


def transformed_keys(node: exp.Expr) -> exp.Expr:
    """``transform_keys`` does not exist on DuckDB: go over the entries and build the map anew.

    The map costs most of it, so one whose values are transformed too is built once.
    """
    mapping, change = node.expressions
    entry = fresh("entry", node)
    key, value = _part(entry, "key"), _part(entry, "value")
    if _VALUES in mapping.meta and not is_grouped(mapping):
        mapping, values = mapping.meta[_VALUES]
        value = substituted(values, [key, value])
    return _rebuilt(mapping, entry, substituted(change, [key, value]), value)


def transformed_values(node: exp.Expr) -> exp.Expr:
    """``transform_values`` does not exist on DuckDB: go over the entries and build the map
    anew."""
    mapping, change = node.expressions
    entry = fresh("entry", node)
    value = substituted(change, [_part(entry, "key"), _part(entry, "value")])
    rebuilt = _rebuilt(mapping, entry, _part(entry, "key"), value)
    rebuilt.meta[_VALUES] = mapping, change
    return rebuilt


def _part(entry: str, name: str) -> exp.Expr:
    return field(exp.to_identifier(entry), name)


def _rebuilt(mapping: exp.Expr, entry: str, key: exp.Expr, value: exp.Expr) -> exp.Expr:
    pair = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier("key"), expression=key),
            exp.PropertyEQ(this=exp.to_identifier("value"), expression=value),
        ]
    )
    entries = call("list_transform", call("map_entries", mapping), function(pair, entry))
    return call("map_from_entries", entries)


def record(node: exp.Expr) -> exp.Expr:
    """``row(…)`` has no names for its fields on either side."""
    return call("row", *node.expressions)


REWRITES: Mapping[Key, Rewrite] = {
    "map_concat": concatenated_maps,
    "map_filter": filtered_map,
    "map_values": values_of_map,
    "transform_keys": transformed_keys,
    "transform_values": transformed_values,
    exp.Map: made_map,
    exp.MapKeys: keys_of_map,
    exp.Struct: record,
}
