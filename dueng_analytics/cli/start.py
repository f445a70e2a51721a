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
    import signal

    from dueng_analytics.cli.app import run  # imports click

    # who ends a command finds its files and processes tidied up, as after Ctrl-C
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    run(given)
