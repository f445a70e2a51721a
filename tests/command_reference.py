"""The reference of every command as Markdown, made from what the commands say of themselves.

``tests/test_docs.py`` holds ``docs/commands.md`` against it, and writes it anew with
``DUENG_WRITE_DOCS=1``.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from dueng_analytics.cli.app import dueng
from dueng_analytics.cli.overview import EXIT_CODES

_HEAD = """\
# Commands

Made from the commands' own help; a test holds the two against each other and writes the page anew
with `DUENG_WRITE_DOCS=1 python -m pytest tests/test_docs.py`.

Results go to standard output; what a person should know beside them goes to standard error. No
command ever asks a question. Settings that a command takes as options can also be given in the
environment or in `dueng.toml`, see [settings.md](settings.md).

| exit code | meaning |
|---|---|
"""


def reference() -> str:
    """The whole document."""
    rows = "".join(f"| {code} | {meaning} |\n" for code, meaning in EXIT_CODES.items())
    return _HEAD + rows + "".join(_command(path, command) for path, command in commands())


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with the words that call it, in order."""
    yield from _below("dueng", dueng)


def _below(path: str, group: click.Group) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _below(f"{path} {name}", command)
        else:
            yield f"{path} {name}", command


def _command(path: str, command: click.Command) -> str:
    arguments = [param for param in command.params if isinstance(param, click.Argument)]
    options = [param for param in command.params if isinstance(param, click.Option)]
    usage = " ".join([path, *(_metavar(argument) for argument in arguments), "[OPTIONS]"])
    rows = "".join(f"| {_names(option)} | {_meaning(option)} |\n" for option in options)
    return (
        f"\n## `{path}`\n\n{inspect.cleandoc(command.help or '')}\n\n"
        f"```text\n{usage}\n```\n\n| option | meaning |\n|---|---|\n{rows}"
    )


def _metavar(argument: click.Argument) -> str:
    return argument.metavar or str(argument.name).upper()


def _names(option: click.Option) -> str:
    value = "" if option.is_flag else f" {_value(option)}"
    return ", ".join(f"`{name}{value}`" for name in option.opts)


def _value(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return "\\|".join(option.type.choices)
    return (option.metavar or option.type.name).upper()


def _meaning(option: click.Option) -> str:
    text = option.help or ""
    if option.show_default:
        text += f" [{option.default}]"
    if option.required:
        text += " Required."
    if option.multiple and "again" not in text:
        text += " May be given again."
    return text.replace("|", "\\|")
