"""What a person names as event files, and the hour that a path inside them means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

from dueng_analytics.errors import UsageError

_FAMILY = re.compile(r"([a-z][a-z0-9_]*)=(.+)", re.DOTALL)
_PLAIN = re.compile(r"(?:^|/)(\d{4})/(\d{2})/(\d{2})/(\d{2})/[^/]+$")
_HIVE = re.compile(r"([^/=]+)=([^/]*)/")
_STAMP = re.compile(r"(\d{4})[-/]?(\d{2})[-/]?(\d{2})(?:[-/ T]?(\d{2})(?:[:.].*)?)?")
_PARTS = ("year", "month", "day", "hour")


@dataclass(frozen=True, slots=True)
class EventPath:
    """A folder, file or ``s3://`` prefix, and the family that its records are said to be of."""

    family: str | None
    location: str

    @property
    def is_s3(self) -> bool:
        return self.location.startswith("s3://")


def parse_event_path(text: str) -> EventPath:
    """The event path that ``PATH`` or ``family=PATH`` names.

    Raises:
        UsageError: it is empty, or an address of another kind than ``s3://``.
    """
    match = _FAMILY.fullmatch(text)
    family, location = (match[1], match[2]) if match else (None, text)
    if not location.strip():
        raise UsageError("an event path is empty", hint="Give PATH or family=PATH.")
    scheme, separator, _ = location.partition("://")
    if separator and scheme != "s3":
        raise UsageError(
            f"{location} is no path that can be read",
            hint="Event files lie in a folder or under s3://bucket/prefix.",
        )
    return EventPath(family, location)


def hour_of(path: str) -> datetime | None:
    """The hour, naive and in the path's own zone, that a file's path below its root names.

    ``2026/10/19/05/file``, and hive style: ``year=…/month=…/day=…/hour=…``, a date with an hour
    beside it, or one key that holds both. None where the path names no hour.
    """
    match = _PLAIN.search(path)
    if match:
        return _instant(*match.groups())
    keys = {key.lower(): unquote(value) for key, value in _HIVE.findall(path)}
    if all(part in keys for part in _PARTS):
        return _instant(*(keys[part] for part in _PARTS))
    for value in keys.values():
        stamp = _STAMP.fullmatch(value)
        if stamp and (stamp[4] or "hour" in keys):
            return _instant(stamp[1], stamp[2], stamp[3], stamp[4] or keys["hour"])
    return None


def is_year(folder: str) -> bool:
    """Whether a folder holds the years of plain hour paths."""
    return re.fullmatch(r"\d{4}", folder) is not None


def hive_key(folder: str) -> str | None:
    """The key of a ``key=value`` folder."""
    key, equals, _ = folder.partition("=")
    return key.lower() if equals and key else None


def plain_prefix(hour: datetime, whole_day: bool) -> str:
    """The folder of an hour, or of its whole day, in plain style."""
    return f"{hour:%Y/%m/%d}/" if whole_day else f"{hour:%Y/%m/%d/%H}/"


def hive_prefixes(example: str, hour: datetime, whole_day: bool) -> Iterator[str]:
    """The folders of an hour or day in the style of an example such as ``dt=2026-10-19``.

    Nothing where the style is not one whose folders can be computed.
    """
    key, _, value = example.partition("=")
    if key.lower() == "year":
        for month, day, clock in {(f"{hour:%m}", f"{hour:%d}", f"{hour:%H}"), _unpadded(hour)}:
            folder = f"{key}={hour:%Y}/month={month}/day={day}/"
            yield folder if whole_day else f"{folder}hour={clock}/"
        return
    stamp = _STAMP.fullmatch(unquote(value))
    if stamp is None:
        return
    if stamp[4] is None:
        folder = f"{key}={_in_style(value, stamp, hour)}/"
        yield folder if whole_day else f"{folder}hour={hour:%H}/"
        return
    for index in range(24 if whole_day else 1):
        yield f"{key}={_in_style(value, stamp, hour + timedelta(hours=index))}/"


def _unpadded(hour: datetime) -> tuple[str, str, str]:
    return str(hour.month), str(hour.day), str(hour.hour)


def _in_style(value: str, stamp: re.Match[str], hour: datetime) -> str:
    """An hour written as the example's value is, its separators and escapes included."""
    text = stamp.string
    for group, letters in reversed([(1, "%Y"), (2, "%m"), (3, "%d"), (4, "%H")]):
        start, end = stamp.span(group)
        if start >= 0:
            text = text[:start] + hour.strftime(letters) + text[end:]
    if "%" not in value:
        return text
    return quote(text, safe="" if "%20" in value else " ")


def _instant(year: str, month: str, day: str, hour: str) -> datetime | None:
    try:
        return datetime(int(year), int(month), int(day), int(hour))
    except ValueError:
        return None
