"""Options that several commands share, and the configuration that they make."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from dueng_analytics.config import Config, load_config

Command = Callable[..., Any]


def project_option(command: Command) -> Command:
    """``--project``: whose views and settings are merged with the packaged ones."""
    return click.option(
        "--project",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Folder with dueng.toml beside sql/; by default the nearest one upwards.",
    )(command)


def json_option(command: Command) -> Command:
    """``--json``: the same facts for a script."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def lake_options(command: Command) -> Command:
    """Where the events and names are, and how they are read."""
    for option in reversed(
        [
            click.option(
                "--events",
                multiple=True,
                metavar="[FAMILY=]PATH",
                help="Event files: a folder, a file or an s3:// prefix; may be given again.",
            ),
            click.option("--names", metavar="FILE", help="CSV of kind, id, name, valid_from."),
            click.option("--timezone", "time_zone", metavar="ZONE", help="Zone of days [UTC]."),
            click.option("--lateness", metavar="SPAN", help="Wait for outcomes: 60 days, 72h."),
            click.option("--strict", is_flag=True, help="Fail on unreadable records."),
            click.option("--max-bytes", metavar="SIZE", help="Most to read at once [10 GB]."),
            click.option("--memory-limit", metavar="SIZE", help="Memory of the engine [1.2 GB]."),
            click.option("--spill-folder", metavar="DIR", help="Where the engine spills."),
            click.option("--threads", metavar="N", help="Threads of the engine."),
            click.option("--profile", metavar="NAME", help="AWS profile."),
            click.option("--region", metavar="NAME", help="AWS region."),
            click.option(
                "--alias",
                "aliases",
                multiple=True,
                metavar="NAME=FAMILY",
                help="Another name of a family's database.",
            ),
        ]
    ):
        command = option(command)
    return command


def configured(project: Path | None = None, **flags: object) -> Config:
    """The settings of this call: its flags, the environment and the project's file."""
    return load_config(flags, os.environ, Path.cwd(), project)


def period_options(command: Command) -> Command:
    """``--from`` and ``--to``: whole days, both included."""
    for option in (
        click.option("--to", "last_day", metavar="DAY", help="Last day, included."),
        click.option("--from", "first_day", metavar="DAY", help="First day, included."),
    ):
        command = option(command)
    return command
