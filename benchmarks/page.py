"""The results of a run as docs/performance.md: every number on it is one of the run's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .measured import Figure, Measurement, Results
from .rows import ROWS, Row
from .table import (
    GROWTH_HEADINGS,
    SIDE_HEADINGS,
    across_engines,
    agreement,
    growth_cells,
    missed,
    ratio_text,
    side_cells,
    verdict,
)

_NAMES = {
    "sizes": "events on DuckDB",
    "trino_sizes": "events on Trino",
    "json_sizes": "events read as JSON",
    "runs": "timed runs of each side, at most",
    "row_s": "seconds after which a row began no further run",
    "threads": "threads of each side",
    "days": "days of sending",
    "year_events": "events of a year",
    "year_days": "days of that year",
    "bucket_days": "days of hours in the bucket",
    "json_bytes": "bytes of JSON for the peaks of memory",
    "memory_limit": "memory limit of the engine on more than 5 million events",
    "only": "rows asked for",
    "generator": "number of the generator of the lakes",
}


def render_page(results: Results) -> str:
    """The page in Markdown; the same results give the same bytes."""
    return "\n".join(_lines(results)) + "\n"


def _lines(results: Results) -> Iterator[str]:
    yield "# How fast it is, and against what"
    yield ""
    yield (
        "`python -m benchmarks` wrote this page. A row states a question and answers it in two or"
        " three ways, each in a process of its own. Each has one run to warm up, then they take"
        " turns; a time is the median of the timed runs. Machines differ and are shared, so look at"
        " the ratios. The hash is that of the result's rows: equal hashes, equal answers."
        " [speed.md](speed.md) says where the time goes."
    )
    yield ""
    yield from _machines(results)
    yield ""
    shown = [(_NAMES[name], text) for name, text in results.parameters.items() if text]
    yield from _table(("of this run", ""), shown)
    yield ""
    yield (
        "The lakes of (a) to (d) are those of `dueng simulate --profile email`"
        " ([simulate.md](simulate.md)): mails of Pinpoint and SES with repeats, late events and"
        " disorder, in objects as Firehose closes them. Records are those that are stored and read;"
        " (a) and (c) read Pinpoint's alone. The bucket of (e) and the JSON whose peaks of memory"
        " are single figures are lines made by hand, of Pinpoint's sent mails: in (e) the same five"
        " for every hour."
    )
    yield ""
    yield from _missed(results)
    for about in ROWS:
        yield from _row(about, results)
    compared = [told for told, _ in across_engines(results)]
    if compared:
        yield "## Both engines"
        yield ""
        yield from (f"- {told}" for told in compared)
        yield ""
    if results.figures:
        yield "## Single figures"
        yield ""
        yield from _table(
            ("figure", "measured", "limit", ""),
            [
                (f"{one.name}{_where(one, results)}", one.measured, one.limit, verdict(one.held))
                for one in results.figures
            ],
        )
        yield ""
    yield "## What the columns are"
    yield ""
    yield from _COLUMNS


def _machines(results: Results) -> Iterator[str]:
    """A column for each, numbered where they are several."""
    names = list(dict.fromkeys(name for machine in results.machines for name in machine))
    several = len(results.machines) > 1
    numbers = [str(number) if several else "" for number in range(1, len(results.machines) + 1)]
    rows = [(name, *(machine.get(name, "") for machine in results.machines)) for name in names]
    yield from _table(("machine and versions", *numbers), rows)
    if several:
        yield ""
        yield (
            "The run was ended and taken up again elsewhere: the number of the machine stands with"
            " every row. What is compared was always measured on one of them."
        )


def _where(one: Measurement | Figure, results: Results) -> str:
    return f", machine {one.machine}" if len(results.machines) > 1 else ""


def _missed(results: Results) -> Iterator[str]:
    found = missed(results)
    if not found:
        yield "Every limit of this run held, and every result was what it has to be."
    else:
        yield "What did not hold:"
        yield ""
        yield from (f"- {line}" for line in found)
    yield ""


def _row(about: Row, results: Results) -> Iterator[str]:
    for engine in ("DuckDB", "Trino"):
        measurements = results.of(about.name, engine)
        if not measurements:
            continue
        yield f"## ({about.letter}) {about.name}{'' if engine == 'DuckDB' else ' on Trino'}"
        yield ""
        yield about.question
        yield ""
        if about.difference is not None:
            yield about.difference
            yield ""
        rows = [
            (f"{measured.events:,}", *side_cells(side))
            for measured in measurements
            for side in measured.sides
        ]
        yield from _table(("records", *SIDE_HEADINGS), rows)
        yield ""
        for measured in measurements:
            told = [ratio_text(ratio, measured) for ratio in about.ratios]
            runs = f"{measured.runs} run{'' if measured.runs == 1 else 's'}"
            yield (
                f"- {measured.events:,} records, {runs}{_where(measured, results)}:"
                f" {'; '.join(told)}; {agreement(about, measured)}"
            )
        yield ""
        lines = list(growth_cells(about, measurements))
        if lines:
            yield "How the time grows, as a line of least squares through the medians:"
            yield ""
            yield from _table(GROWTH_HEADINGS, lines)
            yield ""


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _table_row(headings)
    yield _table_row(["---"] * len(headings))
    for row in rows:
        yield _table_row(row)


def _table_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


_COLUMNS = (
    "| column | what it is |",
    "|---|---|",
    "| median, processor | wall time, and processor time of all threads together |",
    "| peak | the most memory that the side's process ever held, on Trino the query |",
    "| read | what the process read from files in a run, as often as it did, what it had staged or"
    " spilled included; on Trino what the query's scans read of objects (`physicalInputBytes`);"
    " in the bucket of (e) the bytes of the objects that were got |",
    "| files | how many different event files, or objects, a run reads; each counts once, though"
    " seven scans may read it |",
    "| rows, hash | the result's number of rows, and what tells it from another |",
)
