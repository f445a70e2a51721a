"""The rows of the table: what each asks, between which sides, and what it has to hold."""

from __future__ import annotations

from dataclasses import dataclass

from .measured import Measurement

SAMPLES, ONE_PASS = "samples' views", "one pass"
BARE, FACTS = "bare aggregation", "facts"
SUMMARY, RECORDS, MESSAGES = "campaign summary", "records, pruned", "messages merged, pruned"
JSON, PARQUET, COPY = "JSON", "Parquet", "synced copy"
DAY, ALL = "one day", "all hours"
_REAL = 900_000
"""Below so many records what a report costs whatever it reads is most of its time."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times one side takes what another does; with a limit, it must hold.

    Attributes:
        limit: at most, or with ``is_at_least`` at least; None where nothing was promised.
        of: ``time``, ``processor time``, ``requests`` or ``bytes``.
    """

    slower: str
    faster: str
    limit: float | None = None
    is_at_least: bool = False
    of: str = "time"
    from_events: int = 0
    """The limit is for lakes of this size on."""

    def value(self, measured: Measurement) -> float:
        slower, faster = measured.side(self.slower), measured.side(self.faster)
        if self.of == "time":
            return slower.median_s / faster.median_s
        if self.of == "processor time":
            return slower.median_cpu_s / faster.median_cpu_s
        if self.of == "requests":
            return (slower.requests or 0) / max(1, faster.requests or 0)
        return (slower.bytes_read or 0) / max(1, faster.bytes_read or 0)

    def held(self, measured: Measurement) -> bool | None:
        """Whether the limit held; None where there is none for this size."""
        if self.limit is None or measured.events < self.from_events or measured.engine == "Trino":
            return None
        value = self.value(measured)
        return value >= self.limit if self.is_at_least else value <= self.limit


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table.

    Attributes:
        sides: in the order in which they take turns.
        difference: why the results of the sides differ; None where their hashes must be equal.
        is_of_pinpoint: whether its sides read Pinpoint's records alone, so that those are counted.
    """

    letter: str
    name: str
    question: str
    sides: tuple[str, ...]
    ratios: tuple[Ratio, ...]
    difference: str | None = None
    is_of_pinpoint: bool = False

    def equal(self, measured: Measurement) -> bool | None:
        """Whether the sides agree, as far as they should; None where nothing can be held."""
        if self.difference is None:
            return len({side.hash for side in measured.sides}) == 1
        if measured.proof is None or measured.proven is None:
            return None
        return measured.proof == measured.side(measured.proven).hash


ROWS = (
    Row(
        "a",
        "campaigns",
        "How many mails of each campaign were sent, opened, clicked, bounced and left? Over all of"
        " Pinpoint's records, nothing merged on either side: the campaign summary over views built"
        " the samples' way, each a scan of its own with arrays unnested before anything is filtered"
        " (on DuckDB as this package's own views are given to it), against one conditional"
        " aggregation.",
        (SAMPLES, ONE_PASS),
        (Ratio(SAMPLES, ONE_PASS), Ratio(SAMPLES, ONE_PASS, of="processor time")),
        is_of_pinpoint=True,
    ),
    Row(
        "b",
        "facts",
        "What does the report of campaigns count? Its facts query, every repeat merged exactly,"
        " against a bare conditional aggregation over the same columns.",
        (BARE, FACTS),
        (
            Ratio(FACTS, BARE, 3.0, from_events=19_000_000),
            Ratio(FACTS, BARE, of="processor time"),
        ),
        "The bare aggregation counts every record and knows no messages: a repeat counts again,"
        " and what several events say of one message is not put together. That the facts are right"
        " is held against a naive count, below.",
    ),
    Row(
        "c",
        "window",
        "How did the campaigns of the last 30 days do, in one year of Pinpoint's records? The"
        " campaign summary over the views of (a), which filters its outer table only, against the"
        " same counts of the window's records, and against the exact counts of the messages sent in"
        " it. Opening the lake is timed.",
        (SUMMARY, RECORDS, MESSAGES),
        (
            Ratio(SUMMARY, RECORDS, 20.0, is_at_least=True, from_events=_REAL),
            Ratio(SUMMARY, RECORDS, of="processor time"),
            Ratio(SUMMARY, MESSAGES),
            Ratio(SUMMARY, MESSAGES, of="processor time"),
        ),
        "The summary shows the counts of all time beside each campaign that was active in the"
        " window; messages are counted once, and a record as often as it is stored. With the window"
        " put into all of its seven scans the summary has the rows of the records, pruned.",
        is_of_pinpoint=True,
    ),
    Row(
        "d",
        "forms",
        "The campaign report over the same events as gzipped JSON, as Firehose converts them to"
        " Parquet, and as the copy that `dueng lake sync` makes of the JSON. Opening and reading"
        " the lake is timed.",
        (JSON, PARQUET, COPY),
        (
            Ratio(JSON, COPY, 5.0, is_at_least=True, from_events=_REAL),
            Ratio(JSON, COPY, 5.0, is_at_least=True, of="processor time", from_events=_REAL),
            Ratio(PARQUET, COPY),
        ),
    ),
    Row(
        "e",
        "one-day",
        "How many mails lie under one day's hours out of two years, in a bucket? With the day as"
        " the window, against reading every hour and filtering.",
        (ALL, DAY),
        (Ratio(ALL, DAY, of="requests"), Ratio(ALL, DAY, of="bytes"), Ratio(ALL, DAY)),
    ),
)


ON_TRINO = ("campaigns", "facts")
"""The rows that are measured on Trino too."""


def row(name: str) -> Row:
    """The row of a name or letter."""
    return next(row for row in ROWS if name in (row.name, row.letter))
