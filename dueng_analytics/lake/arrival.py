"""When a record says that it arrived: its hour where no path tells it, and the last event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from dueng_analytics.lake.literals import identifier, timestamp
from dueng_analytics.lake.window import Window
from dueng_analytics.model.definitions import FIRST_MS, LAST_MS, Source
from dueng_analytics.model.types import Scalar

_EPOCH = datetime(1970, 1, 1)


def moment_sql(source: Source) -> str | None:
    """The expression, over declared columns, of the UTC time of a record's own arrival.

    NULL where the record has none; None where the source declares none that can be read.
    """
    found = [_moment_at(place, kind) for place, kind in source.record_times]
    return f"coalesce({', '.join(found)})" if len(found) > 1 else next(iter(found), None)


def _moment_at(place: tuple[str, ...], kind: Scalar) -> str:
    expression = ".".join(identifier(part) for part in place)
    if kind.name == "bigint":
        is_time = f"{expression} between {FIRST_MS} and {LAST_MS}"
        return f"case when {is_time} then epoch_ms({expression}) end"
    if kind.name == "string":
        return f"try_cast({expression} as timestamptz) at time zone 'UTC'"
    return expression


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


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, int) and FIRST_MS <= value <= LAST_MS:
        return _EPOCH + timedelta(milliseconds=value)
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
