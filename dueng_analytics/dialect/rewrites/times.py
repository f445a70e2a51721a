"""Dates and times: milliseconds, the units of differences, and formats."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sqlglot import exp

from dueng_analytics.dialect.problem import Refused
from dueng_analytics.dialect.rewrites.nodes import call, cast, is_kind, number, placed, text
from dueng_analytics.dialect.rewrites.registry import Key, Rewrite
from dueng_analytics.dialect.rewrites.zones import instant, require_utc, utc, wall_time

_UNITS_OF_DATES = frozenset({"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"})
_UNITS = _UNITS_OF_DATES | {"MILLISECOND", "SECOND", "MINUTE", "HOUR"}
_INTERVALS = frozenset({"SECOND", "MINUTE", "HOUR", "DAY", "MONTH", "YEAR"})
# Formats as sqlglot reads Athena's: strftime's letters.
_LETTERS = r"%-?.|%$"
_FORMATS = frozenset(re.findall(_LETTERS, "%Y%y%m%-m%B%b%d%-d%j%G%V%A%a%H%-H%I%-I%p%M%S%f%%"))
_READ_FORMATS = frozenset(re.findall(_LETTERS, "%Y%m%-m%B%b%d%-d%H%M%S%f%%"))
_FIELDS: Mapping[str, str] = {
    "YEAR": "year",
    "QUARTER": "quarter",
    "MONTH": "month",
    "WEEK": "week",
    "DAY": "day",
    "DAY_OF_MONTH": "day",
    "DAY_OF_WEEK": "isodow",
    "DOW": "isodow",
    "DAY_OF_YEAR": "dayofyear",
    "DOY": "dayofyear",
    "YEAR_OF_WEEK": "isoyear",
    "YOW": "isoyear",
    "HOUR": "hour",
    "MINUTE": "minute",
    "SECOND": "second",
}


def time_from_epoch(node: exp.Expr) -> exp.Expr:
    """``from_unixtime`` rounds to the millisecond on Athena; DuckDB keeps microseconds."""
    moment = call("athena_from_unixtime", node.this)
    return instant(moment, "UTC")


def epoch_of_time(node: exp.Expr) -> exp.Expr:
    """``to_unixtime`` is ``epoch``; a time without zone counts as UTC."""
    return call("epoch", node.this)


def time_from_iso(node: exp.Expr) -> exp.Expr:
    """``from_iso8601_timestamp`` wants a ``T``, cuts to the millisecond, and takes UTC where no
    offset is written; DuckDB reads much else as a time too."""
    return instant(call("athena_from_iso8601", node.this), "UTC")


def date_from_iso(node: exp.Expr) -> exp.Expr:
    """``from_iso8601_date`` reads a day, a month or a year; DuckDB reads much else too."""
    return call("athena_date_from_iso8601", node.this)


def iso_text(node: exp.Expr) -> exp.Expr:
    """``to_iso8601`` writes milliseconds always, and ``Z`` for UTC."""
    (value,) = node.expressions
    if is_kind(value, exp.DType.DATE):
        return cast(value, exp.DType.TEXT)
    if is_kind(value, exp.DType.TIMESTAMP):
        return call("strftime", value, text("%Y-%m-%dT%H:%M:%S.%g"))
    require_utc(value)
    return call("strftime", utc(value), text("%Y-%m-%dT%H:%M:%S.%gZ"))


def formatted(node: exp.Expr) -> exp.Expr:
    """``date_format``: MySQL's letters on Athena, strftime's on DuckDB, for those that mean the
    same."""
    return call("strftime", utc(node.this), text(_format(node, _FORMATS)))


def parsed(node: exp.Expr) -> exp.Expr:
    """``date_parse`` cuts to the millisecond on Athena; DuckDB keeps microseconds."""
    value = call("strptime", node.this, text(_format(node, _READ_FORMATS)))
    return call("date_trunc", text("millisecond"), value)


def _format(node: exp.Expr, known: frozenset[str]) -> str:
    source: str = node.args["format"].this
    source = source.replace("%v", "%V").replace("%x", "%G")
    for piece in re.findall(_LETTERS, source, re.DOTALL):
        if piece not in known:
            raise Refused(
                node,
                f"has a format whose {piece} the local engine writes otherwise",
                "Use %Y %m %d %H %i %s %f, or put the text together.",
            )
    return source


def field_of_time(node: exp.Expr) -> exp.Expr:
    """``year``, ``hour``, ``day_of_week``, ``extract`` and the like, in the time's own zone; weeks
    are those of ISO and Monday is 1."""
    if isinstance(node, exp.Anonymous):
        return call(_PARTS[node.name.lower()], utc(node.expressions[0]))
    if not isinstance(node, exp.Extract):
        return call(_PARTS[type(node)], utc(node.this))
    name = str(node.this.name).upper()
    if name not in _FIELDS:
        raise Refused(node, f"takes {name.lower()}, which is not portable", "Use another part.")
    return call(_FIELDS[name], utc(node.expression))


def milliseconds(node: exp.Expr) -> exp.Expr:
    """``millisecond`` is the part below the second on Athena; DuckDB's counts the seconds too."""
    (value,) = node.expressions
    return exp.Paren(this=exp.Mod(this=call("millisecond", utc(value)), expression=number(1000)))


def last_day(node: exp.Expr) -> exp.Expr:
    """``last_day_of_month``, in the time's own zone."""
    return call("last_day", utc(node.this))


def truncated(node: exp.Expr) -> exp.Expr:
    """``date_trunc`` keeps a date a date on Athena; DuckDB makes it a timestamp."""
    unit = _unit(node, _UNITS)
    return _calculated(node, lambda value: call("date_trunc", text(unit.lower()), value))


def moved(node: exp.Expr) -> exp.Expr:
    """``date_add`` keeps a date a date on Athena; DuckDB makes it a timestamp."""
    unit, count = _unit(node, _UNITS), node.expression
    name = {"QUARTER": "to_quarters", "MILLISECOND": "to_milliseconds"}.get(
        unit, f"to_{unit.lower()}s"
    )
    shift = call(name, count if unit == "MILLISECOND" else cast(count, exp.DType.INT))
    if unit in ("SECOND", "MINUTE", "HOUR"):
        shift = call(name, cast(count, exp.DType.BIGINT))
    return _calculated(node, lambda value: exp.Add(this=value, expression=shift))


def difference(node: exp.Expr) -> exp.Expr:
    """``date_diff`` counts whole units on Athena; DuckDB's counts boundaries, its ``date_sub``
    does not."""
    unit = _unit(node, _UNITS)
    sides = [node.expression, node.this]
    if any(is_kind(side, exp.DType.TIMESTAMPTZ) for side in sides):
        if unit in _UNITS_OF_DATES:
            for side in sides:
                require_utc(side)
        sides = [_naive(side) for side in sides]
    return call("date_sub", text(unit.lower()), *sides)


def _naive(node: exp.Expr) -> exp.Expr:
    """A time as Athena compares it with others: in UTC, without zone."""
    if is_kind(node, exp.DType.TIMESTAMPTZ):
        return wall_time(node, "UTC")
    return node


def _unit(node: exp.Expr, known: frozenset[str]) -> str:
    unit = str(node.args["unit"].name).upper()
    units = _UNITS_OF_DATES if is_kind(node.this, exp.DType.DATE) else known
    if unit not in units:
        raise Refused(
            node, f"has the unit {unit.lower()}, which is not portable", "Use another unit."
        )
    return unit


def _calculated(node: exp.Expr, calculate: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """What a calculation on a time without zone gives, in the type that Athena gives."""
    value = node.this
    if is_kind(value, exp.DType.TIMESTAMPTZ):
        require_utc(value)
        return instant(exp.Paren(this=calculate(wall_time(value, "UTC"))), "UTC")
    result = calculate(placed(value))
    if is_kind(value, exp.DType.DATE):
        return cast(result, exp.DType.DATE)
    return exp.Paren(this=result) if isinstance(result, exp.Binary) else result


def shifted(node: exp.Expr) -> exp.Expr:
    """A time plus or minus an interval keeps its type on Athena; a date becomes a timestamp on
    DuckDB. In a zone, months are those of its clocks and a day is 24 hours."""
    left, right = node.this, node.expression
    interval = next((side for side in (left, right) if isinstance(side, exp.Interval)), None)
    if interval is None:
        return node
    if interval is left and isinstance(node, exp.Sub):
        raise Refused(node, "takes a time from an interval", "Write the time first.")
    value = right if interval is left else left
    unit = str(interval.args["unit"].name).upper()
    if unit not in _INTERVALS:
        raise Refused(interval, f"has the unit {unit.lower()}, which is not portable", "Use days.")
    if not re.fullmatch(r"-?\d+", interval.this.name):
        raise Refused(interval, "is no whole number", "Use a smaller unit.")
    make = type(node)
    if is_kind(value, exp.DType.DATE):
        if unit not in ("DAY", "MONTH", "YEAR"):
            raise Refused(node, "adds hours to a date", "Cast the date to timestamp(3).")
        return cast(make(this=value, expression=interval), exp.DType.DATE)
    if not is_kind(value, exp.DType.TIMESTAMPTZ):
        return make(this=value, expression=interval)
    if unit in ("MONTH", "YEAR"):
        require_utc(value)
    local = make(this=wall_time(value, "UTC"), expression=interval)
    return instant(exp.Paren(this=local), "UTC")


def compared_instants(node: exp.Expr) -> exp.Expr:
    """A time without zone counts as UTC beside one with zone; DuckDB then prunes no partition, so
    both are compared without zone."""
    names = [name for name in ("this", "expression", "low", "high") if node.args.get(name)]
    sides = {name: node.args[name] for name in names}
    if any(is_kind(side, exp.DType.TIMESTAMPTZ) for side in sides.values()):
        for name, side in sides.items():
            node.set(name, _naive(side))
    return node


def current_moment(node: exp.Expr) -> exp.Expr:
    """``current_timestamp`` has milliseconds on Athena, microseconds on DuckDB."""
    return instant(_now(), "UTC")


def current_local_moment(node: exp.Expr) -> exp.Expr:
    """``localtimestamp`` has milliseconds on Athena, microseconds on DuckDB."""
    return _now()


def current_day(node: exp.Expr) -> exp.Expr:
    """``current_date`` is the day in UTC."""
    return cast(_now(), exp.DType.DATE)


def _now() -> exp.Expr:
    local = call("timezone", text("UTC"), call("now"))
    return call("date_trunc", text("millisecond"), local)


_PARTS: Mapping[Key, str] = {
    "yow": "isoyear",
    exp.Day: "day",
    exp.DayOfMonth: "day",
    exp.DayOfWeekIso: "isodow",
    exp.DayOfYear: "dayofyear",
    exp.Hour: "hour",
    exp.Minute: "minute",
    exp.Month: "month",
    exp.Quarter: "quarter",
    exp.Second: "second",
    exp.WeekOfYear: "week",
    exp.Year: "year",
    exp.YearOfWeek: "isoyear",
}

REWRITES: Mapping[Key, Rewrite] = {
    "millisecond": milliseconds,
    "to_iso8601": iso_text,
    **dict.fromkeys(_PARTS, field_of_time),
    **dict.fromkeys((exp.Add, exp.Sub), shifted),
    **dict.fromkeys(
        (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between, exp.NullSafeEQ,
         exp.NullSafeNEQ), compared_instants,
    ),
    exp.CurrentDate: current_day,
    exp.CurrentTimestamp: current_moment,
    exp.DateAdd: moved,
    exp.DateDiff: difference,
    exp.Extract: field_of_time,
    exp.FromISO8601Date: date_from_iso,
    exp.FromISO8601Timestamp: time_from_iso,
    exp.LastDay: last_day,
    exp.Localtimestamp: current_local_moment,
    exp.StrToTime: parsed,
    exp.TimeToStr: formatted,
    exp.TimeToUnix: epoch_of_time,
    exp.TimestampTrunc: truncated,
    exp.UnixToTime: time_from_epoch,
}  # fmt: skip
