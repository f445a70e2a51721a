"""``dueng report``."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click

from dueng_analytics.cli.asking import opened
from dueng_analytics.cli.options import (
    asked_target,
    configured,
    lake_options,
    project_option,
    target_options,
)
from dueng_analytics.cli.results import write_file
from dueng_analytics.config import Config
from dueng_analytics.errors import UsageError
from dueng_analytics.report_page import named_report, report_page
from dueng_analytics.reporting.html import render_html
from dueng_analytics.reporting.period import Period, cohort_window, read_period
from dueng_analytics.reporting.text import WIDTH, render_text
from dueng_analytics.target_settings import Target

_NARROWEST, _WIDEST = 60, 140


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
@target_options
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
    60 days for e-mail, or --lateness. With --target or --engine the figures come from the tables
    that are there: no view has to be deployed, and no right is needed but to read.
    """
    config = configured(project, **flags)
    period = read_period(first_day, last_day, config.time_zone)
    render(
        name,
        config,
        period,
        out,
        target=asked_target(config, flags),
        strict=strict,
        show_addresses=show_addresses,
    )


def render(
    name: str,
    config: Config,
    period: Period,
    out: Path,
    *,
    target: Target | None = None,
    strict: bool = False,
    show_addresses: bool = False,
    origins: tuple[str, ...] | None = None,
) -> None:
    """Render one report into a folder, and say on the terminal what it says."""
    definition = named_report(name, config)
    _check_writable(out)
    with opened(config, target, None, strict=strict) as (events, tell):
        events.window = cohort_window(period, events.clocks, config.lateness)
        page = report_page(
            events, definition, period, show_addresses=show_addresses, origins=origins
        )
        tell()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out} cannot be made a folder: {error.strerror}") from None
    path = out / f"{name}.html"
    write_file(path, render_html(page).encode("utf-8"))
    click.echo(render_text(page, _width()), nl=False)
    click.echo(f"written to {path}", err=True)


def _check_writable(out: Path) -> None:
    """Refuse a folder that cannot be written before hours are spent on reading."""
    there = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.exists())
    if not there.is_dir():
        raise UsageError(
            f"{out} cannot be a folder: {there} is a file", hint="Give another one with --out."
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"{there} may not be written", hint="Give another folder with --out.")


def _width() -> int:
    """As wide as the terminal within reason; as everywhere else where there is none."""
    if not sys.stdout.isatty():
        return WIDTH
    return min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
