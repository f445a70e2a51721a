"""``dueng quarantine``."""

from __future__ import annotations

from pathlib import Path

import click

from dueng_analytics.cli.options import configured, lake_options, period_options, project_option
from dueng_analytics.cli.reading import Reading
from dueng_analytics.cli.results import chosen_format, output_options, write_rows
from dueng_analytics.workspace import arrival_window

_SHOWN_CHARACTERS = 80


@click.command("quarantine")
@output_options
@period_options
@lake_options
@project_option
def command(
    file_format: str | None,
    out: Path | None,
    first_day: str | None,
    last_day: str | None,
    strict: bool,
    project: Path | None,
    **flags: object,
) -> None:
    """List the records that cannot be read: file, position, reason and what is there.

    A table shows the beginning of each record, the other formats up to 10,000 characters of it.
    Fields that no column holds are counted on standard error.
    """
    file_format = chosen_format(file_format, out)
    config = configured(project, **flags)
    reading = Reading(config, strict=strict)
    with reading.workspace(arrival_window(config, first_day, last_day)) as workspace:
        write_rows(
            workspace.quarantine().table, file_format, out, shortened={"raw": _SHOWN_CHARACTERS}
        )
        reading.report_unknown_fields(workspace)
