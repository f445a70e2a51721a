"""Where the command begins: help at once, everything else through click."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from dueng_analytics.cli.overview import HELP_OPTIONS, help_text


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with the documented exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if len(given) == 1 and given[0] in HELP_OPTIONS:
        sys.stdout.write(help_text())
        return
    from dueng_analytics.cli.app import run  # imports click

    run(given)
