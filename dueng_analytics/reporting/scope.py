"""What every block of a page is computed from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from dueng_analytics.reporting.blocks import Label, Name
from dueng_analytics.reporting.definition import Dimension, Format, Metric, Selection
from dueng_analytics.reporting.facts import Facts, Totals
from dueng_analytics.reporting.figures import Figure, columns_of, figure
from dueng_analytics.reporting.settlement import Settlement
from dueng_analytics.reporting.writing import Writer, masked, one_line


@dataclass(frozen=True)
class Scope:
    """The facts of a page or section with its metrics and its way of writing."""

    facts: Facts
    where: Selection
    metrics: Mapping[str, Metric]
    interval_below: int
    settlement: Settlement
    write: Writer
    show_addresses: bool

    def within(self, where: Selection) -> Scope:
        """The same, with conditions added; a condition on the same column takes its place."""
        return replace(self, where={**self.where, **where})

    def selected(self, where: Selection) -> Facts:
        """The rows of the facts under this scope's conditions and more."""
        return self.facts.select({**self.where, **where})

    def chosen(self, names: Iterable[str]) -> tuple[Metric, ...]:
        return tuple(self.metrics[name] for name in names)

    def totals(self, metrics: Sequence[Metric], where: Selection) -> Totals:
        """The sums that metrics need, over all rows."""
        return self.selected(where).totals(columns_of(metrics))

    def figures(self, metrics: Iterable[Metric], totals: Totals) -> tuple[Figure, ...]:
        return tuple(figure(metric, totals, self.interval_below) for metric in metrics)

    def shown(self, text: str) -> str:
        """A text from an event as it may be shown."""
        return one_line(text if self.show_addresses else masked(text))

    def label(self, dimension: Dimension, values: Sequence[object]) -> Label:
        """What the values of a dimension's columns are called in a table."""
        if dimension.format is Format.NAME:
            texts = [None if value is None else one_line(str(value)) for value in values]
            kind, identity, name, previous = texts
            kind = dimension.labels.get(kind or "", kind or dimension.missing)
            return Label(Format.NAME, Name(kind, identity, name, previous))
        value = values[0]
        if value is None or (dimension.format is Format.DATE and isinstance(value, date)):
            return Label(dimension.format, value, dimension.missing)
        text = str(value)
        return Label(dimension.format, dimension.labels.get(text) or self.shown(text))
