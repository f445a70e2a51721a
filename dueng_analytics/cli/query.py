"""``dueng query``."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from dueng_analytics.cli.asking import opened
from dueng_analytics.cli.options import (
    asked_target,
    configured,
    lake_options,
    period_options,
    project_option,
    target_options,
)
from dueng_analytics.cli.results import chosen_format, output_options, write_rows
from dueng_analytics.workspace import arrival_window

_NOW = ["%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]


@click.command("query")
@click.argument("sql", metavar="SELECT")
@output_options
@click.option("--now", type=click.DateTime(_NOW), help="What current_timestamp means, UTC.")
@period_options
@lake_options
@target_options
@project_option
def command(
    sql: str,
    file_format: str | None,
    out: Path | None,
    now: datetime | None,
    first_day: str | None,
    last_day: str | None,
    strict: bool,
    project: Path | None,
    **flags: object,
) -> None:
    """Run one SELECT in Athena SQL over event files, or on Athena or Trino.

    With --from and --to only the hours are read under which events of these days lie; add
    --lateness to read on for outcomes that came later. A single - in place of the SELECT reads it
    from standard input. With --target or --engine it runs over the tables that are there: no view
    has to be deployed, and no right is needed but to read.
    """
    file_format = chosen_format(file_format, out)
    if sql == "-":
        sql = sys.stdin.read()
    config = configured(project, **flags)
    window = arrival_window(config, first_day, last_day)
    target = asked_target(config, flags)
    with opened(config, target, window, strict=strict) as (events, tell):
        result = events.query(sql, now=now)
        for notice in result.notices:
            click.echo(f"note: {notice}", err=True)
        tell()
        write_rows(result.table, file_format, out)
