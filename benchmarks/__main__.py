"""``python -m benchmarks``: every figure that the product promises, as one table.

Lakes are written once, below ``--folder``; each measurement runs in a process of its own. Times of
a shared machine say little, so speed is a ratio of medians measured in turns.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dueng_analytics.catalog import load_catalog
from dueng_analytics.model.definitions import Source

from .facts_lake import write_lake
from .json_lake import write_files, write_long_line

MEGABYTE = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "dueng-bench")
    parser.add_argument("--events", type=int, default=5_000_000, help="of the facts' lake")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", help="part of a row's name")
    options = parser.parse_args()
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{'figure':58} {'measured':>14} {'at most':>10}")
    for name, measure, limit in _rows(options):
        if options.only is None or options.only in name:
            value = measure()
            print(f"{name:58} {value:>14} {limit:>10}", flush=True)


def _rows(options: argparse.Namespace) -> Iterator[tuple[str, Any, str]]:
    folder: Path = options.folder
    yield "dueng --help, median", lambda: f"{_help_ms(20):.0f} ms", "100 ms"
    lake = folder / f"pinpoint-{options.events}"
    found: dict[str, Any] = {}

    def facts() -> dict[str, Any]:
        if not found:
            _write_pinpoint(lake, options.events)
            found.update(
                _job("facts", str(lake / "events"), str(options.runs), str(options.threads))
            )
        return found

    def ratio() -> str:
        bare, ours = (statistics.median(facts()[name]) for name in ("bare", "facts"))
        return f"{ours:.2f} / {bare:.2f} s = {ours / bare:.2f}"

    title = f"facts of {options.events:,} events ÷ bare aggregation"
    yield title, ratio, "3"
    yield "facts equal a naive count", lambda: "yes" if facts()["agrees"] else "NO", "yes"
    yield "facts, peak memory", lambda: _megabytes(facts()), "1500 MB"

    def report() -> str:
        _write_pinpoint(lake, options.events)
        done = _job("report", str(lake / "events"))
        return f"{_megabytes(done)}, {done['seconds']:.0f} s"

    yield f"report of {options.events:,} events, peak memory", report, "1500 MB"

    def reading(files: int) -> int:
        target = folder / f"json-{files}"
        write_files(target, files, 1_000 * MEGABYTE)
        return int(_job("read", str(target / "events"))["peak_bytes"])

    def files() -> str:
        few, many = reading(100), reading(10_000)
        return f"{few / MEGABYTE:.0f} / {many / MEGABYTE:.0f} MB = {few / many:.2f}"

    yield "peak memory of 1 GB JSON as 100 ÷ 10,000 files", files, "0.8–1.2"

    def long_line() -> str:
        write_long_line(folder / "long", 50 * MEGABYTE)
        done = _job("read", str(folder / "long" / "events"))
        assert done["records"] == 3, done
        return _megabytes(done)

    yield "a line of 50 MB, peak memory", long_line, "500 MB"


def _write_pinpoint(folder: Path, events: int) -> None:
    source = load_catalog().find("all_events")
    assert isinstance(source, Source)
    write_lake(folder, events, source)


def _help_ms(runs: int) -> float:
    command = [sys.executable, "-c", "from dueng_analytics.cli import main; main(['--help'])"]
    times = []
    for _ in range(runs + 1):
        started_at = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append((time.perf_counter() - started_at) * 1000)
    return statistics.median(times[1:])


def _job(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.jobs", *arguments],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parent.parent,
    )
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _megabytes(done: dict[str, Any]) -> str:
    return f"{done['peak_bytes'] / MEGABYTE:.0f} MB"


if __name__ == "__main__":
    main()
