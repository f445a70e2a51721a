"""The rows on DuckDB: which lakes their sides read, and what is proven beside their times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from .lakes import Lake, email_lake, synced_copy
from .machine import memory_bytes
from .measured import Figure, Measurement
from .options import MILLION, Options
from .rows import (
    BARE,
    COPY,
    FACTS,
    JSON,
    MESSAGES,
    ONE_PASS,
    PARQUET,
    RECORDS,
    SAMPLES,
    SUMMARY,
    row,
)
from .turns import Found, Step, Taken, measured_tasks, side_process
from .work import Task

_WINDOW_OF_YEAR = 30 / 366
_SMALL, _SMALL_BYTES, _LARGE_BYTES = 5 * MILLION, 1_500 * MILLION, 4_000 * MILLION


def duckdb_steps(options: Options) -> Iterator[Step]:
    """The rows that are asked for, smaller lakes first."""
    for size in options.sizes:
        if options.wants("a", "campaigns"):
            yield f"(a) of {size:,} events", partial(_campaigns, options, size)
        if options.wants("b", "facts"):
            yield f"(b) of {size:,} events", partial(_facts, options, size)
    if options.wants("c", "window"):
        yield "(c)", partial(_window, options)
    if options.wants("d", "forms"):
        for size in options.json_sizes:
            yield f"(d) of {size:,} events", partial(_forms, options, size)
    if options.wants("e", "one-day"):
        yield "(e)", partial(_one_day, options)


def _task(options: Options, kind: str, events: Path, days: tuple[str, str], size: int) -> Task:
    limit = options.memory_limit if size > _SMALL else None
    return Task(kind, str(events), options.scratch, options.threads, *days, memory_limit=limit)


def _tasks(
    options: Options,
    events: Path,
    kinds: Mapping[str, str],
    days: tuple[str, str],
    size: int,
) -> dict[str, Task]:
    return {name: _task(options, kind, events, days, size) for name, kind in kinds.items()}


def _measurement(name: str, lake: Lake, taken: tuple[Taken, ...]) -> Measurement:
    records = lake.records_of(row(name))
    return Measurement(name, "DuckDB", records, tuple(one.side for one in taken))


def _campaigns(options: Options, size: int) -> Iterator[Found]:
    lake = email_lake(options.folder, size, options.days)
    kinds = {SAMPLES: "samples", ONE_PASS: "one pass"}
    days = (lake.first_day, lake.last_day)
    tasks = _tasks(options, lake.pinpoint, kinds, days, size)
    yield _measurement("campaigns", lake, measured_tasks(tasks, options.rounds))


def _facts(options: Options, size: int) -> Iterator[Found]:
    lake = email_lake(options.folder, size, options.days)
    days = (lake.first_day, lake.last_day)
    tasks = _tasks(options, lake.events, {BARE: "bare", FACTS: "facts"}, days, size)
    taken = measured_tasks(tasks, options.rounds)
    yield _measurement("facts", lake, taken)
    facts = next(one for one in taken if one.side.name == FACTS)
    counted, naive = facts.told["facts"], facts.told["naive"]
    wrong = [name for name in naive if counted[name] != naive[name]]
    yield Figure(
        f"facts of {lake.records:,} records equal a naive count of {len(naive)} figures",
        f"NO: {', '.join(wrong)}" if wrong else "yes",
        "yes",
        not wrong,
    )
    yield _peak(f"facts of {lake.records:,} records", facts.side.peak_bytes, size)
    limit = tasks[FACTS].memory_limit
    if limit is not None:
        ample = f"{memory_bytes() * 0.6 / MILLION:.0f}MB"
        with side_process(FACTS, replace(tasks[FACTS], memory_limit=ample)) as other:
            found = other.run()["hash"]
        yield Figure(
            f"facts of {lake.records:,} records with {limit} of memory equal those with {ample}",
            found,
            facts.side.hash,
            found == facts.side.hash,
        )


def _peak(what: str, peak_bytes: int, size: int) -> Figure:
    limit = _SMALL_BYTES if size <= _SMALL else _LARGE_BYTES
    return Figure(
        f"{what}, peak memory",
        f"{peak_bytes / MILLION:,.0f} MB",
        f"at most {limit / MILLION:,.0f} MB",
        peak_bytes <= limit,
    )


def _window(options: Options) -> Iterator[Found]:
    lake = email_lake(options.folder, options.year_events, options.year_days)
    kinds = {SUMMARY: "summary", RECORDS: "records", MESSAGES: "messages"}
    days = lake.last_days(max(1, round(options.year_days * _WINDOW_OF_YEAR)))
    tasks = _tasks(options, lake.pinpoint, kinds, days, options.year_events)
    taken = measured_tasks(tasks, options.rounds)
    yield replace(_measurement("window", lake, taken), proof=taken[0].proof, proven=RECORDS)


def _forms(options: Options, size: int) -> Iterator[Found]:
    written = email_lake(options.folder, size, options.days, "json")
    converted = email_lake(options.folder, size, options.days)
    days = (written.first_day, written.last_day)
    forms = {JSON: written.events, PARQUET: converted.events, COPY: synced_copy(written)}
    tasks = {name: _task(options, "report", events, days, size) for name, events in forms.items()}
    taken = measured_tasks(tasks, options.rounds)
    yield _measurement("forms", written, taken)
    for one in taken:
        if one.side.name == PARQUET:
            what = f"report of {written.records:,} records as Parquet"
            yield _peak(what, one.side.peak_bytes, size)


def _one_day(options: Options) -> Iterator[Found]:
    from .one_day import measure_one_day  # needs what only the tests need

    yield measure_one_day(options)
