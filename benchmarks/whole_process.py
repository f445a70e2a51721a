"""Figures of whole processes: how soon help is there, and what reading JSON holds in memory."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from .json_lake import write_files, write_long_line
from .measured import Figure
from .options import MILLION, Options
from .turns import MeasuringFailed, Step

_HELP_RUNS = 20
_FEW, _MANY = 100, 10_000
_PEAK_RUNS = 3
"""Of a folder: the highest peak of a run is when all threads happen to be at theirs."""
_LINE_BYTES = 50 * MILLION


OTHER_ROWS = ("help", "json-files", "long-line")


def process_steps(options: Options) -> Iterator[Step]:
    """The figures that are asked for."""
    for name, measured in zip(OTHER_ROWS, (_help, _json_files, _long_line), strict=True):
        if options.wants(name):
            yield name, partial(measured, options)


def _help(options: Options) -> Iterator[Figure]:
    median_ms = _help_ms(_HELP_RUNS if options.runs > 1 else 3)
    yield Figure("dueng --help, median", f"{median_ms:.0f} ms", "at most 100 ms", median_ms <= 100)


def _long_line(options: Options) -> Iterator[Figure]:
    write_long_line(options.folder / "long", _LINE_BYTES)
    peak = _read(options.folder / "long" / "events", records=3)
    yield Figure(
        f"a line of {_LINE_BYTES // MILLION} MB, peak memory",
        f"{peak / MILLION:.0f} MB",
        "at most 500 MB",
        peak <= 500 * MILLION,
    )


def _json_files(options: Options) -> Iterator[Figure]:
    runs = min(options.runs, _PEAK_RUNS)
    peaks: dict[int, list[int]] = {_FEW: [], _MANY: []}
    for _ in range(runs):
        for files, found in peaks.items():
            target = options.folder / f"json-{files}-{options.json_bytes}"
            records = write_files(target, files, options.json_bytes)
            found.append(_read(target / "events", records))
    few, many = (statistics.median(found) for found in peaks.values())
    size = f"{options.json_bytes // MILLION:,} MB JSON as {_FEW} ÷ {_MANY:,} files"
    yield Figure(
        f"peak memory of {size}, medians of {runs}",
        f"{few / MILLION:.0f} / {many / MILLION:.0f} MB = {few / many:.2f}",
        "0.8–1.2",
        0.8 <= few / many <= 1.2,
    )


def _help_ms(runs: int) -> float:
    command = [sys.executable, "-c", "from dueng_analytics.cli import main; main(['--help'])"]
    times = []
    for _ in range(runs + 1):
        started_at = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append((time.perf_counter() - started_at) * 1000)
    return statistics.median(times[1:])


def _read(events: Path, records: int) -> int:
    """The peak of memory of a process that reads all records of a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.whole_lake", str(events)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parent.parent,
    )
    if done.returncode:
        raise MeasuringFailed(f"{events} could not be read:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    if found["records"] != records:
        raise MeasuringFailed(f"{events}: {found['records']} of {records} records were read")
    return int(found["peak_bytes"])
