"""Moments as the records write them: milliseconds since 1970 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .chance import between

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AWAKE_HOURS = (7, 12, 18, 21)


def at(text: str) -> int:
    """The milliseconds of a UTC time like ``2026-10-19 07:00``."""
    return round((datetime.fromisoformat(text).replace(tzinfo=UTC) - _EPOCH).total_seconds() * 1000)


def moment(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def iso(milliseconds: int) -> str:
    """ISO 8601 with milliseconds, as endpoints write their dates."""
    return f"{moment(milliseconds):%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def day_of(milliseconds: int) -> str:
    return f"{moment(milliseconds):%Y-%m-%d}"


def awake(milliseconds: int) -> int:
    """The same or a later moment at which people look at their messages.

    They do so in one quarter of an hour of each waking hour: a lake of a few thousand messages
    then has a few hundred objects, as a busy one would, instead of an object for every message.
    """
    hour = milliseconds // HOUR
    while (hour % 24) not in AWAKE_HOURS:
        hour += 1
    quarter = between(0, 3, "quarter", hour)
    start = hour * HOUR + quarter * 15 * MINUTE
    if start <= milliseconds < start + 13 * MINUTE:
        return milliseconds
    if milliseconds >= start + 13 * MINUTE:
        return awake((hour + 1) * HOUR)
    return start + milliseconds * 7919 % (8 * MINUTE)
