"""What one run of the benchmarks found, as values: written to JSON, printed, and made a page."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

FAILED = "failed: "
"""How the figure of a step begins that did not come to its end."""


@dataclass(frozen=True, slots=True)
class Side:
    """One way of answering a row's question, measured at one size.

    Attributes:
        seconds: wall time of each timed run, in order; the warm-up is not among them.
        cpu_s: processor time of the same runs, all threads together.
        peak_bytes: the most memory that its process, or its query on Trino, ever held.
        bytes_read: what the process read in the first timed run, what it had spilled included.
        files_read: how often an event file was opened by a query: twice if two scans read it.
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
        events: records that lie in the lake.
        proof: a hash that must be the ``proven`` side's, of the same question asked of the first
            side in full; None where the sides themselves are equal.
        machine: the number, from 1 on, of the one on which it was measured.
    """

    row: str
    engine: Literal["DuckDB", "Trino"]
    events: int
    sides: tuple[Side, ...]
    proof: str | None = None
    proven: str | None = None
    machine: int = 1

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


@dataclass(frozen=True, slots=True)
class Results:
    """Everything of one run, which may have been taken up on another machine or day.

    Attributes:
        machines: what is known of each on which something was measured, with the date.
        steps: the names of those that came to their end.
    """

    machines: tuple[dict[str, str], ...]
    parameters: dict[str, str]
    measurements: tuple[Measurement, ...] = ()
    figures: tuple[Figure, ...] = ()
    steps: tuple[str, ...] = ()

    def with_found(
        self,
        found: Iterable[Measurement | Figure],
        machine: dict[str, str],
        step: str | None = None,
    ) -> Results:
        """These results and what was found on a machine, by a step that ended if it is named.

        A machine that was there before keeps its number.
        """
        machines = self.machines if machine in self.machines else (*self.machines, machine)
        number = machines.index(machine) + 1
        measurements, figures = list(self.measurements), list(self.figures)
        for one in found:
            there = replace(one, machine=number)
            if isinstance(there, Figure):
                figures.append(there)
            else:
                measurements.append(there)
        return replace(
            self,
            machines=machines,
            measurements=tuple(measurements),
            figures=tuple(figures),
            steps=self.steps if step is None else (*self.steps, step),
        )

    def taken_up(self, parameters: dict[str, str]) -> Results:
        """These results for a run that goes on now with what it is asked for.

        Sizes, rows and their seconds are those of both runs, everything else is that of now. What
        failed is left out: it is tried again.
        """
        figures = tuple(one for one in self.figures if not one.measured.startswith(FAILED))
        asked = {
            name: _united(self.parameters.get(name, ""), parameters[name]) for name in _OF_BOTH
        }
        rows = [self.parameters.get("only", ""), parameters["only"]]
        asked["only"] = _united(*rows) if all(rows) else ""  # one of them asked for every row
        return replace(self, parameters={**parameters, **asked}, figures=figures)

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


def _united(one: str, other: str) -> str:
    """What either list of a parameter names; numbers by their size."""
    names = {name for text in (one, other) for name in text.split(", ") if name}
    return ", ".join(sorted(names, key=lambda name: (name[0].isdigit() and len(name), name)))


def _measurement(found: dict[str, Any]) -> Measurement:
    sides = tuple(
        Side(**{**side, "seconds": tuple(side["seconds"]), "cpu_s": tuple(side["cpu_s"])})
        for side in found["sides"]
    )
    return Measurement(**{**found, "sides": sides})
