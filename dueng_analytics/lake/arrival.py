"""When a record says that it arrived: its hour where no path tells it, and the last event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from dueng_analytics.lake.literals import identifier, timestamp
from dueng_analytics.lake.window import Window
from dueng_analytics.model.definitions import Source
from dueng_analytics.model.types import ColumnType, Scalar, Struct

_EPOCH = datetime(1970, 1, 1)
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999
"""The years 1 to 9999: what both Python and the engine hold."""


def moment_sql(source: Source) -> str | None:
    """The expression, over declared columns, of the UTC time of a record's own arrival.

    NULL where the record has none; None where the source declares none that can be read.
    """
    places = source.clocks.record_times if source.clocks is not None else ()
    found = [sql for place in places if (sql := _moment_at(source, place)) is not None]
    return f"coalesce({', '.join(found)})" if len(found) > 1 else next(iter(found), None)


def _moment_at(source: Source, place: str) -> str | None:
    first, *inner = place.lower().split(".")
    kind = next((column.type for column in source.columns if column.name == first), None)
    expression = f'"{first}"'
    for part in inner:
        kind = _field(kind, part)
        expression += f'."{part}"'
    if kind == Scalar("bigint"):
        is_time = f"{expression} between {_FIRST_MS} and {_LAST_MS}"
        return f"case when {is_time} then epoch_ms({expression}) end"
    if kind == Scalar("string"):
        return f"try_cast({expression} as timestamptz) at time zone 'UTC'"
    return expression if kind == Scalar("timestamp") else None


def hour_sql(source: Source) -> str:
    """The expression, over declared columns, of the UTC hour of a record's own arrival."""
    moment = moment_sql(source)
    return "cast(null as timestamp)" if moment is None else f"date_trunc('hour', {moment})"


def hour_column(source: Source, hour: str) -> str:
    """What follows the columns of a select for the hour of its rows; none without partitions."""
    if source.partition_column is None:
        return ""
    return f", {hour} as {identifier(source.partition_column)}"


def hour_of_file_sql(hours: str) -> str:
    """The expression of the hour of the file that a row is read from, out of a list of hours.

    The engine numbers files in the order in which it was given them.
    """
    return f"list_extract({hours}, cast(file_index as bigint) + 1)"


def within_sql(hour: str, window: Window | None) -> str:
    """Whether an hour lies in a window, or is not known: that is no reason to lose a record."""
    if window is None:
        return "true"
    first, end = timestamp(window.first_hour), timestamp(window.end_hour)
    return f"coalesce({hour} >= {first} and {hour} < {end}, true)"


def hour_of_record(source: Source, values: Mapping[str, Any]) -> datetime | None:
    """The UTC hour of a record's own arrival, from the values of its declared columns."""
    for place in source.clocks.record_times if source.clocks is not None else ():
        found: Any = values
        for part in place.lower().split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        moment = _moment(found)
        if moment is not None:
            return moment.replace(minute=0, second=0, microsecond=0)
    return None


def _field(kind: ColumnType | None, name: str) -> ColumnType | None:
    if not isinstance(kind, Struct):
        return None
    return next((field.type for field in kind.fields if field.name == name), None)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, int) and _FIRST_MS <= value <= _LAST_MS:
        return _EPOCH + timedelta(milliseconds=value)
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
