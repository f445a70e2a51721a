"""``dueng report``."""

from __future__ import annotations

from pathlib import Path

import click

from dueng_analytics.cli.options import configured, lake_options, project_option
from dueng_analytics.cli.reading import Reading
from dueng_analytics.cli.results import write_file
from dueng_analytics.config import Config
from dueng_analytics.errors import UsageError
from dueng_analytics.report_page import named_report, report_page
from dueng_analytics.reporting.html import render_html
from dueng_analytics.reporting.period import Period, read_period, read_window
from dueng_analytics.reporting.text import render_text


@click.command("report")
@click.argument("name")
@click.option("--from", "first_day", required=True, metavar="DAY", help="First day, included.")
@click.option("--to", "last_day", required=True, metavar="DAY", help="Last day, included.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    metavar="DIR",
    help="Folder for the page [.].",
)
@click.option("--show-addresses", is_flag=True, help="Do not mask addresses in reasons.")
@click.option("--locale", metavar="NAME", help="How numbers and dates are written [en_US].")
@lake_options
@project_option
def command(
    name: str,
    first_day: str,
    last_day: str,
    out: Path,
    show_addresses: bool,
    strict: bool,
    project: Path | None,
    **flags: object,
) -> None:
    """Render a report over the messages sent on whole days, both included.

    The hours read go on after the period until the last outcome can have come: 72 hours for SMS,
    60 days for e-mail, or --lateness.
    """
    config = configured(project, **flags)
    period = read_period(first_day, last_day, config.time_zone)
    render(name, config, period, out, strict=strict, show_addresses=show_addresses)


def render(
    name: str,
    config: Config,
    period: Period,
    out: Path,
    *,
    strict: bool = False,
    show_addresses: bool = False,
) -> None:
    """Render one report into a folder, and say on the terminal what it says."""
    definition = named_report(name, config)
    reading = Reading(config, strict=strict)
    with reading.workspace(None) as workspace:
        workspace.window = read_window(period, workspace.clocks, config.lateness)
        page = report_page(workspace, definition, period, show_addresses=show_addresses)
        reading.report_losses(workspace)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out} cannot be made a folder: {error.strerror}") from None
    path = out / f"{name}.html"
    write_file(path, render_html(page).encode("utf-8"))
    click.echo(render_text(page), nl=False)
    click.echo(f"written to {path}", err=True)
