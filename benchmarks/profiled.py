"""``python -m benchmarks.profiled``: which operators of a query take the time."""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .lakes import email_lake
from .options import FOLDER, MILLION
from .work import QueryWork, Task, prepared

_SHOWN = 15
_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator of a plan.

    Attributes:
        seconds: of all threads together.
        rows: that it gave.
        columns: what it reads, makes or groups by, as DuckDB writes it.
    """

    name: str
    seconds: float
    rows: int
    columns: str


def _operator(found: dict[str, Any]) -> Operator:
    """An operator of DuckDB's profile."""
    about = found.get("extra_info", {})
    columns = about.get("Projections") or about.get("Groups") or about.get("Expression") or ""
    text = " ".join((", ".join(columns) if isinstance(columns, list) else str(columns)).split())
    return Operator(found["name"], found["timing"], found["intermediate_rows"], text)


def main(arguments: list[str] | None = None) -> None:
    """Run a side once over a lake, and print its operators by their time."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profiled", description=__doc__)
    parser.add_argument("side", choices=("facts", "bare", "one pass"))
    parser.add_argument("--millions", type=float, default=5.0, help="events of the lake [5]")
    parser.add_argument("--days", type=int, default=30, help="of sending [30]")
    parser.add_argument("--threads", type=int, default=2, help="of the engine [2]")
    parser.add_argument("--memory-limit", help="of the engine [the product's own]")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    given = parser.parse_args(arguments)
    lake = email_lake(given.folder, round(given.millions * MILLION), given.days)
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        days = (lake.first_day, lake.last_day)
        task = Task(given.side, str(lake.events), scratch, given.threads, *days, given.memory_limit)
        work = prepared(task)
        assert isinstance(work, QueryWork)
        work.run()
        found = [_operator(one) for one in work.operators()]
        work.close()
    whole = sum(one.seconds for one in found)
    print(f"{given.side}, {lake.records:,} records: {whole:.1f} s of all threads")
    for one in sorted(found, key=lambda one: -one.seconds)[:_SHOWN]:
        line = f"{one.seconds:7.2f} s  {one.rows:>11,}  {one.name}: {one.columns}"
        print(line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…")


if __name__ == "__main__":
    main()
