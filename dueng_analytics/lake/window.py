"""The hours of event files that are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Window:
    """Whole hours, naive UTC; ``end_hour`` is the first one that is not read."""

    first_hour: datetime
    end_hour: datetime

    def __contains__(self, hour: datetime) -> bool:
        return self.first_hour <= hour < self.end_hour


def hours_of(window: Window) -> tuple[datetime, ...]:
    """Every hour of a window, in order."""
    count = int((window.end_hour - window.first_hour) / timedelta(hours=1))
    return tuple(window.first_hour + timedelta(hours=index) for index in range(count))


def spans_of(window: Window) -> tuple[tuple[datetime, bool], ...]:
    """The window as whole days where it covers them and hours where it does not.

    Each span is its first hour and whether it is a whole day: one request lists a day.
    """
    spans: list[tuple[datetime, bool]] = []
    hour = window.first_hour
    while hour < window.end_hour:
        whole_day = hour.hour == 0 and hour + timedelta(days=1) <= window.end_hour
        spans.append((hour, whole_day))
        hour += timedelta(days=1) if whole_day else timedelta(hours=1)
    return tuple(spans)
