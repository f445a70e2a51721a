"""What a person names as event files, and the time that a folder among them means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from urllib.parse import quote, unquote

from dueng_analytics.errors import UsageError
from dueng_analytics.lake.window import Span

_FAMILY = re.compile(r"([a-z][a-z0-9_]*)=(.+)", re.DOTALL)
_YEAR = re.compile(r"(?:19|20|21)\d\d")
_KEYED = re.compile(r"([^/=]+)=([^/]*)")
_STAMP = re.compile(r"(\d{4})[-/]?(\d{2})[-/]?(\d{2})(?:[-/ T]?(\d{2})(?:[:.].*)?)?")
_HOUR_KEYS = ("hour", "hr", "h")
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


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
    if is_other_address(location):
        raise UsageError(
            f"{location} is no path that can be read",
            hint="Event files lie in a folder or under s3://bucket/prefix.",
        )
    return EventPath(family, location)


def is_other_address(location: str) -> bool:
    """Whether a place is neither a folder nor in S3."""
    scheme, separator, _ = location.partition("://")
    return bool(separator) and scheme != "s3"


def span_of(folder: str) -> Span | None:
    """The time, naive and in the path's own zone, that a folder below a root holds records of.

    A year, month, day or hour, as ``2026/10/19/05/`` names it, or hive style: ``year=…/month=…``,
    a date with the hour beside it, or one key that holds both. None where it names no time.
    """
    parts = [part for part in folder.split("/") if part]
    plain = max((_digits(parts[index:]) for index in range(len(parts))), key=len, default=[])
    if plain:
        return _span(plain)
    keys = {
        match[1].lower(): unquote(match[2]) for part in parts if (match := _KEYED.fullmatch(part))
    }
    return _keyed_span(keys) if keys else None


def hour_of(path: str) -> datetime | None:
    """The hour, naive and in the path's own zone, that a file's folders name, or None."""
    span = span_of(path.rpartition("/")[0])
    return span.start if span is not None and span.length == _HOUR else None


def is_day_or_hour(span: Span) -> bool:
    """Whether a folder of that span is listed whole rather than looked into."""
    return span.length <= _DAY


def stamp_style(folder: str) -> str | None:
    """How a folder such as ``dt=2026-10-19`` writes its date, or None for any other folder.

    Such folders lie side by side, as many as the lake has days or hours.
    """
    match = _KEYED.fullmatch(folder.rstrip("/").rpartition("/")[2])
    if match is None or _STAMP.fullmatch(unquote(match[2])) is None:
        return None
    return f"{match[1]}={re.sub(r'[0-9]', '0', unquote(match[2]))}"


def day_prefix(example: str, day: datetime) -> str:
    """What the folders of a day begin with, in the style of one such as ``dt=2026-10-19-05``."""
    key, _, value = example.rstrip("/").partition("=")
    text = unquote(value)
    stamp = _STAMP.fullmatch(text)
    if stamp is None:
        raise ValueError(f"{example} names no day")
    for group, letters in ((3, "%d"), (2, "%m"), (1, "%Y")):
        start, end = stamp.span(group)
        text = text[:start] + day.strftime(letters) + text[end:]
    written = text[: stamp.end(3)]
    return f"{key}={quote(written, safe='') if '%' in value else written}"


def _digits(parts: Sequence[str]) -> list[str]:
    """The year, and what follows of month, day and hour, that a path begins with."""
    if not parts or not _YEAR.fullmatch(parts[0]):
        return []
    return [parts[0], *takewhile(re.compile(r"\d\d").fullmatch, parts[1:4])]


def _keyed_span(keys: Mapping[str, str]) -> Span | None:
    if "year" in keys:
        present = takewhile(keys.__contains__, ("year", "month", "day", "hour"))
        return _span([keys[name] for name in present])
    for value in keys.values():
        stamp = _STAMP.fullmatch(value)
        if stamp:
            hour = stamp[4] or next((keys[key] for key in _HOUR_KEYS if key in keys), None)
            return _span([part for part in (*stamp.groups()[:3], hour) if part is not None])
    return None


def _span(parts: Sequence[str]) -> Span | None:
    """The year, month, day or hour that numbers mean; None where they are none."""
    try:
        year, month, day, hour = [int(part) for part in parts] + [1, 1, 0][len(parts) - 1 :]
        start = datetime(year, month, day, hour)
        if len(parts) == 1:
            return Span(start, start.replace(year=year + 1))
    except ValueError:
        return None
    if len(parts) == 2:
        return Span(start, (start + timedelta(days=31)).replace(day=1))
    return Span(start, start + (_DAY if len(parts) == 3 else _HOUR))
