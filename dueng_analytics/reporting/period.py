"""A reporting period: whole local days, the instants that bound them, the hours to read for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from dueng_analytics.errors import UnknownName, UsageError
from dueng_analytics.lake.window import Window
from dueng_analytics.model.definitions import Clocks

_FIRST_YEAR, _LAST_YEAR = 1970, 2199


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in one time zone, the first and the last one included."""

    first_day: date
    last_day: date
    zone: str

    def __post_init__(self) -> None:
        if self.first_day > self.last_day:
            raise UsageError(
                f"the period begins on {self.first_day} and ends on {self.last_day}, before it",
                hint="Give the earlier day as --from and the later one as --to.",
            )
        for day in (self.first_day, self.last_day):
            if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
                raise UsageError(
                    f"the day {day} is out of reach",
                    hint=f"Give days between the years {_FIRST_YEAR} and {_LAST_YEAR}.",
                )
        time_zone(self.zone)

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of the period, in order."""
        count = (self.last_day - self.first_day).days + 1
        return tuple(self.first_day + timedelta(days=index) for index in range(count))

    @property
    def from_time(self) -> datetime:
        """The first instant of the period, as naive UTC."""
        return self.start_of(self.first_day)

    @property
    def to_time(self) -> datetime:
        """The first instant after the period, as naive UTC."""
        return self.end_of(self.last_day)

    def start_of(self, day: date) -> datetime:
        """The first instant of a local day, as naive UTC; 23 and 25 hour days come out right."""
        midnight = datetime.combine(day, time.min, tzinfo=time_zone(self.zone))
        return midnight.astimezone(UTC).replace(tzinfo=None)

    def end_of(self, day: date) -> datetime:
        """The first instant after a local day, as naive UTC."""
        return self.start_of(day + timedelta(days=1))


def read_period(first_day: str, last_day: str, zone: str = "UTC") -> Period:
    """The period that two texts like ``2026-10-19`` name.

    Raises:
        UsageError: a text is no day of the calendar, or the first day is after the last.
        UnknownName: there is no such time zone.
    """
    return Period(_day(first_day), _day(last_day), zone)


def time_zone(name: str) -> ZoneInfo:
    """The rules of an IANA time zone.

    Raises:
        UnknownName: there is none of that name; the message offers the nearest ones.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownName(
            "time zone", name, available_timezones(), hint="Zones are named like Europe/Berlin."
        ) from None


def read_window(
    period: Period, clocks: Iterable[Clocks], lateness: timedelta | None = None
) -> Window:
    """The hours of event files that can hold a record of a message sent in the period.

    Args:
        clocks: those of the sources that are read; the widest slack and lateness count.
        lateness: how long after a send its outcomes are looked for, instead of the clocks' own.
    """
    known = tuple(clocks)
    before = max((clock.slack_before for clock in known), default=timedelta())
    after = max((clock.slack_after for clock in known), default=timedelta())
    if lateness is None:
        spans = (span for clock in known for span in clock.lateness.values())
        lateness = max(spans, default=timedelta())
    first = period.from_time - before
    end = period.to_time + lateness + after
    whole_end = _whole_hour(end)
    return Window(
        first_hour=_whole_hour(first),
        end_hour=whole_end if whole_end == end else whole_end + timedelta(hours=1),
    )


def cohort_window(
    period: Period, clocks: Iterable[Clocks], lateness: timedelta | None = None
) -> Window:
    """The hours to read for a cohort: as :func:`read_window`, and the lookback of the sources.

    Without the hours before the period a message sent there would seem sent when its receipt came.
    """
    known = tuple(clocks)
    window = read_window(period, known, lateness)
    spans = (span for clock in known for span in clock.lookback.values())
    return replace(window, first_hour=window.first_hour - max(spans, default=timedelta()))


def lateness_by_channel(
    clocks: Iterable[Clocks], lateness: timedelta | None = None
) -> dict[str, timedelta]:
    """How long after a send the outcomes of each channel come, the longest of the sources."""
    spans: dict[str, timedelta] = {}
    for clock in clocks:
        for channel, span in clock.lateness.items():
            spans[channel] = max(span, spans.get(channel, timedelta()))
    return {channel: span if lateness is None else lateness for channel, span in spans.items()}


def _whole_hour(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is no day of the calendar", hint="Write days like 2026-10-19."
        ) from None
