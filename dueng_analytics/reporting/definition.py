"""What a report consists of, before it has figures: facts, metrics, sections of blocks.

All values are frozen and come from ``reports/<name>/report.yaml``; see
:mod:`dueng_analytics.reporting.report_file` for the reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from pathlib import Path

from dueng_analytics.errors import Location

Selection = Mapping[str, tuple[str | bool, ...]]
"""Column of the facts by the values that a row may have in it."""


class Format(Enum):
    """How a figure or a key is written."""

    COUNT = "count"
    PERCENT = "percent"
    USD = "usd"
    UNIT_USD = "unit_usd"
    """A price of one: US dollars with four digits."""
    DECIMAL = "decimal"
    TEXT = "text"
    QUOTE = "quote"
    """A long text from outside."""
    CODE = "code"
    DATE = "date"
    TERRITORY = "territory"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Metric:
    """A sum of counts, or a ratio of two such sums, with the words that define it."""

    name: str
    label: str
    definition: str
    format: Format
    numerator: tuple[str, ...]
    denominator: tuple[str, ...] = ()
    formula: str | None = None
    """The definition in a few words, for a tile."""
    short_label: str | None = None

    @property
    def is_ratio(self) -> bool:
        return bool(self.denominator)

    @property
    def is_proportion(self) -> bool:
        """Whether the numerator counts some of the denominator, so that an interval has meaning."""
        return self.is_ratio and self.format is Format.PERCENT

    @property
    def heading(self) -> str:
        return self.short_label or self.label


@dataclass(frozen=True, slots=True)
class Tile:
    """One or more metrics under one label, side by side."""

    label: str
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TilesDefinition:
    """The key figures of a section."""

    title: str
    where: Selection
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class ChartDefinition:
    """Metrics over the days of the period, drawn as bars, each inside the one before it."""

    title: str
    where: Selection
    over: str
    series: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Dimension:
    """What the rows of a table are: one column, or the four of a name."""

    label: str
    columns: tuple[str, ...]
    format: Format
    labels: Mapping[str, str] = field(default_factory=dict)
    """Words for the values that the facts spell otherwise."""
    missing: str = "–"
    """What stands where the value is NULL."""


@dataclass(frozen=True, slots=True)
class Detail:
    """Rows below a row, where it has at least two values in a column."""

    column: str
    label: str


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """Metrics by dimension, the first rows of an order."""

    title: str
    where: Selection
    rows: tuple[Dimension, ...]
    metrics: tuple[str, ...]
    order_by: str
    limit: int | None
    needs: str
    """The metric that must reach ``minimum`` for a row to be shown."""
    minimum: int
    detail: Detail | None
    example: Dimension | None
    """A text of the facts of which one is shown, addresses in it masked."""
    note: str
    empty: str


@dataclass(frozen=True, slots=True)
class TextDefinition:
    """A paragraph."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate from which somebody acts, and what they do."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A metric against its limits, over a whole selection and for each value of a column."""

    metric: str
    where: Selection
    limits: tuple[Limit, ...]
    """The highest first."""
    good: str
    """What to say where the rate is surely below every limit."""
    per: Dimension | None = None
    per_where: Selection = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FindingsDefinition:
    """What stands out, in sentences."""

    title: str
    rules: tuple[Rule, ...]


BlockDefinition = (
    TilesDefinition | ChartDefinition | TableDefinition | TextDefinition | FindingsDefinition
)


@dataclass(frozen=True, slots=True)
class SectionDefinition:
    """Blocks under one heading; a section whose selection counts nothing is one sentence."""

    title: str
    where: Selection
    needs: str | None
    empty: str
    lead: str
    blocks: tuple[BlockDefinition, ...]


@dataclass(frozen=True, slots=True)
class Settling:
    """How long after a local day an outcome may still arrive; ``after`` None: the lateness."""

    channel: str
    outcome: str
    after: timedelta | None
    marks_days: bool
    """Whether the days of charts and tables are marked by it."""


@dataclass(frozen=True, slots=True)
class Names:
    """The columns of the facts that tell which ids lack a name."""

    where: Selection
    kind: str
    id: str
    name: str
    count: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What the base selection leaves out, to be counted and said aloud."""

    where: Selection
    metric: str
    text: str


@dataclass(frozen=True, slots=True)
class ReportDefinition:
    """A report: one facts query, metrics over it, sections of blocks."""

    name: str
    title: str
    description: str
    owner: str
    sql: str
    sql_path: Path
    where: Selection
    cohort: str
    """In words: which messages the figures are about."""
    metrics: Mapping[str, Metric]
    sections: tuple[SectionDefinition, ...]
    settling: tuple[Settling, ...]
    names: Names | None
    exclusions: tuple[Exclusion, ...]
    interval_below: int
    """Denominators under this one show an interval."""
    defined_at: Location
