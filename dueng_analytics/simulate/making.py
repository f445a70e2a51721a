"""A lake from a plan: two passes over many processes, then the ledger's sums."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dueng_analytics import __version__
from dueng_analytics.errors import DuengError, UsageError
from dueng_analytics.simulate import kinds, sending, truth
from dueng_analytics.simulate.arrival import Span, Written, write_span
from dueng_analytics.simulate.mailings import Schedule, make_schedule, units_of
from dueng_analytics.simulate.plan import GENERATOR, Plan
from dueng_analytics.simulate.spans import STEP_MS, Arrivals
from dueng_analytics.simulate.staging import (
    EVENTS,
    MANIFEST,
    TRUTH,
    alone,
    earlier_manifest,
    stage,
)
from dueng_analytics.simulate.text_arrays import Numbers

_MESSAGES_AT_ONCE = 120_000
# messages of the trial that tells how many events one has on average
_FEWEST_TRIED, _MOST_TRIED = 2_000, 40_000
_SPILL = "spill"
_NONE: Numbers = np.zeros(0, dtype=np.int64)
_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Simulation:
    """A lake that was made, or was there.

    Attributes:
        events: the folder of event files, to be opened with ``open_lake``.
        truth: the folder of the ledger.
        totals: records, objects and bytes of each source, and what the manifest tells beside.
        was_there: whether the same lake lay there already and nothing was done.
        seconds: how long it took to make.
    """

    events: Path
    truth: Path
    totals: Mapping[str, Any]
    was_there: bool
    seconds: float


def simulate(folder: str | Path, plan: Plan, *, jobs: int | None = None) -> Simulation:
    """Make the lake of a plan in a folder, or find it there.

    The folder gets ``events/``, a folder a source in Firehose's layout, and ``truth/``, whose
    README tells what is in it. The same plan makes the same files with any number of jobs.

    Args:
        folder: empty or absent, or one that holds this very lake.
        jobs: how many processes; by default as many as there are cores.

    Raises:
        UsageError: the folder holds something else, another run is at work there, ``jobs`` is
            none, or a process that was started for this calls it.
        TargetError: no room, or no right to write.
        WorkerError: one of the processes was ended from outside.
    """
    target = Path(folder)
    if jobs is not None and not 1 <= jobs <= 256:
        raise UsageError(f"{jobs} jobs cannot be", hint="Give a number from 1 to 256.")
    if jobs != 1 and multiprocessing.parent_process() is not None:
        # Without its guard a script is run anew in every worker, which would begin anew as well.
        raise UsageError(
            "a process that another one started makes no lake with more than one job",
            hint='Put the call under if __name__ == "__main__":, or give jobs=1.',
        )
    begun = time.monotonic()
    made = None
    manifest = earlier_manifest(target, plan)
    if manifest is None:
        with alone(target, plan):
            # Another run may have been quicker.
            manifest = earlier_manifest(target, plan)
            if manifest is None:
                with stage(target) as hidden:
                    manifest = made = _make(plan, hidden, jobs or os.cpu_count() or 1)
    return Simulation(
        target / EVENTS,
        target / TRUTH,
        manifest["totals"],
        made is None,
        time.monotonic() - begun,
    )


class WorkerError(DuengError):
    """One of the processes that make a lake was ended from outside."""


class _Map(Protocol):
    def __call__(
        self, work: Callable[[_Task], _Result], tasks: Sequence[_Task]
    ) -> Iterator[_Result]: ...


@contextmanager
def _workers(jobs: int, plan: Plan) -> Iterator[_Map]:
    """A map over processes whose results come in the order of tasks."""
    jobs = min(jobs, max(1, plan.events // 150_000))
    if jobs == 1:
        yield lambda work, tasks: map(work, tasks)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin_work) as pool:

        def over(work: Callable[[_Task], _Result], tasks: Sequence[_Task]) -> Iterator[_Result]:
            # Few are handed out ahead: results wait in memory.
            left = iter(tasks)
            waiting: list[Future[_Result]] = [
                pool.submit(work, task) for task in islice(left, 2 * jobs)
            ]
            while waiting:
                result = waiting.pop(0).result()
                waiting += [pool.submit(work, task) for task in islice(left, 1)]
                yield result

        try:
            yield over
        except BaseException as error:
            pool.shutdown(wait=True, cancel_futures=True)
            if isinstance(error, BrokenProcessPool):
                raise WorkerError(
                    f"one of {jobs} processes was ended before it was done",
                    hint="The system does so when memory is short: give --jobs 1, or fewer than"
                    f' {jobs}. A script needs its call under if __name__ == "__main__":.',
                ) from error
            raise


def _begin_work() -> None:
    """Each process has one core, and ends with the one that started it, whatever ended that."""
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None  # a worker has one
    parent.join()
    signal.raise_signal(signal.SIGKILL)


@lru_cache(maxsize=1)
def _schedule(plan: Plan) -> Schedule:
    return make_schedule(plan)


@dataclass(frozen=True, slots=True)
class _Sending:
    plan: Plan
    unit: kinds.Unit
    folder: Path


@dataclass(frozen=True, slots=True)
class _Sent:
    """What is told of a unit: counts, and how many records arrive in which steps of time."""

    messages: int
    events: int
    published: int
    steps: Numbers
    counts: Numbers
    daily: pa.Table


def _send(task: _Sending) -> _Sent:
    plan, unit = task.plan, task.unit
    schedule = _schedule(plan)
    lives = sending.live(plan, schedule, unit)
    stored = sending.spill(plan, unit, lives, task.folder / _SPILL)
    messages = truth.messages_table(plan, schedule, unit.number, lives)
    ledger = task.folder / TRUTH
    truth.write_part(messages, ledger / "messages", unit.number)
    truth.write_part(truth.events_table(unit.number, lives, stored), ledger / "events", unit.number)
    published = lives.is_published
    received = np.concatenate([stored["received_ms"][published], stored["copy_ms"]])
    steps, counts = np.unique(received // STEP_MS, return_counts=True)
    return _Sent(
        len(lives.messages),
        len(published),
        int(published.sum()),
        steps,
        counts,
        truth.daily_counts(messages),
    )


@dataclass(frozen=True, slots=True)
class _Arriving:
    plan: Plan
    span: Span
    folder: Path


def _arrive(task: _Arriving) -> Written:
    written = write_span(
        task.plan,
        _schedule(task.plan),
        task.span,
        task.folder / _SPILL,
        task.folder / EVENTS,
    )
    faults = pa.table(
        {
            "object": pa.array(written.faults["object"], pa.string()),
            "record": pa.array(written.faults["record"], pa.int32()),
            "event": pa.array(written.faults["event"], pa.int64()),
            "fault": pa.array(written.faults["fault"], pa.string()),
            "hour": pa.array(written.faults["hour_ms"], pa.timestamp("ms")),
        }
    )
    truth.write_part(faults, task.folder / TRUTH / "faults", task.span.number)
    # They are written: what is kept of a span must not grow with its records.
    return replace(written, faults={})


def _make(plan: Plan, folder: Path, jobs: int) -> dict[str, Any]:
    """The manifest of the lake that was made in a folder."""
    for name in (_SPILL, EVENTS, TRUTH):
        (folder / name).mkdir()
    schedule = _schedule(plan)
    trial = min(_MOST_TRIED, max(_FEWEST_TRIED, plan.events // 2))
    messages = max(1, round(plan.events / sending.mean_events(plan, trial)))
    units = units_of(plan, schedule, messages, _MESSAGES_AT_ONCE)
    ledger = folder / TRUTH
    with _workers(jobs, plan) as over:
        arrivals, sent = Arrivals(folder / _SPILL), []
        for one in over(_send, [_Sending(plan, unit, folder) for unit in units]):
            arrivals.add(one.steps, one.counts)
            sent.append(replace(one, steps=_NONE, counts=_NONE))
        spans = arrivals.spans()
        written = list(over(_arrive, [_Arriving(plan, span, folder) for span in spans]))
    _write_daily([one.daily for one in sent], ledger)
    totals = _totals(sent, written, ledger)
    for path in (folder / _SPILL).iterdir():
        path.unlink()
    manifest = {
        "version": __version__,
        "generator": GENERATOR,
        "parameters": plan.parameters(),
        "totals": totals,
    }
    page = Path(__file__).with_name("ledger.md").read_text("utf-8")
    (ledger / "README.md").write_text(page, "utf-8")
    (ledger / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    return manifest


def _write_daily(pieces: Iterable[pa.Table], ledger: Path) -> None:
    table = pa.concat_tables(pieces)
    keys = ["sent_on", "family", "channel", "campaign_id", "journey_id"]
    values = [name for name in table.column_names if name not in keys]
    pq.write_table(truth.summed(table, keys, values), ledger / "daily.parquet", store_schema=False)


def _totals(sent: Sequence[_Sent], written: Sequence[Written], ledger: Path) -> dict[str, Any]:
    names = ("source", "hour_ms", "type", "records", "events", "malformed")
    columns = {
        name: np.concatenate([np.zeros(0, dtype=np.int64)]
                             + [one.stored[name] for one in written if one.stored])
        for name in names
    }  # fmt: skip
    _write_stored(columns, ledger)
    sums = {
        name: sum((getattr(one, name) for one in written), np.zeros(len(kinds.SOURCES), int))
        for name in ("records", "objects", "bytes")
    }
    return {
        "messages": sum(one.messages for one in sent),
        "events": sum(one.published for one in sent),
        "unpublished_events": sum(one.events - one.published for one in sent),
        "stored_records": int(sums["records"].sum()),
        "malformed_records": int(columns["malformed"].sum()),
        "sources": {
            source: {name: int(values[number]) for name, values in sums.items()}
            for number, source in enumerate(kinds.SOURCES)
            if sums["records"][number]
        },
    }


def _write_stored(columns: Mapping[str, Numbers], ledger: Path) -> None:
    """Records and events of each source, hour and type; an hour may lie in two spans."""
    table = pa.table(
        {
            "source": pa.array(np.array(kinds.SOURCES)[columns["source"].astype(int)].tolist(),
                               pa.string()),
            "hour": pa.array(columns["hour_ms"].astype(np.int64), pa.timestamp("ms")),
            "event_type": pa.array(
                [kinds.EVENT_TYPES[code] for code in columns["type"].astype(int)], pa.string()
            ),
            "records": pa.array(columns["records"].astype(np.int64)),
            "events": pa.array(columns["events"].astype(np.int64)),
            "malformed": pa.array(columns["malformed"].astype(np.int64)),
        }
    )  # fmt: skip
    keys = ["source", "hour", "event_type"]
    pq.write_table(
        truth.summed(table, keys, ["records", "events", "malformed"]),
        ledger / "stored.parquet",
        store_schema=False,
    )
