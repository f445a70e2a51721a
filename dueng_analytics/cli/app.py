"""The command group. Each command lives in its own module and is imported when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from dueng_analytics import __version__
from dueng_analytics.cli.overview import (
    COMMANDS,
    HELP_OPTIONS,
    SUMMARY,
    VERSION_OPTIONS,
    help_text,
)


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command: click.Command = importlib.import_module(f"dueng_analytics.cli.{module}").command
        return command

    def get_help(self, ctx: click.Context) -> str:
        return help_text().rstrip("\n")


@click.group(cls=LazyGroup, help=SUMMARY, context_settings={"help_option_names": HELP_OPTIONS})
@click.version_option(__version__, *VERSION_OPTIONS, prog_name="dueng")
def dueng() -> None:
    """The command as a whole; what it can do, the overview says."""


def run(arguments: Sequence[str]) -> None:
    """Run a command line, and leave the process with the documented exit code."""
    try:
        # click catches the Exit that a command leaves with, and returns its code
        leaving = dueng.main(args=list(arguments), prog_name="dueng", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except BrokenPipeError:
        # the reader of a pipe has gone; leave without a complaint about closing stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    except Exception as error:
        from dueng_analytics.errors import DuengError, UsageError  # help needs neither

        if not isinstance(error, DuengError):
            raise
        click.echo(f"dueng: {error.message}", err=True)
        sys.exit(2 if isinstance(error, UsageError) else 1)
    if isinstance(leaving, int) and leaving:
        sys.exit(leaving)
