"""A report over the event files of a workspace: the page, before anything renders it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from dueng_analytics import __version__
from dueng_analytics.config import Config
from dueng_analytics.dialect import parse_query, with_parameters
from dueng_analytics.reporting.blocks import LakeFacts, ReportPage
from dueng_analytics.reporting.definition import ReportDefinition
from dueng_analytics.reporting.period import Period, lateness_by_channel
from dueng_analytics.reporting.report_file import find_report, read_report
from dueng_analytics.reporting.runner import ReportRequest, run_report
from dueng_analytics.resources import packaged
from dueng_analytics.workspace import Workspace

_ENGINES = {"duckdb": "DuckDB"}


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


def report_page(
    workspace: Workspace,
    definition: ReportDefinition,
    period: Period,
    *,
    show_addresses: bool = False,
    origins: tuple[str, ...] | None = None,
) -> ReportPage:
    """The page of a report over what a workspace holds.

    Args:
        show_addresses: whether addresses and numbers in what servers said are left readable.
        origins: what the page calls the events it was read from, instead of their paths.

    Raises:
        LakeError: the events cannot be read.
        DefinitionError: the report does not fit its facts.
        EngineError: the facts query failed.
    """

    def query(sql: str, parameters: Mapping[str, str | date | datetime], *, path: Path) -> pa.Table:
        statement = with_parameters(parse_query(sql, label=path.name, path=path), parameters)
        return workspace.run(workspace.catalog.bind(statement))

    request = ReportRequest(
        period=period,
        lake=_lake_facts(workspace, origins),
        lateness=lateness_by_channel(workspace.clocks, workspace.config.lateness),
        locale=workspace.config.locale,
        show_addresses=show_addresses,
    )
    return run_report(definition, request, query)


def _lake_facts(workspace: Workspace, origins: tuple[str, ...] | None) -> LakeFacts:
    lake = workspace.read_events()
    window = workspace.window
    return LakeFacts(
        engine=_ENGINES.get(workspace.engine.name, workspace.engine.name),
        version=__version__,
        origins=tuple(workspace.config.events) if origins is None else origins,
        files=lake.files_read,
        bytes=lake.bytes_read,
        records=sum(lake.records.values()),
        first_hour=window.first_hour if window is not None else None,
        end_hour=window.end_hour if window is not None else None,
        hours=len(lake.hours),
        last_event_at=lake.last_event_at,
        quarantined=lake.quarantined,
        unknown_shapes=lake.unknown_shapes,
        values_lost=lake.values_lost,
        records_without_hour=lake.records_without_hour,
        empty_families=workspace.missing_families,
    )
