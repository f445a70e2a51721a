"""Metrics over totals: values with their numerator, denominator and interval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dueng_analytics.reporting.definition import Format, Metric
from dueng_analytics.reporting.facts import Total, Totals
from dueng_analytics.reporting.intervals import wilson_interval


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of a metric; ``value`` is None where there is nothing to divide by or to add."""

    metric: Metric
    value: Total
    numerator: Total
    denominator: int | None = None
    interval: tuple[float, float] | None = None


def columns_of(metrics: Iterable[Metric]) -> tuple[str, ...]:
    """The columns of the facts that metrics add up, each once."""
    return tuple(
        dict.fromkeys(
            column for metric in metrics for column in (*metric.numerator, *metric.denominator)
        )
    )


def figure(metric: Metric, totals: Totals, interval_below: int = 0) -> Figure:
    """The value of a metric, with an interval where the denominator is under ``interval_below``.

    A count of nothing is 0, an amount of money that no record carries is unknown, and a ratio to
    nothing is unknown, never 0.
    """
    numerator = _added(metric.numerator, totals)
    if numerator is None and metric.format not in (Format.USD, Format.UNIT_USD):
        numerator = 0
    if not metric.is_ratio:
        return Figure(metric, numerator, numerator)
    denominator = int(_added(metric.denominator, totals) or 0)
    value = numerator / denominator if denominator and numerator is not None else None
    interval = None
    if metric.is_proportion and denominator < interval_below:
        interval = wilson_interval(int(numerator or 0), denominator)
    return Figure(metric, value, numerator, denominator, interval)


def _added(columns: Iterable[str], totals: Totals) -> Total:
    numbers = [totals[column] for column in columns]
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
