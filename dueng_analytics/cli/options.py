"""Options that several commands share, and the configuration that they make."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from dueng_analytics.config import Config, load_config
from dueng_analytics.errors import UsageError
from dueng_analytics.target_settings import ENGINES, Target, chosen_target

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


def _added(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    """A command with options that are listed in their order in its help."""
    for option in reversed(options):
        command = option(command)
    return command


_EVENTS = click.option(
    "--events",
    multiple=True,
    metavar="[FAMILY=]PATH",
    help="Event files: a folder, a file or an s3:// prefix; may be given again.",
)
_ZONE = click.option("--timezone", "time_zone", metavar="ZONE", help="Zone of days [UTC].")
_ENGINE = (
    click.option("--memory-limit", metavar="SIZE", help="Memory of the engine [1.1 GB]."),
    click.option("--spill-folder", metavar="DIR", help="Where the engine spills."),
    click.option("--threads", metavar="N", help="Threads of the engine."),
)
_AWS = (
    click.option("--profile", metavar="NAME", help="AWS profile."),
    click.option("--region", metavar="NAME", help="AWS region."),
)


def lake_options(command: Command) -> Command:
    """Where the events and names are, and how they are read."""
    return _added(
        command,
        [
            _EVENTS,
            click.option("--names", metavar="FILE", help="CSV of kind, id, name, valid_from."),
            _ZONE,
            click.option("--lateness", metavar="SPAN", help="Wait for outcomes: 60 days, 72h."),
            click.option("--strict", is_flag=True, help="Fail on unreadable records."),
            click.option("--max-bytes", metavar="SIZE", help="Most to read at once [10 GB]."),
            *_ENGINE,
            *_AWS,
            click.option(
                "--alias",
                "aliases",
                multiple=True,
                metavar="NAME=FAMILY",
                help="Another name of a family's database.",
            ),
        ],
    )


def copy_options(command: Command) -> Command:
    """Where the events are that are copied, and what they are read with."""
    return _added(
        command,
        [
            _EVENTS,
            _ZONE,
            click.option("--lateness", metavar="SPAN", help="Go on after the last day: 60 days."),
            *_ENGINE,
            *_AWS,
        ],
    )


def aws_options(command: Command) -> Command:
    """How AWS is reached."""
    return _added(command, _AWS)


def configured(project: Path | None = None, **flags: object) -> Config:
    """The settings of this call: its flags, the environment and the project's file."""
    return load_config(flags, os.environ, Path.cwd(), project)


def period_options(command: Command) -> Command:
    """``--from`` and ``--to``: whole days, both included."""
    return _added(
        command,
        [
            click.option("--from", "first_day", metavar="DAY", help="First day, included."),
            click.option("--to", "last_day", metavar="DAY", help="Last day, included."),
        ],
    )


_SETTINGS_TOO = ("databases", "region", "profile")
"""Keys of a target that are settings of their own, and without a target mean those."""
_OF_TARGETS = tuple(key.name for key in fields(Target) if key.name not in ("name", *_SETTINGS_TOO))


def target_options(command: Command) -> Command:
    """Athena or Trino instead of event files, and all that a target's table can say."""
    return _added(
        command,
        [
            click.option("--target", metavar="NAME", help="Run at [targets.NAME] of dueng.toml."),
            click.option(
                "--engine",
                type=click.Choice(ENGINES),
                help="Run there, over the tables that are there.",
            ),
            click.option(
                "--family",
                "families",
                multiple=True,
                metavar="NAME",
                help="A family that has tables there [all]; may be given again.",
            ),
            click.option(
                "--database",
                "databases",
                multiple=True,
                metavar="FAMILY=NAME",
                help="Database of a family; may be given again.",
            ),
            click.option(
                "--table",
                "tables",
                multiple=True,
                metavar="SOURCE=[DATABASE.]TABLE",
                help="Table of a source; nothing after = where there is none.",
            ),
            click.option(
                "--layout",
                "layouts",
                multiple=True,
                metavar="SOURCE=LAYOUT",
                help="registered, as the samples make tables, or projected.",
            ),
            click.option("--catalog", metavar="NAME", help="Catalog [awsdatacatalog]."),
            click.option("--workgroup", metavar="NAME", help="Workgroup of Athena."),
            click.option("--result-location", metavar="S3-URI", help="Where Athena puts results."),
            click.option(
                "--reuse-minutes",
                type=click.IntRange(min=1),
                metavar="N",
                help="Athena may give a result again that is not older.",
            ),
            click.option("--host", metavar="NAME", help="Host of Trino [localhost]."),
            click.option(
                "--port", type=click.IntRange(1, 65535), metavar="N", help="Its port [8080]."
            ),
            click.option("--user", metavar="NAME", help="User on Trino [dueng]."),
            click.option("--http-scheme", type=click.Choice(["http", "https"]), help="[http]"),
            click.option(
                "--timeout",
                "timeout_s",
                type=click.IntRange(min=1),
                metavar="SECONDS",
                help="Longest that a query may run on Trino [600].",
            ),
        ],
    )


def asked_target(config: Config, flags: Mapping[str, object]) -> Target | None:
    """The target of a call, None where it reads event files.

    ``--events`` beside a target that only dueng.toml names reads the files.

    Raises:
        UsageError: flags that contradict each other, or a target that there is not.
    """
    asked = {name: flags.get(name) for name in _OF_TARGETS}
    is_flag = config.origin("target") == "--target" or any(asked.values())
    if config.origin("events") == "--events":
        if is_flag:
            raise UsageError(
                "event files and a target were given",
                hint="Give --events to read files here, or --target to ask the tables there.",
            )
        return None
    by_engine_alone = asked["engine"] is not None and config.origin("target") != "--target"
    name = None if by_engine_alone else config.target
    if name is not None or by_engine_alone:
        asked |= {name: flags.get(name) for name in _SETTINGS_TOO}
    return chosen_target(config.targets, name, asked)
