"""What one run of the benchmarks found, as values: written to JSON, printed, and made a page."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Side:
    """One way of answering a row's question, measured at one size.

    Attributes:
        seconds: wall time of each timed run, in order; the warm-up is not among them.
        cpu_s: processor time of the same runs, all threads together.
        peak_bytes: the most memory that its process, or its query on Trino, ever held.
        bytes_read: what the process read in the first timed run, what it had staged or spilled
            included; on Trino what the scans of the query read of objects, in a row of requests
            the bytes of the objects that were got.
        files_read: how many different event files a run reads, each once however often it does.
        rows: of the result; ``hash`` is that of its rows in their order as text.
        requests: to S3, where the events lie there.
    """

    name: str
    seconds: tuple[float, ...]
    cpu_s: tuple[float, ...]
    peak_bytes: int
    bytes_read: int | None
    files_read: int
    rows: int
    hash: str
    requests: int | None = None

    @property
    def median_s(self) -> float:
        return statistics.median(self.seconds)

    @property
    def median_cpu_s(self) -> float:
        return statistics.median(self.cpu_s)


@dataclass(frozen=True, slots=True)
class Measurement:
    """A row of the table at one size: the sides took turns.

    Attributes:
        row: its name in :data:`benchmarks.rows.ROWS`.
        events: stored records that its sides read.
        proof: a hash that must be the ``proven`` side's, of the same question asked of the first
            side in full; None where the sides themselves are equal.
        machine: the number, from 1 on, of the one on which it was measured.
        step: the name of what found it.
    """

    row: str
    engine: Literal["DuckDB", "Trino"]
    events: int
    sides: tuple[Side, ...]
    proof: str | None = None
    proven: str | None = None
    machine: int = 1
    step: str = ""

    @property
    def runs(self) -> int:
        """The timed ones of each side."""
        return len(self.sides[0].seconds)

    def side(self, name: str) -> Side:
        return next(side for side in self.sides if side.name == name)


@dataclass(frozen=True, slots=True)
class Figure:
    """A single number that has a limit, or a fact that has to be true."""

    name: str
    measured: str
    limit: str
    held: bool
    machine: int = 1
    step: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """Everything of one run, which may have been taken up on another machine or day.

    Attributes:
        machines: what is known of each on which something was measured, with the dates.
        steps: the names of those that came to their end.
    """

    machines: tuple[dict[str, str], ...]
    parameters: dict[str, str]
    measurements: tuple[Measurement, ...] = ()
    figures: tuple[Figure, ...] = ()
    steps: tuple[str, ...] = ()

    def with_found(
        self, found: Measurement | Figure, machine: Mapping[str, str], step: str
    ) -> Results:
        """These results and what a step found on a machine."""
        machines, number = _numbered(self.machines, machine)
        there = replace(found, machine=number, step=step)
        if isinstance(there, Figure):
            return replace(self, machines=machines, figures=(*self.figures, there))
        return replace(self, machines=machines, measurements=(*self.measurements, there))

    def without(self, step: str) -> Results:
        """These results without what a step found, which is done again."""
        return replace(
            self,
            measurements=tuple(one for one in self.measurements if one.step != step),
            figures=tuple(one for one in self.figures if one.step != step),
        )

    def with_ended(self, step: str) -> Results:
        """These results after a step that came to its end."""
        return replace(self, steps=(*self.steps, step))

    def otherwise(self, parameters: Mapping[str, str]) -> list[str]:
        """The parameters that decide these figures, and of which the given ones are others."""
        return [
            name
            for name, text in parameters.items()
            if name not in _MAY_DIFFER and text != self.parameters.get(name, "")
        ]

    def taken_up(self, parameters: Mapping[str, str]) -> Results:
        """These results for a run that goes on now with what it is asked for.

        Sizes, rows and their seconds are those of both runs, and the runs the most of either: each
        row says how many it has. Everything else is the same (:meth:`otherwise`).
        """
        asked = {
            name: _united(self.parameters.get(name, ""), parameters[name]) for name in _OF_BOTH
        }
        rows = [self.parameters.get("only", ""), parameters["only"]]
        asked["only"] = _united(*rows) if all(rows) else ""  # one of them asked for every row
        runs = (self.parameters.get("runs", ""), parameters["runs"])
        asked["runs"] = max(runs, key=_by_size)
        return replace(self, parameters={**parameters, **asked})

    def of(self, row: str, engine: str) -> tuple[Measurement, ...]:
        """The measurements of a row on an engine, by size."""
        found = [m for m in self.measurements if (m.row, m.engine) == (row, engine)]
        return tuple(sorted(found, key=lambda measurement: measurement.events))

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Results:
        """The results that :meth:`to_json` wrote."""
        found = json.loads(text)
        return cls(
            machines=tuple(found["machines"]),
            parameters=found["parameters"],
            measurements=tuple(_measurement(one) for one in found["measurements"]),
            figures=tuple(Figure(**one) for one in found["figures"]),
            steps=tuple(found["steps"]),
        )


@dataclass(frozen=True, slots=True)
class Growth:
    """A straight line through the medians of one side over the sizes."""

    seconds_per_million: float
    intercept_s: float
    r_squared: float
    sizes: int


def growth(measurements: Sequence[Measurement], side: str) -> Growth | None:
    """The line of least squares of a side's median time over events; None below two sizes."""
    events = [measurement.events for measurement in measurements]
    if len(set(events)) < 2:
        return None
    from scipy.stats import linregress  # takes longer to import than most of this

    medians = [measurement.side(side).median_s for measurement in measurements]
    line = linregress(events, medians)
    return Growth(
        float(line.slope) * 1e6, float(line.intercept), float(line.rvalue) ** 2, len(events)
    )


_OF_BOTH = ("sizes", "trino_sizes", "json_sizes", "row_s")
_MAY_DIFFER = {*_OF_BOTH, "runs", "only"}
"""Parameters that say what is measured and how often, not of what."""


def _united(one: str, other: str) -> str:
    """What either list of a parameter names; numbers by their size."""
    names = {name for text in (one, other) for name in text.split(", ") if name}
    return ", ".join(sorted(names, key=_by_size))


def _by_size(name: str) -> tuple[int, str]:
    """Where a text is sorted: numbers by their size, and behind all others."""
    return (len(name) if name[:1].isdigit() else 0, name)


_NO_IDENTITY = ("date", "Trino")
"""What is told of a machine and makes no other one: when, and what only some rows need."""


def _numbered(
    machines: Sequence[Mapping[str, str]], machine: Mapping[str, str]
) -> tuple[tuple[dict[str, str], ...], int]:
    """The machines with this one among them, and its number from 1 on.

    One that is there keeps its number; the dates on which it measured are all told.
    """
    known = [_identity(one) for one in machines]
    found = _identity(machine)
    place = known.index(found) if found in known else len(known)
    before = machines[place] if place < len(known) else {}
    told = {name: _united(before.get(name, ""), machine.get(name, "")) for name in _NO_IDENTITY}
    this = {**before, **machine, **{name: text for name, text in told.items() if text}}
    return tuple(dict(one) for one in (*machines[:place], this, *machines[place + 1 :])), place + 1


def _identity(machine: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in machine.items() if name not in _NO_IDENTITY}


def _measurement(found: dict[str, Any]) -> Measurement:
    sides = tuple(
        Side(**{**side, "seconds": tuple(side["seconds"]), "cpu_s": tuple(side["cpu_s"])})
        for side in found["sides"]
    )
    return Measurement(**{**found, "sides": sides})
