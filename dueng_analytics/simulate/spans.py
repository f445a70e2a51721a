"""Into which spans of time the arrivals are cut, so that one process can hold each in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from dueng_analytics.simulate.arrival import Span
from dueng_analytics.simulate.sending import received_before
from dueng_analytics.simulate.text_arrays import Numbers

STEP_MS = 600_000
_MOST_RECORDS = 400_000
_FEWEST_RECORDS = 20_000
# what a lake is cut into at least, for processes to share
_PIECES = 16
_SECOND_MS = 1_000


@dataclass(slots=True)
class Arrivals:
    """How many records arrive when, over all units; of each unit only from when to when.

    Attributes:
        spilled: the folder with the records of each unit.
    """

    spilled: Path
    _counts: Counter[int] = field(default_factory=Counter)
    _bounds: list[tuple[int, int] | None] = field(default_factory=list)

    def add(self, steps: Numbers, counts: Numbers) -> None:
        """Note the next unit: in which steps of time its records arrive, and how many in each."""
        self._counts.update(dict(zip(steps.tolist(), counts.tolist(), strict=True)))
        self._bounds.append((int(steps[0]), int(steps[-1]) + 1) if len(steps) else None)

    def spans(self) -> list[Span]:
        """Spans with at most so many records, but for a second that has more by itself."""
        if not self._counts:
            return []
        most = max(_FEWEST_RECORDS, self._counts.total() // _PIECES)
        most = min(_MOST_RECORDS, most)
        edges: list[int] = []
        taken = 0
        for start_ms, count in self._parts():
            if not edges or (taken and taken + count > most):
                edges.append(start_ms)
                taken = 0
            taken += count
        edges.append((max(self._counts) + 1) * STEP_MS)
        return [
            Span(number, start_ms, end_ms, self._concerned(start_ms, end_ms))
            for number, (start_ms, end_ms) in enumerate(pairwise(edges))
        ]

    def _parts(self) -> Iterator[tuple[int, int]]:
        """The beginning and the records of each step; of one with too many, of its seconds."""
        for step, count in sorted(self._counts.items()):
            if count <= _MOST_RECORDS:
                yield step * STEP_MS, count
                continue
            seconds = np.arange(step * STEP_MS, (step + 1) * STEP_MS + 1, _SECOND_MS)
            before = sum(
                received_before(self.spilled, unit, seconds)
                for unit in self._concerned(step * STEP_MS, (step + 1) * STEP_MS)
            )
            yield from zip(seconds[:-1].tolist(), np.diff(before).tolist(), strict=True)

    def _concerned(self, start_ms: int, end_ms: int) -> tuple[int, ...]:
        return tuple(
            unit
            for unit, bounds in enumerate(self._bounds)
            if bounds and bounds[0] * STEP_MS < end_ms and bounds[1] * STEP_MS > start_ms
        )
