"""Sides that take turns: each in a process of its own, one run at a time."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from .measured import Figure, Measurement, Side
from .work import Task

Found = Measurement | Figure
Step = tuple[str, Callable[[], Iterable[Found]]]
"""What is measured by itself: its name, and what finds it. One that fails stops no other."""

_ROOT = Path(__file__).resolve().parent.parent


class MeasuringFailed(Exception):
    """A side did not come to its end; the message is what it said."""


class Runner(Protocol):
    """A side that somebody runs, wherever it is run."""

    name: str

    def run(self) -> dict[str, Any]:
        """One run: ``seconds``, ``cpu_s``, ``bytes_read``, ``files_read``, ``rows``, ``hash``."""

    def end(self) -> dict[str, Any]:
        """``peak_bytes`` of all runs, and ``proof`` and ``told`` of the work."""


@dataclass
class SideProcess:
    """A side in a process of its own."""

    name: str
    process: subprocess.Popen[str] = field(repr=False)

    def run(self) -> dict[str, Any]:
        return self.ask("run")

    def end(self) -> dict[str, Any]:
        return self.ask("end")

    def ask(self, line: str) -> dict[str, Any]:
        """The answer to a line.

        Raises:
            MeasuringFailed: the process ended instead.
        """
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            print(line, file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise MeasuringFailed(f"{self.name} ended with code {self.process.wait()}")
        found: dict[str, Any] = json.loads(answer)
        return found


@contextmanager
def side_process(
    name: str, task: Task, environment: Mapping[str, str] | None = None
) -> Iterator[SideProcess]:
    """A side that is ready to run; its process is ended afterwards, and its scratch removed.

    Args:
        environment: variables that it has beside those of this process.
    """
    with tempfile.TemporaryDirectory(dir=task.scratch) as scratch:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.side"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
            env={**os.environ, **(environment or {})},
        )
        try:
            side = SideProcess(name, process)
            side.ask(json.dumps(asdict(task) | {"scratch": scratch}))
            yield side
        finally:
            process.kill()
            process.communicate()


@dataclass(frozen=True, slots=True)
class Taken:
    """What a side gave, beside its times."""

    side: Side
    proof: str | None
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often each side of a row is run and timed.

    Attributes:
        most: rounds, in each of which every side has one run.
        enough_s: no further round begins when the row has taken so long; the first one always does.
    """

    most: int
    enough_s: float = math.inf


def in_turns(sides: Sequence[Runner], rounds: Rounds) -> tuple[Taken, ...]:
    """Every side measured: a warm-up each, then the timed runs, one side after the other.

    Raises:
        MeasuringFailed: a side failed, or gave another result than in its warm-up.
    """
    started_at = time.monotonic()
    warm = [side.run() for side in sides]
    timed: list[list[dict[str, Any]]] = [[] for _ in sides]
    for number in range(rounds.most):
        if number and time.monotonic() - started_at > rounds.enough_s:
            break
        for side, first, done in zip(sides, warm, timed, strict=True):
            done.append(side.run())
            if done[-1]["hash"] != first["hash"]:
                raise MeasuringFailed(f"{side.name} gave another result in a later run")
    found = []
    for side, first, done in zip(sides, warm, timed, strict=True):
        end = side.end()
        measured = Side(
            side.name,
            tuple(run["seconds"] for run in done),
            tuple(run["cpu_s"] for run in done),
            end["peak_bytes"],
            (done or [first])[0]["bytes_read"],
            first["files_read"],
            first["rows"],
            first["hash"],
            first.get("requests"),
        )
        found.append(Taken(measured, end.get("proof"), end.get("told") or {}))
    return tuple(found)


def measured_tasks(
    tasks: Mapping[str, Task], rounds: Rounds, environment: Mapping[str, str] | None = None
) -> tuple[Taken, ...]:
    """Sides by name that are processes of this machine, measured in turns."""
    with ExitStack() as stack:
        sides = [
            stack.enter_context(side_process(name, task, environment))
            for name, task in tasks.items()
        ]
        return in_turns(sides, rounds)
