"""``dueng config``."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from dueng_analytics.cli.options import configured, json_option, lake_options, project_option
from dueng_analytics.cli.output import print_table
from dueng_analytics.config import setting_names
from dueng_analytics.target_settings import Target


@click.command("config")
@lake_options
@json_option
@project_option
def command(project: Path | None, as_json: bool, strict: bool, **flags: object) -> None:
    """Each setting with its value and where that comes from."""
    config = configured(project, **flags)
    settings = [(name, getattr(config, name), config.origin(name)) for name in setting_names()]
    if as_json:
        click.echo(
            json.dumps(
                {
                    "project_folder": _text(config.project_folder) or None,
                    "settings": {
                        name: {"value": _plain(value), "origin": origin}
                        for name, value, origin in settings
                    },
                },
                indent=2,
            )
        )
        return
    click.echo(f"project folder: {config.project_folder or 'none'}")
    table = Table(box=None, header_style="bold")
    for heading in ("setting", "value", "from"):
        table.add_column(heading, overflow="fold")
    for name, value, origin in settings:
        table.add_row(name, escape(_text(value)), escape(origin))
    print_table(table)


def _plain(value: object) -> object:
    if value is None or isinstance(value, (int, str)):
        return value
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    if isinstance(value, Target):
        return {key: _plain(entry) for key, entry in value.settings.items()}
    return str(value)


def _text(value: object) -> str:
    if value is None or value == () or value == {}:
        return "–"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, Target):
        return f"({_text(dict(value.settings))})"
    if isinstance(value, dict):
        return ", ".join(f"{key}={_text(entry)}" for key, entry in value.items())
    return str(value)
