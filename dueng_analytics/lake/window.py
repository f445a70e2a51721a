"""The hours of event files that are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of naive time; ``end`` is no longer part of it."""

    start: datetime
    end: datetime

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    @property
    def days(self) -> tuple[datetime, ...]:
        """Midnight of every day that the span touches."""
        first = self.start.replace(hour=0, minute=0, second=0, microsecond=0)
        count = -((first - self.end) // timedelta(days=1))
        return tuple(first + timedelta(days=index) for index in range(count))


@dataclass(frozen=True, slots=True)
class Window:
    """Whole hours, naive UTC; ``end_hour`` is the first one that is not read."""

    first_hour: datetime
    end_hour: datetime

    def __contains__(self, hour: datetime) -> bool:
        return self.first_hour <= hour < self.end_hour

    def in_zone(self, zone: ZoneInfo) -> Span:
        """The window on the clock of a zone, an hour wider where the clock may be set back."""
        slack = timedelta(hours=0 if zone.key == "UTC" else 1)
        return Span(
            _on_clock(self.first_hour, zone) - slack, _on_clock(self.end_hour, zone) + slack
        )


def _on_clock(hour: datetime, zone: ZoneInfo) -> datetime:
    return hour.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
