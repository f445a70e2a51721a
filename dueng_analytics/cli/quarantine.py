"""``dueng quarantine``."""

from __future__ import annotations

from pathlib import Path

import click

from dueng_analytics.cli.options import configured, lake_options, period_options, project_option
from dueng_analytics.cli.reading import Reading
from dueng_analytics.cli.results import FORMATS, write_rows
from dueng_analytics.workspace import arrival_window


@click.command("quarantine")
@click.option("--format", "file_format", type=click.Choice(FORMATS), default="table")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write to a file.")
@period_options
@lake_options
@project_option
def command(
    file_format: str,
    out: Path | None,
    first_day: str | None,
    last_day: str | None,
    strict: bool,
    project: Path | None,
    **flags: object,
) -> None:
    """List the records that cannot be read: file, position, reason and what is there."""
    config = configured(project, **flags)
    reading = Reading(config, strict=strict)
    with reading.workspace(arrival_window(config, first_day, last_day)) as workspace:
        write_rows(workspace.quarantine().table, file_format, out)
