"""From a report's definition to its page: sums over the result of one query.

The runner knows no engine. It is given the rows of the facts query and returns frozen values, so
the same definition, request and rows give the same page, and a test needs no database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pyarrow as pa

from dueng_analytics.reporting.blocks import (
    Block,
    Finding,
    LakeFacts,
    Level,
    ReportPage,
    Section,
    TextBlock,
)
from dueng_analytics.reporting.definition import (
    BlockDefinition,
    ChartDefinition,
    FindingsDefinition,
    Metric,
    ReportDefinition,
    SectionDefinition,
    TableDefinition,
    TextDefinition,
    TilesDefinition,
)
from dueng_analytics.reporting.facts import Facts
from dueng_analytics.reporting.figures import figure
from dueng_analytics.reporting.findings import findings_block
from dueng_analytics.reporting.period import Period
from dueng_analytics.reporting.provenance import (
    exclusion_notices,
    lake_notices,
    names_section,
    provenance,
)
from dueng_analytics.reporting.scope import Scope
from dueng_analytics.reporting.settlement import Settlement
from dueng_analytics.reporting.tabulation import chart_block, table_block, tiles_block
from dueng_analytics.reporting.writing import Writer

Parameter = str | date | datetime


@dataclass(frozen=True)
class ReportRequest:
    """What somebody asks of a report, and what is known about the events it reads."""

    period: Period
    lake: LakeFacts
    lateness: Mapping[str, timedelta] = field(default_factory=dict)
    """How long after a send the outcomes of a channel come, by channel."""
    locale: str = "en_US"
    show_addresses: bool = False


def run_report(definition: ReportDefinition, request: ReportRequest, rows: pa.Table) -> ReportPage:
    """The page of a report for one period.

    Args:
        rows: what the report's facts query gives with :func:`facts_parameters`.

    Raises:
        DefinitionError: the report uses a column that its facts do not have.
        UsageError: the locale is not known.
    """
    write = Writer(request.locale)
    period = request.period
    facts = Facts(rows, definition.defined_at)
    scope = Scope(
        facts=facts,
        where=definition.where,
        metrics=definition.metrics,
        interval_below=definition.interval_below,
        settlement=Settlement(
            definition.settling, period, request.lateness, request.lake.last_event_at
        ),
        write=write,
        show_addresses=request.show_addresses,
    )
    sections = [_section(section, scope) for section in definition.sections]
    channels = _channels(definition, scope)
    notices = [*_notices(definition, channels, scope), *lake_notices(request.lake, write)]
    if definition.names is not None:
        named = names_section(definition.names, scope)
        sections.extend([named] if named else [])
    return ReportPage(
        name=definition.name,
        title=definition.title,
        description=definition.description,
        cohort=definition.cohort,
        period=period,
        locale=request.locale,
        origins=request.lake.origins,
        notices=tuple(notices),
        sections=tuple(sections),
        definitions=_defined(definition),
        provenance=provenance(request.lake, definition.names, channels, scope),
    )


def facts_parameters(period: Period) -> Mapping[str, Parameter]:
    """What the facts query of every report is given of its period."""
    return {
        "time_zone": period.zone,
        "from_time": period.from_time,
        "to_time": period.to_time,
    }


def _channels(definition: ReportDefinition, scope: Scope) -> frozenset[str]:
    """The channels of the sections that count something."""
    return frozenset(
        str(channel)
        for section in definition.sections
        if section.needs is not None and _counts_something(section, scope)
        for channel in section.where.get("channel", ())
    )


def _notices(
    definition: ReportDefinition, channels: frozenset[str], scope: Scope
) -> tuple[Finding, ...]:
    """What a reader must know before the figures: nothing there, not settled, left out."""
    write, period = scope.write, scope.settlement.period
    needing = [section for section in definition.sections if section.needs is not None]
    if needing and not any(_counts_something(section, scope) for section in needing):
        text = (
            f"No message was sent in this period, {write.days(period.first_day, period.last_day)}"
            f" ({period.zone})."
        )
        way_out = "Choose other days, or check that the events were written where this report read."
        return (Finding(Level.WARNING, text, way_out), *exclusion_notices(definition, scope))
    return (*scope.settlement.notices(channels, write), *exclusion_notices(definition, scope))


def _counts_something(section: SectionDefinition, scope: Scope) -> bool:
    if section.needs is None:
        return True
    metric = scope.metrics[section.needs]
    return bool(figure(metric, scope.totals([metric], section.where)).value)


def _section(section: SectionDefinition, scope: Scope) -> Section:
    if not _counts_something(section, scope):
        return Section(section.title, "", (), section.empty)
    inner = scope.within(section.where)
    return Section(
        section.title, section.lead, tuple(_block(block, inner) for block in section.blocks)
    )


def _block(definition: BlockDefinition, scope: Scope) -> Block:
    if isinstance(definition, TilesDefinition):
        return tiles_block(definition, scope)
    if isinstance(definition, ChartDefinition):
        return chart_block(definition, scope)
    if isinstance(definition, TableDefinition):
        return table_block(definition, scope)
    if isinstance(definition, FindingsDefinition):
        return findings_block(definition, scope)
    assert isinstance(definition, TextDefinition)
    return TextBlock(definition.title, definition.text)


def _defined(definition: ReportDefinition) -> tuple[Metric, ...]:
    """Every metric that a block shows, in the order of the definition."""
    used: set[str] = set()
    for section in definition.sections:
        for block in section.blocks:
            if isinstance(block, TilesDefinition):
                used.update(name for tile in block.tiles for name in tile.metrics)
            elif isinstance(block, ChartDefinition):
                used.update(block.series)
            elif isinstance(block, TableDefinition):
                used.update(block.metrics)
            elif isinstance(block, FindingsDefinition):
                used.update(rule.metric for rule in block.rules)
    return tuple(metric for name, metric in definition.metrics.items() if name in used)
