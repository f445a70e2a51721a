"""A page before it is shown: frozen values that every renderer reads and none computes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from dueng_analytics.reporting.definition import Format, Metric
from dueng_analytics.reporting.facts import Total
from dueng_analytics.reporting.figures import Figure
from dueng_analytics.reporting.period import Period


class Level(Enum):
    """How much a sentence asks for."""

    CRITICAL = "critical"
    WARNING = "warning"
    GOOD = "good"
    UNKNOWN = "unknown"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Name:
    """What a person calls a campaign or journey, and what it was called before."""

    kind: str
    id: str | None
    name: str | None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """A key of a row: a text, a day, a country code; None is shown as ``missing``."""

    format: Format
    value: str | date | Name | None
    missing: str = "–"


Cell = Figure | Label


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column; metrics carry their definition."""

    label: str
    format: Format
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Cells in the order of the columns; a detail row belongs to the row above it."""

    cells: tuple[Cell, ...]
    is_detail: bool = False
    is_unsettled: bool = False


@dataclass(frozen=True, slots=True)
class TableBlock:
    """Rows under columns, or the sentence that says why there are none."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str
    empty: str


@dataclass(frozen=True, slots=True)
class TileValue:
    """One or more figures under one label."""

    label: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class TilesBlock:
    """Key figures."""

    title: str
    tiles: tuple[TileValue, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """A metric for each day of a chart."""

    metric: Metric
    values: tuple[Total, ...]


@dataclass(frozen=True, slots=True)
class ChartBlock:
    """Bars over days, each series inside the one before it; ``table`` holds the same figures."""

    title: str
    description: str
    days: tuple[date, ...]
    series: tuple[Series, ...]
    unsettled: tuple[bool, ...]
    unsettled_note: str
    table: TableBlock
    note: str


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A judgement in a sentence, and what follows from it."""

    level: Level
    text: str
    consequence: str = ""


@dataclass(frozen=True, slots=True)
class FindingsBlock:
    """What stands out, the gravest first."""

    title: str
    findings: tuple[Finding, ...]


Block = TilesBlock | ChartBlock | TableBlock | TextBlock | FindingsBlock


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks under a heading, or the sentence that says why there are none."""

    title: str
    lead: str
    blocks: tuple[Block, ...]
    empty: str = ""


@dataclass(frozen=True, slots=True)
class LakeFacts:
    """What was read to get the figures; times are naive UTC.

    ``first_hour`` to ``end_hour``, the first one that was not read, were looked through, and
    ``hours`` of them held files.
    """

    engine: str
    version: str
    """Of this package."""
    origins: tuple[str, ...]
    """The paths, prefixes or databases that were read, as the user named them."""
    files: int | None = None
    bytes: int | None = None
    records: int | None = None
    first_hour: datetime | None = None
    end_hour: datetime | None = None
    hours: int | None = None
    last_event_at: datetime | None = None
    quarantined: int | None = None
    """None where the engine does not tell what it could not read."""
    unknown_shapes: int = 0
    """Of the quarantined."""
    values_lost: int = 0
    records_without_hour: int = 0
    empty_families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Everything that a renderer shows."""

    name: str
    title: str
    description: str
    cohort: str
    period: Period
    locale: str
    origins: tuple[str, ...]
    notices: tuple[Finding, ...]
    sections: tuple[Section, ...]
    definitions: tuple[Metric, ...]
    provenance: tuple[tuple[str, str], ...] = field(default=())
