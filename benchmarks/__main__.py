"""``python -m benchmarks``: every figure that the product promises, as one table.

Lakes are written once, below ``--folder``. Each side of a row has a process of its own, and the
sides take turns. Times of a shared machine say little: a row is about the ratio of its medians.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from subprocess import CalledProcessError

from dueng_analytics.errors import DuengError

from .machine import machine
from .measured import Figure, Measurement, Results
from .on_duckdb import duckdb_steps
from .options import Options, add_options, chosen
from .page import render_page
from .rows import ON_TRINO, ROWS, row
from .table import (
    SIDE_HEADINGS,
    across_engines,
    figure_line,
    growth_lines,
    measurement_lines,
    missed,
)
from .turns import Found, MeasuringFailed, Step
from .whole_process import OTHER_ROWS, process_steps


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write what is asked for; or make the page of an earlier run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add_options(parser)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write them as a page there")
    results_of = parser.add_mutually_exclusive_group()
    results_of.add_argument(
        "--from-json", type=Path, metavar="FILE", help="measure nothing: take these results"
    )
    results_of.add_argument(
        "--continue",
        dest="earlier",
        type=Path,
        metavar="FILE",
        help="the results of a run that was ended: measure what they do not have",
    )
    given = parser.parse_args(arguments)
    for name, file in (("--json", given.json), ("--page", given.page)):
        if file is not None:
            _check_target(name, file, parser)
    if given.from_json is not None:
        results = _read(given.from_json, parser)
        _write(results, given.json)
    else:
        options = chosen(given)
        known = {name for one in ROWS for name in (one.name, one.letter)} | set(OTHER_ROWS)
        if unknown := options.only - known:
            parser.error(f"there is no row {', '.join(unknown)}; there are {', '.join(known)}")
        results = Results((), options.parameters())
        if given.earlier is not None:
            results = _taken_up(given.earlier, options.parameters(), parser)
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


def _check_target(name: str, file: Path, parser: argparse.ArgumentParser) -> None:
    """End with the way out if a file cannot be written: what belongs into it may take hours."""
    if not file.parent.is_dir():
        parser.error(f"{name}: there is no folder {file.parent}: make it, or name another")
    if file.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK):
        parser.error(f"{name}: {file} cannot be written: name another file")


def _taken_up(file: Path, parameters: dict[str, str], parser: argparse.ArgumentParser) -> Results:
    """The results of a run that was ended, for one that measures the same."""
    earlier = _read(file, parser)
    others = [
        f"{name} ({earlier.parameters.get(name) or 'none'} there, {parameters[name] or 'none'} now)"
        for name in earlier.otherwise(parameters)
    ]
    if others:
        parser.error(
            f"{file} was measured with other parameters: {', '.join(others)}."
            " Give those that it has, or measure anew without --continue"
        )
    return earlier.taken_up(parameters)


def _measured(options: Options, results: Results, json_file: Path | None) -> Results:
    """What all steps found; the file is written anew after each row, since a run may take hours."""
    print("; ".join(f"{name} {value}" for name, value in machine(with_trino=False).items()))
    print("columns of a side:", ", ".join(SIDE_HEADINGS), flush=True)
    for name, step in _steps(options):
        if name in results.steps:
            continue
        results = results.without(name)  # an earlier run may have ended half-way through it
        try:
            for one in step():
                results = _with_printed(results, one, name)
                _write(results, json_file)
        except (MeasuringFailed, DuengError, CalledProcessError, OSError, ImportError) as failure:
            said = (str(failure) or type(failure).__name__).splitlines()[0]
            failed = Figure(name, f"failed: {said}", "measured", False)
            results = _with_printed(results, failed, name)
        else:
            results = results.with_ended(name)
        _write(results, json_file)
    for line in growth_lines(results):
        print(line)
    for told, _ in across_engines(results):
        print(told)
    for line in missed(results):
        print(f"did not hold: {line}")
    return results


def _with_printed(results: Results, one: Found, step: str) -> Results:
    lines = [figure_line(one)] if isinstance(one, Figure) else measurement_lines(one)
    print("\n".join(lines), flush=True)
    is_of_trino = isinstance(one, Measurement) and one.engine == "Trino"
    return results.with_found(one, machine(with_trino=is_of_trino), step)


def _write(results: Results, json_file: Path | None) -> None:
    if json_file is not None:
        json_file.write_text(results.to_json(), "utf-8")


def _steps(options: Options) -> Iterator[Step]:
    yield from process_steps(options)
    yield from duckdb_steps(options)
    for name in ON_TRINO:
        letter = row(name).letter
        if options.wants(name, letter):
            for size in options.trino_sizes:
                yield (
                    f"({letter}) of {size:,} events, Trino",
                    partial(_on_trino, options, size, name),
                )


def _on_trino(options: Options, size: int, name: str) -> Iterator[Found]:
    from .on_trino import measured_on_trino  # needs the stack of the tests

    yield from measured_on_trino(options, size, name)


if __name__ == "__main__":
    # what it started is stopped, also when somebody ends it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("benchmarks: ended"))
    main()
