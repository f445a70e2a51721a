"""``dueng list``."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.table import Table

from dueng_analytics.catalog import Catalog, Relation, load_catalog
from dueng_analytics.cli.options import configured, json_option, project_option
from dueng_analytics.cli.output import print_table, subject
from dueng_analytics.errors import UnknownName
from dueng_analytics.model.definitions import View


@click.command("list")
@click.option("--family", metavar="NAME", help="Only this family.")
@json_option
@project_option
def command(family: str | None, as_json: bool, project: Path | None) -> None:
    """Every source and view, with what a row of it is."""
    config = configured(project)
    catalog = load_catalog(*config.sql_folders, databases=config.databases, aliases=config.aliases)
    families = catalog.definitions.families
    if family is not None and family not in families:
        raise UnknownName("family", family, families)
    relations = [
        relation
        for relation in catalog.relations.values()
        if family is None or relation.family == family
    ]
    if as_json:
        click.echo(json.dumps([_facts(catalog, relation) for relation in relations], indent=2))
        return
    for name in families:
        members = [relation for relation in relations if relation.family == name]
        if not members:
            continue
        table = Table(title=name, title_justify="left", title_style="bold", box=None)
        table.add_column("relation", no_wrap=True, min_width=24)
        table.add_column("kind", no_wrap=True)
        table.add_column("columns", justify="right")
        table.add_column("one row is, or what it holds")
        for relation in members:
            table.add_row(
                relation.name, _kind(relation), str(len(relation.columns)), subject(relation)
            )
        print_table(table)
        click.echo()


def _kind(relation: Relation) -> str:
    return "view" if isinstance(relation, View) else "source"


def _facts(catalog: Catalog, relation: Relation) -> dict[str, object]:
    facts: dict[str, object] = {
        "family": relation.family,
        "name": relation.name,
        "kind": _kind(relation),
        "database": catalog.database(relation.family),
        "columns": len(relation.columns),
        "description": " ".join(relation.description.split()),
    }
    if isinstance(relation, View):
        facts |= {"grain": relation.grain, "version": relation.version, "pack": relation.pack}
    return facts
