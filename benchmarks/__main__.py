"""``python -m benchmarks``: every figure that the product promises, as one table.

Lakes are written once, below ``--folder``. Each side of a row has a process of its own, and the
sides take turns. Times of a shared machine say little: a row is about the ratio of its medians.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import CalledProcessError

from dueng_analytics.errors import DuengError

from .machine import machine
from .measured import FAILED, Figure, Results
from .on_duckdb import duckdb_steps
from .options import Options, add_options, chosen
from .page import render_page
from .rows import ROWS
from .table import (
    SIDE_HEADINGS,
    across_engines,
    figure_line,
    growth_lines,
    measurement_lines,
    missed,
)
from .turns import MeasuringFailed, Step
from .whole_process import OTHER_ROWS, process_steps


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write what is asked for; or make the page of an earlier run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add_options(parser)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write them as a page there")
    parser.add_argument(
        "--from-json", type=Path, metavar="FILE", help="measure nothing: take these results"
    )
    parser.add_argument(
        "--continue",
        dest="earlier",
        type=Path,
        metavar="FILE",
        help="the results of a run that was ended: measure what they do not have",
    )
    given = parser.parse_args(arguments)
    if given.from_json is not None:
        results = _read(given.from_json, parser)
    else:
        options = chosen(given)
        known = {name for row in ROWS for name in (row.name, row.letter)} | set(OTHER_ROWS)
        if unknown := options.only - known:
            parser.error(f"there is no row {', '.join(unknown)}; there are {', '.join(known)}")
        results = Results((), options.parameters())
        if given.earlier is not None:
            results = _read(given.earlier, parser).taken_up(options.parameters())
        results = _measured(options, results, given.json)
    if given.page is not None:
        given.page.write_text(render_page(results), "utf-8")


def _read(file: Path, parser: argparse.ArgumentParser) -> Results:
    try:
        return Results.from_json(file.read_text("utf-8"))
    except OSError as error:
        parser.error(f"{file} cannot be read: {error.strerror}")
    except (ValueError, KeyError, TypeError):
        parser.error(f"{file} holds no results of these benchmarks: give what --json wrote")


def _measured(options: Options, results: Results, json_file: Path | None) -> Results:
    """What all steps found; the file is written anew after each, since a run may take hours."""
    about = machine(with_trino=bool(options.trino_sizes))
    print("; ".join(f"{name} {value}" for name, value in about.items()))
    print("columns of a side:", ", ".join(SIDE_HEADINGS), flush=True)
    for name, step in _steps(options):
        if name in results.steps:
            continue
        found = []
        try:
            for one in step():
                lines = [figure_line(one)] if isinstance(one, Figure) else measurement_lines(one)
                print("\n".join(lines), flush=True)
                found.append(one)
        except (MeasuringFailed, DuengError, CalledProcessError, OSError) as failure:
            said = f"{FAILED}{str(failure).splitlines()[0]}"
            failed = Figure(name, said, "measured", False)
            print(figure_line(failed), flush=True)
            results = results.with_found([failed], about)
        else:
            results = results.with_found(found, about, name)
        if json_file is not None:
            json_file.write_text(results.to_json(), "utf-8")
    if json_file is not None:
        json_file.write_text(results.to_json(), "utf-8")
    for line in growth_lines(results):
        print(line)
    for told, _ in across_engines(results):
        print(told)
    for line in missed(results):
        print(f"did not hold: {line}")
    return results


def _steps(options: Options) -> Iterator[Step]:
    yield from process_steps(options)
    yield from duckdb_steps(options)
    if options.trino_sizes:
        from .on_trino import trino_steps  # needs the stack of the tests

        yield from trino_steps(options)


if __name__ == "__main__":
    # what it started is stopped, also when somebody ends it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("benchmarks: ended"))
    main()
