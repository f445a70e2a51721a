"""The lakes that are measured: simulated once below a folder, and used again."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from dueng_analytics.simulate import Faults, Plan, Simulation, simulate

from .rows import Row

SEED = 1
LAST_DAY = date(2026, 9, 30)
"""Of sending in every lake: before Pinpoint ends, with whose events the samples' views are all."""


@dataclass(frozen=True, slots=True)
class Lake:
    """An event lake with e-mail of Pinpoint and SES.

    Attributes:
        records: stored ones, repeats among them.
        pinpoint_records: those of Pinpoint among them.
        first_day, last_day: of sending.
    """

    events: Path
    truth: Path
    records: int
    pinpoint_records: int
    first_day: str
    last_day: str

    def records_of(self, about: Row) -> int:
        """The records that the sides of a row read."""
        return self.pinpoint_records if about.is_of_pinpoint else self.records

    @property
    def pinpoint(self) -> Path:
        """The events of Pinpoint alone, which are all that the samples' views read."""
        return self.events / "pinpoint"

    def last_days(self, days: int) -> tuple[str, str]:
        """The first and last of so many days up to the last one of sending."""
        last = date.fromisoformat(self.last_day)
        return str(last - timedelta(days=days - 1)), self.last_day


def email_lake(folder: Path, events: int, days: int, file_format: str = "parquet") -> Lake:
    """The lake of about so many events; the same messages in every format.

    JSON has no malformed records here, so that it holds what Parquet does.
    """
    faults = Faults(malformed=0.0, wrong_shape=0.0)
    first = LAST_DAY - timedelta(days=days - 1)
    plan = Plan("email", events, days, SEED, first, file_format=file_format, faults=faults)
    made = simulate(folder / f"email-{file_format}-{events}-{days}d", plan)
    return _lake(made, plan)


def _lake(made: Simulation, plan: Plan) -> Lake:
    return Lake(
        made.events,
        made.truth,
        made.totals["stored_records"],
        made.totals["sources"]["pinpoint"]["records"],
        str(plan.first),
        str(plan.first + timedelta(days=plan.days - 1)),
    )


def synced_copy(lake: Lake) -> Path:
    """The copy that ``dueng lake sync`` makes of a lake, beside it; brought up to date."""
    copy = lake.events.parent.with_name(f"{lake.events.parent.name}-copy")
    command = ["lake", "sync", "--events", str(lake.events), "--to-dir", str(copy)]
    subprocess.run(
        [sys.executable, "-m", "dueng_analytics", *command], check=True, stdout=sys.stderr
    )
    return copy
