"""What ``dueng --help`` says: the commands and exit codes, as plain text.

It stands apart from click, whose import takes longer than all the rest: a person who asks for help
should not wait for it.
"""

from __future__ import annotations

# command → (module under dueng_analytics.cli, one line of help); kept sorted, see the tests
COMMANDS: dict[str, tuple[str, str]] = {
    "config": ("config", "Each setting with its value and where that comes from."),
    "demo": ("demo", "The campaign report over packaged events."),
    "lake": ("lake", "An incremental copy of event files, read many times faster."),
    "lint": ("lint", "House rules over views, which no local run can show."),
    "list": ("list", "Every source and view, with what a row of it is."),
    "quarantine": ("quarantine", "Records that could not be read, and why."),
    "query": ("query", "The rows of one SELECT over event files."),
    "report": ("report", "A report over the messages of whole days, as a page."),
    "show": ("show", "A view or source: definition, columns, lineage."),
    "simulate": ("simulate", "A lake of invented events whose true counts are known."),
    "source": ("source", "Tables on S3 that views read: how to declare them."),
    "sql": ("sql", "Views as SQL to paste into Athena, Trino or DuckDB."),
    "test": ("test", "Unit tests of views, and what they reach and notice."),
}
EXIT_CODES: dict[int, str] = {
    0: "done",
    1: "the command failed: wrong SQL or definitions, unreadable events, a failing test",
    2: "the command line is wrong: unknown option, view or value",
    130: "interrupted: Ctrl-C, or SIGTERM",
}
SUMMARY = "Views, tests and reports over SES, End User Messaging and Pinpoint events."
HELP_OPTIONS = ("-h", "--help")
VERSION_OPTIONS = ("-V", "--version")


def help_text() -> str:
    """The help of the command as a whole."""
    options = {
        ", ".join(VERSION_OPTIONS): "Show the version and exit.",
        ", ".join(HELP_OPTIONS): "Show this message and exit.",
    }
    commands = {name: text for name, (_, text) in COMMANDS.items()}
    codes = {str(code): text for code, text in EXIT_CODES.items()}
    return (
        "Usage: dueng [OPTIONS] COMMAND [ARGS]...\n\n"
        f"  {SUMMARY}\n"
        f"\nOptions:\n{_list(options)}"
        f"\nCommands (`dueng COMMAND --help` tells more):\n{_list(commands)}"
        f"\nExit codes:\n{_list(codes)}"
    )


def _list(entries: dict[str, str]) -> str:
    width = max(map(len, entries))
    return "".join(f"  {name:<{width}}  {text}\n" for name, text in entries.items())
