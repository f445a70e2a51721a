"""Metrics against limits: a judgement only as far as the number of messages allows one.

A rate is over a limit for sure when the lower end of its interval is; it may be when the rate is
but its interval reaches below; it is surely under when the upper end is. Between, nothing can be
said yet, and that is said.
"""

from __future__ import annotations

from dueng_analytics.reporting.blocks import Finding, FindingsBlock, Level
from dueng_analytics.reporting.definition import FindingsDefinition, Limit, Rule
from dueng_analytics.reporting.facts import Totals
from dueng_analytics.reporting.figures import Figure, columns_of, figure
from dueng_analytics.reporting.intervals import wilson_interval
from dueng_analytics.reporting.scope import Scope

_ORDER = (Level.CRITICAL, Level.WARNING, Level.UNKNOWN, Level.GOOD, Level.NOTE)
_MOST_ROWS = 5


def findings_block(definition: FindingsDefinition, scope: Scope) -> FindingsBlock:
    """The findings of every rule that has messages to judge, the gravest first."""
    found: list[Finding] = []
    for rule in definition.rules:
        metric = scope.metrics[rule.metric]
        columns = columns_of([metric])
        overall = _judged(rule, scope.selected(rule.where).totals(columns), "", scope)
        if overall is not None:
            found.append(overall)
        if rule.per is not None:
            found.extend(_judged_rows(rule, scope))
    return FindingsBlock(
        definition.title, tuple(sorted(found, key=lambda finding: _ORDER.index(finding.level)))
    )


def _judged_rows(rule: Rule, scope: Scope) -> list[Finding]:
    """The rows of a rule that are surely over a limit, the most messages first."""
    assert rule.per is not None
    metric = scope.metrics[rule.metric]
    columns = columns_of([metric])
    judged = []
    for key, totals in scope.selected(rule.per_where).grouped(rule.per.columns, columns):
        name = scope.write.label(scope.label(rule.per, key))
        finding = _judged(rule, totals, f"{name}: ", scope)
        if finding is not None and finding.level is Level.CRITICAL:
            judged.append((-int(figure(metric, totals).numerator or 0), name, finding))
    return [finding for _, _, finding in sorted(judged, key=lambda row: row[:2])[:_MOST_ROWS]]


def _judged(rule: Rule, totals: Totals, subject: str, scope: Scope) -> Finding | None:
    shown = figure(scope.metrics[rule.metric], totals)
    if not shown.denominator or shown.value is None:
        return None
    interval = wilson_interval(int(shown.numerator or 0), shown.denominator)
    if interval is None:
        return None
    low, high = interval
    sentence = subject + _sentence(shown, interval, scope)
    for limit in rule.limits:
        if low >= limit.at:
            level = Level.CRITICAL
            return Finding(level, sentence, f"{limit.text} {_SURE}")
    for limit in rule.limits:
        if shown.value >= limit.at:
            return Finding(Level.WARNING, sentence, f"{limit.text} {_UNSURE}")
    lowest = rule.limits[-1]
    if high < lowest.at:
        return Finding(Level.GOOD, sentence, rule.good)
    return Finding(Level.UNKNOWN, sentence, _too_few(lowest, scope))


_SURE = "The whole interval is over that."
_UNSURE = "The interval reaches below that, so it may be chance."


def _too_few(limit: Limit, scope: Scope) -> str:
    return f"Too few messages to tell whether that is under {scope.write.limit(limit.at)}."


def _sentence(shown: Figure, interval: tuple[float, float], scope: Scope) -> str:
    write = scope.write
    interval_text = write.span_of(*interval)
    return (
        f"{shown.metric.label} {write.figure(shown)}"
        f" ({write.share(shown)}; 95% interval {interval_text})."
    )
