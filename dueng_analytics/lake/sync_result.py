"""What a sync did, hour by hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Done(Enum):
    """What a sync did with an hour."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    """Objects of it are gone from the original; the copy has them."""
    DROPPED = "dropped"
    FAILED = "failed"
    """It is in the copy as it was before, if it was."""


@dataclass(frozen=True, slots=True)
class SyncedHour:
    """An hour that a sync looked at; None for the files under no hour."""

    hour: datetime | None
    done: Done
    objects: int = 0
    objects_gone: int = 0
    records: int = 0
    quarantined: int = 0
    bytes_read: int = 0
    bytes_written: int = 0
    reason: str | None = None
    """Why it failed, or why it had to be written anew although its objects are the same."""


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a sync did, hour by hour, in order."""

    target: str
    hours: tuple[SyncedHour, ...]

    def of(self, done: Done) -> tuple[SyncedHour, ...]:
        """The hours with which that was done."""
        return tuple(hour for hour in self.hours if hour.done is done)
