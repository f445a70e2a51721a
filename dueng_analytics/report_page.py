"""A report over event files or the tables of a target: the page, before anything renders it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from dueng_analytics.catalog import Catalog
from dueng_analytics.config import Config
from dueng_analytics.dialect import Statement, Typed, parse_query, with_parameters
from dueng_analytics.model.definitions import Clocks
from dueng_analytics.reporting.blocks import LakeFacts, ReportPage
from dueng_analytics.reporting.definition import ReportDefinition
from dueng_analytics.reporting.period import Period, lateness_by_channel
from dueng_analytics.reporting.report_file import find_report, read_report
from dueng_analytics.reporting.runner import ReportRequest, facts_parameters, run_report
from dueng_analytics.reporting.writing import Writer
from dueng_analytics.resources import packaged


class Events(Protocol):
    """Events that can be asked: a workspace over files, or one over the tables of a target."""

    config: Config
    catalog: Catalog

    @property
    def clocks(self) -> Sequence[Clocks]:
        """The clocks of every source of events."""

    def run(self, typed: Typed) -> pa.Table:
        """The rows of a bound statement."""

    def lake_facts(self, origins: tuple[str, ...] | None = None) -> LakeFacts:
        """What a page tells about the events that it was read from."""


def report_folders(config: Config) -> tuple[Path, ...]:
    """The packaged ``reports/`` and the project's own, which goes first where both have a name."""
    own = config.project_folder / "reports" if config.project_folder is not None else None
    return (packaged("reports"), *([own] if own is not None and own.is_dir() else []))


def named_report(name: str, config: Config) -> ReportDefinition:
    """The report of that name.

    Raises:
        UnknownName: with the nearest names.
        DefinitionError: its files cannot be used, with file and line.
    """
    return read_report(find_report(name, report_folders(config)))


def facts_statement(definition: ReportDefinition, period: Period) -> Statement:
    """The facts query of a report for a period.

    Raises:
        SqlError: it does not parse.
    """
    statement = parse_query(
        definition.sql, label=definition.sql_path.name, path=definition.sql_path
    )
    return with_parameters(statement, facts_parameters(period))


def report_page(
    events: Events,
    definition: ReportDefinition,
    period: Period,
    *,
    show_addresses: bool = False,
    origins: tuple[str, ...] | None = None,
) -> ReportPage:
    """The page of a report over events.

    Args:
        show_addresses: whether addresses and numbers in what servers said are left readable.
        origins: what the page calls the events it was read from, instead of their paths.

    Raises:
        LakeError: the events cannot be read.
        DefinitionError: the report does not fit its facts.
        EngineError: the facts query failed.
        UsageError: the locale is not known.
    """
    Writer(events.config.locale)  # refuses one that is not known before anything is read
    request = ReportRequest(
        period=period,
        lake=events.lake_facts(origins),
        lateness=lateness_by_channel(events.clocks, events.config.lateness),
        locale=events.config.locale,
        show_addresses=show_addresses,
    )
    facts = events.catalog.bind(facts_statement(definition, period))
    # A result is headed as its query is written; a definition names columns in small letters.
    rows = events.run(facts).rename_columns([name for name, _ in facts.columns])
    return run_report(definition, request, rows)
