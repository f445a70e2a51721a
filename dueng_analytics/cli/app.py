"""The command group. Each command lives in its own module and is imported when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from dueng_analytics import __version__

EXIT_CODES = """\b
Exit codes:
  0  done
  1  the command failed: wrong SQL or definitions, unreadable events, a failing test
  2  the command line is wrong: unknown option, view or value
  130  interrupted
"""

# command → (module under dueng_analytics.cli, one line of help); kept sorted, see the tests
COMMANDS: dict[str, tuple[str, str]] = {
    "config": ("config", "Each setting with its value and where that comes from."),
    "demo": ("demo", "The campaign report over packaged events."),
    "lint": ("lint", "House rules over views, which no local run can show."),
    "list": ("list", "Every source and view, with what a row of it is."),
    "quarantine": ("quarantine", "Records that could not be read, and why."),
    "query": ("query", "The rows of one SELECT over event files."),
    "report": ("report", "A report over the messages of whole days, as a page."),
    "show": ("show", "A view or source: definition, columns, lineage."),
    "source": ("source", "Tables on S3 that views read: how to declare them."),
    "sql": ("sql", "Views as SQL to paste into Athena, Trino or DuckDB."),
    "test": ("test", "Unit tests of views, and what they reach and notice."),
}


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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if COMMANDS:
            with formatter.section("Commands"):
                formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_CODES,
)
@click.version_option(__version__, "-V", "--version", prog_name="dueng")
def dueng() -> None:
    """Views, tests and reports over SES, End User Messaging and Pinpoint events."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with the documented exit code."""
    try:
        # click catches the Exit that a command leaves with, and returns its code
        leaving = dueng.main(args=arguments, prog_name="dueng", standalone_mode=False)
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
