"""Times with zone: DuckDB keeps the instant alone, so the zone is followed through the statement.

A zone is known where it is written (``at time zone 'Europe/Berlin'``) or follows from Athena's
session, which is UTC. What depends on a zone that is not known is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from dueng_analytics.dialect.problem import Refused
from dueng_analytics.dialect.rewrites.groups import is_grouped
from dueng_analytics.dialect.rewrites.nodes import call, is_kind, placed, text
from dueng_analytics.dialect.rewrites.registry import Key, Rewrite

_ZONE = "zone"
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_WRITTEN_ZONE = re.compile(r"\d\d:\d\d(?::\d\d(?:\.\d+)?)? (\S+)$")
_OF_SESSION = (exp.CurrentTimestamp, exp.UnixToTime)
# What gives one of its arguments, or the same moment moved.
_PASSING = (
    exp.AnyValue, exp.Add, exp.ArgMax, exp.ArgMin, exp.Case, exp.Coalesce, exp.DateAdd,
    exp.FirstValue, exp.Greatest, exp.If, exp.Lag, exp.LastValue, exp.Lead, exp.Least, exp.Max,
    exp.Min, exp.NthValue, exp.Nullif, exp.Paren, exp.Sub, exp.TimestampTrunc, exp.Try, exp.Alias,
    exp.Filter, exp.Window, exp.IgnoreNulls, exp.Subquery,
)  # fmt: skip


def note_zones(tree: exp.Expr, nodes: list[exp.Expr]) -> None:
    """Put the zone of every time with zone into its ``meta``, where it is known.

    Args:
        nodes: the nodes of the tree, parents before their parts.
    """
    zoned = [node for node in nodes if is_kind(node, exp.DType.TIMESTAMPTZ)]
    if not zoned:
        return
    sources = _sources(tree) if any(isinstance(node, exp.Column) for node in zoned) else {}
    for node in zoned:
        zone = _zone(node, sources)
        if zone is not None:
            node.meta[_ZONE] = zone


def _sources(tree: exp.Expr) -> Mapping[int, list[exp.Expr]]:
    """By the identity of a column: the expressions that it takes its values from."""
    found: dict[int, list[exp.Expr]] = {}
    for scope in traverse_scope(tree):
        for column in scope.columns:
            source = scope.sources.get(column.table)
            if isinstance(source, Scope):
                found[id(column)] = _selected(source.expression, column.name)
    return found


def _selected(query: exp.Expr, name: str) -> list[exp.Expr]:
    if isinstance(query, exp.Values):
        place = query.alias_column_names.index(name)
        return [row.expressions[place] for row in query.expressions]
    if isinstance(query, exp.SetOperation):
        place = [select.alias_or_name for select in query.selects].index(name)
        return [side.selects[place] for side in (query.left, query.right)]
    if isinstance(query, exp.Query):
        return [select for select in query.selects if select.alias_or_name == name]
    return []


def _zone(node: exp.Expr, sources: Mapping[int, list[exp.Expr]]) -> str | None:
    if _ZONE in node.meta:
        return str(node.meta[_ZONE])
    if isinstance(node, exp.AtTimeZone):
        return str(node.args["zone"].name)
    if isinstance(node, exp.Anonymous) and node.name.lower() in ("at_timezone", "with_timezone"):
        return str(node.expressions[1].name)
    if isinstance(node, _OF_SESSION):
        return "UTC"
    if isinstance(node, exp.Cast):
        if is_kind(node.this, exp.DType.DATE, exp.DType.TIMESTAMP):
            return "UTC"
        if isinstance(node.this, exp.Literal):
            written = _WRITTEN_ZONE.search(node.this.name)
            return written[1] if written else None
        return _zone(node.this, sources) if is_kind(node.this, exp.DType.TIMESTAMPTZ) else None
    values: list[exp.Expr] = []
    if isinstance(node, exp.Column):
        values = [
            value for value in sources.get(id(node), []) if is_kind(value, exp.DType.TIMESTAMPTZ)
        ]
    elif isinstance(node, _PASSING):
        values = [
            part
            for part in node.iter_expressions()
            if is_kind(part, exp.DType.TIMESTAMPTZ) or isinstance(part, exp.If)
        ]
    zones = {_zone(value, sources) for value in values}
    return zones.pop() if len(zones) == 1 else None


def require_zone(node: exp.Expr) -> str:
    """The zone of a time with zone.

    Raises:
        Refused: it is not known, or there is no such zone.
    """
    zone = node.meta.get(_ZONE)
    if zone is None:
        raise Refused(
            node,
            "depends on the zone that its time was written in",
            "Write at time zone 'UTC' (or another zone) around the time.",
        )
    return _checked(node, str(zone))


def require_utc(node: exp.Expr) -> None:
    """Nothing, when a time with zone is in UTC.

    Raises:
        Refused: it is in another zone, in which an hour may come twice.
    """
    if require_zone(node) != "UTC":
        raise Refused(
            node,
            "calculates in a zone whose clocks are changed",
            "Cast the time to timestamp(3) first.",
        )


def _checked(node: exp.Expr, zone: str) -> str:
    if not (_OFFSET.fullmatch(zone) or _exists(zone)):
        hint = "Write a name such as Europe/Berlin."
        raise Refused(node, f"names {zone!r}, which is no time zone", hint)
    return zone


@cache
def _exists(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _offset(zone: str) -> exp.Interval | None:
    match = _OFFSET.fullmatch(zone)
    if match is None:
        return None
    shift = timedelta(hours=int(match[2]), minutes=int(match[3]))
    minutes = int(shift.total_seconds()) // 60 * (-1 if match[1] == "-" else 1)
    return exp.Interval(this=text(str(minutes)), unit=exp.var("MINUTE"))


def instant(local: exp.Expr, zone: str) -> exp.Expr:
    """The instant at which clocks in a zone show a time."""
    shift = _offset(zone)
    if shift is not None:
        local, zone = exp.Paren(this=exp.Sub(this=local, expression=shift)), "UTC"
    name = "timezone" if zone == "UTC" else "athena_with_timezone"
    made = call(name, text(zone), local)
    made.type = exp.DataType.build("timestamptz")
    return made


def wall_time(moment: exp.Expr, zone: str) -> exp.Expr:
    """What clocks in a zone show at an instant; one that was just made of it is undone, unless
    DuckDB has to find it among the groups."""
    shift = _offset(zone)
    local: exp.Expr
    if shift is not None:
        local = exp.Paren(this=exp.Add(this=wall_time(moment, "UTC"), expression=shift))
    elif is_grouped(moment):
        local = call("timezone", text(zone), moment)
    elif isinstance(moment, exp.Try):
        local = exp.Try(this=wall_time(moment.this, zone))
    elif (
        zone == "UTC"
        and isinstance(moment, exp.Anonymous)
        and moment.name == "timezone"
        and moment.expressions[0].name == "UTC"
    ):
        local = placed(moment.expressions[1])
    else:
        local = call("timezone", text(zone), moment)
    local.type = exp.DataType.build("timestamp")
    return local


def utc(node: exp.Expr) -> exp.Expr:
    """A time without zone: itself, or what clocks in its own zone show."""
    if is_kind(node, exp.DType.TIMESTAMPTZ):
        return wall_time(node, require_zone(node))
    return node


def moved_to_zone(node: exp.Expr) -> exp.Expr:
    """``at_timezone`` and ``at time zone`` keep the instant; its zone shows where the time is
    taken apart."""
    moment, zone = node.expressions if isinstance(node, exp.Anonymous) else (
        node.this, node.args["zone"]
    )  # fmt: skip
    _checked(node, zone.name)
    return exp.Paren(this=moment) if isinstance(moment, exp.Binary) else placed(moment)


def zoned_wall_time(node: exp.Expr) -> exp.Expr:
    """``with_timezone`` is the instant at which clocks in a zone show a time. Of an hour that comes
    twice Athena takes the earlier one west of Greenwich, DuckDB the later one everywhere."""
    local, zone = node.expressions
    return instant(local, _checked(node, zone.name))


REWRITES: Mapping[Key, Rewrite] = {
    "at_timezone": moved_to_zone,
    "with_timezone": zoned_wall_time,
    exp.AtTimeZone: moved_to_zone,
}
