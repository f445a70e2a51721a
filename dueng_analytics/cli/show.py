"""``dueng show``."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from dueng_analytics.catalog import Catalog, Relation, load_catalog
from dueng_analytics.cli.options import configured, json_option, project_option
from dueng_analytics.cli.output import print_table
from dueng_analytics.model.definitions import Source, View


@click.command("show")
@click.argument("name", metavar="VIEW")
@json_option
@project_option
def command(name: str, as_json: bool, project: Path | None) -> None:
    """A view or source: what it is, its columns, what it reads and what reads it."""
    config = configured(project)
    catalog = load_catalog(*config.sql_folders, databases=config.databases, aliases=config.aliases)
    relation = catalog.find(name)
    catalog.in_order()  # a circle is said before a tree walks round it
    if as_json:
        click.echo(json.dumps(_facts(catalog, relation), indent=2, ensure_ascii=False))
        return
    click.secho(relation.qualified_name, bold=True)
    click.echo(relation.description.rstrip())
    click.echo()
    for label, value in _definition(catalog, relation):
        click.echo(f"{label:<10} {value}")
    click.echo()
    print_table(_columns(catalog, relation))
    click.echo()
    print_table(_tree(catalog, relation, "reads", up=True))
    print_table(_tree(catalog, relation, "is read by", up=False))
    if isinstance(relation, View):
        click.echo()
        click.echo(relation.sql.rstrip())


def _definition(catalog: Catalog, relation: Relation) -> list[tuple[str, str]]:
    database = catalog.database(relation.family)
    if isinstance(relation, Source):
        facts = [("kind", "source"), ("database", database), ("owner", relation.owner)]
        for layout in relation.layouts:
            facts.append(
                (
                    "layout",
                    f"{layout.name}: table {layout.table},"
                    f" partitioned by {layout.partition_column} {layout.partition_type.glue}",
                )
            )
        if relation.ended_on is not None:
            facts.append(("ended on", f"{relation.ended_on:%Y-%m-%d}"))
        return facts
    facts = [
        ("kind", "view"),
        ("database", database),
        ("one row is", relation.grain),
        ("event key", ", ".join(relation.event_key) or "none"),
        ("version", str(relation.version)),
        ("owner", relation.owner),
        ("pruning", relation.pruning.value),
        ("tests", str(len(relation.tests))),
    ]
    facts += [("check", f"{check.name} ({check.severity.value})") for check in relation.checks]
    if relation.pack is not None:
        facts.append(("pack", relation.pack))
    if relation.deprecated is not None:
        facts.append(("deprecated", f"since {relation.deprecated:%Y-%m-%d}"))
    return facts


def _columns(catalog: Catalog, relation: Relation) -> Table:
    table = Table(box=None, header_style="bold")
    table.add_column("column", no_wrap=True)
    table.add_column("type", overflow="fold", max_width=44)
    table.add_column("unit")
    table.add_column("meaning")
    described = {column.name: column for column in relation.columns}
    for name, kind in catalog.columns(relation).items():
        column = described.get(name)
        meaning = column.description if column else "Partition hour that a record lies under."
        if column is not None and column.pii:
            meaning += " (personal)"
        table.add_row(
            escape(name),
            escape(kind.trino),
            (column.unit if column else "UTC") or "",
            escape(meaning),
        )
    return table


def _tree(catalog: Catalog, relation: Relation, label: str, *, up: bool) -> Tree:
    tree = Tree(f"{relation.name} {label}")

    def grow(branch: Tree, node: Relation) -> bool:
        following = catalog.upstream(node) if up else catalog.downstream(node)
        for following_relation in following:
            kind = "" if isinstance(following_relation, View) else " (source)"
            grow(branch.add(f"{following_relation.qualified_name}{kind}"), following_relation)
        return bool(following)

    if not grow(tree, relation):
        tree.add("nothing")
    return tree


def _facts(catalog: Catalog, relation: Relation) -> dict[str, object]:
    described = {column.name: column for column in relation.columns}
    facts: dict[str, object] = {
        "family": relation.family,
        "name": relation.name,
        "database": catalog.database(relation.family),
        "kind": "view" if isinstance(relation, View) else "source",
        "description": relation.description,
        "columns": [
            {
                "name": name,
                "type": kind.glue,
                "unit": described[name].unit if name in described else None,
                "description": described[name].description if name in described else None,
                "personal": name in described and described[name].pii,
            }
            for name, kind in catalog.columns(relation).items()
        ],
        "reads": [upstream.qualified_name for upstream in catalog.upstream(relation)],
        "read_by": [downstream.qualified_name for downstream in catalog.downstream(relation)],
    }
    if isinstance(relation, View):
        facts |= {
            "grain": relation.grain,
            "event_key": list(relation.event_key),
            "version": relation.version,
            "owner": relation.owner,
            "pack": relation.pack,
            "pruning": relation.pruning.value,
            "deprecated": relation.deprecated.isoformat() if relation.deprecated else None,
            "tests": [test.name for test in relation.tests],
            "checks": [check.name for check in relation.checks],
            "sql": relation.sql,
        }
    return facts
