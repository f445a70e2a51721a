"""What a run is asked to measure, and how."""

from __future__ import annotations

import argparse
import math
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from dueng_analytics.config import parse_size
from dueng_analytics.simulate.plan import GENERATOR

from .turns import Rounds

MILLION = 1_000_000
FOLDER = Path(tempfile.gettempdir()) / "dueng-bench"


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the command.

    Attributes:
        sizes, trino_sizes, json_sizes: events of the lakes; the last of those read as JSON too.
        days: of sending in the lakes of a size.
        year_events, year_days: the lake out of which 30 days are taken.
        bucket_days: days of hours in the bucket out of which one day is taken.
        runs: timed ones of each side; fewer where a row has taken ``row_s`` before.
        memory_limit: of the engine where a lake has more than 5 million events; its own default
            on all others, or if it is left out.
        only: names or letters of rows; all if it is empty.
    """

    folder: Path
    sizes: tuple[int, ...]
    trino_sizes: tuple[int, ...]
    json_sizes: tuple[int, ...]
    runs: int
    row_s: int | None
    threads: int
    days: int
    year_events: int
    year_days: int
    bucket_days: int
    json_bytes: int
    memory_limit: str | None
    only: frozenset[str]

    def wants(self, *names: str) -> bool:
        """Whether a row, by its name or letter, is asked for."""
        return not self.only or bool(self.only & set(names))

    @property
    def rounds(self) -> Rounds:
        return Rounds(self.runs, self.row_s or math.inf)

    @property
    def scratch(self) -> str:
        """Where sides spill and stage."""
        scratch = self.folder / "scratch"
        scratch.mkdir(parents=True, exist_ok=True)
        return str(scratch)

    def parameters(self) -> dict[str, str]:
        """What decides the figures, as text: options, and which generator makes the lakes."""
        chosen = asdict(self)
        del chosen["folder"]
        return {name: _text(value) for name, value in {**chosen, "generator": GENERATOR}.items()}


def _text(value: object) -> str:
    if isinstance(value, (tuple, frozenset)):
        return ", ".join(f"{item:,}" if isinstance(item, int) else item for item in sorted(value))
    return f"{value:,}" if isinstance(value, int) else str(value or "")


def _sizes(text: str) -> tuple[int, ...]:
    try:
        return tuple(sorted({_events(part) for part in text.split(",") if part.strip()}))
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of millions, as 1,5,20") from None


def _size(text: str) -> int:
    try:
        return _events(text)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of millions, as 5") from None


def _events(millions: str) -> int:
    """How many events so many millions are.

    Raises:
        ValueError, OverflowError: it is no number, or less than one event.
    """
    events = round(float(millions) * MILLION)
    if events < 1:
        raise ValueError(millions)
    return events


def _memory(text: str) -> str:
    try:
        parse_size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of what is measured."""
    add = parser.add_argument
    add(
        "--folder",
        type=Path,
        default=FOLDER,
        help="where lakes are written once, and used again",
    )
    add("--sizes", type=_sizes, default="1,5,20", help="millions of events on DuckDB [1,5,20]")
    add(
        "--trino-sizes",
        type=_sizes,
        default="",
        help="millions of events on Trino, of what `python -m tests.stack fetch` brings [none]",
    )
    add("--json-sizes", type=_sizes, help="millions of events read as JSON [--sizes up to 5]")
    add("--runs", type=_count, default=5, help="timed runs of each side, in turns [5]")
    add("--row-s", type=_count, help="seconds after which a row begins no further run [no limit]")
    add("--threads", type=_count, default=2, help="of each side's engine [2]")
    add("--days", type=_count, default=30, help="of sending in a lake [30]")
    add("--year-events", type=_size, default="5", help="millions of events in a year's lake [5]")
    add("--year-days", type=_count, default=366, help="its days of sending [366]")
    add("--bucket-days", type=_count, default=730, help="days of hours in the bucket [730]")
    add(
        "--json-megabytes",
        type=_count,
        default=1_000,
        help="of JSON for the peaks of memory [1000]",
    )
    add(
        "--memory-limit",
        type=_memory,
        help="of each side's engine on more than 5 million events, as 4GB [the product's own]",
    )
    add("--only", default="", help="names or letters of rows, with commas between them")


def chosen(arguments: argparse.Namespace) -> Options:
    """The options that a command line gives."""
    json_sizes = arguments.json_sizes
    if json_sizes is None:
        json_sizes = tuple(size for size in arguments.sizes if size <= 5 * MILLION)
    return Options(
        folder=arguments.folder,
        sizes=arguments.sizes,
        trino_sizes=arguments.trino_sizes,
        json_sizes=json_sizes,
        runs=arguments.runs,
        row_s=arguments.row_s,
        threads=arguments.threads,
        days=arguments.days,
        year_events=arguments.year_events,
        year_days=arguments.year_days,
        bucket_days=arguments.bucket_days,
        json_bytes=arguments.json_megabytes * MILLION,
        memory_limit=arguments.memory_limit,
        only=frozenset(name.strip() for name in arguments.only.split(",") if name.strip()),
    )
