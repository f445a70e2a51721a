"""``dueng sql``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from dueng_analytics.catalog import Catalog, Relation, load_catalog
from dueng_analytics.cli.options import configured, json_option, project_option
from dueng_analytics.cli.views import chosen_views
from dueng_analytics.dialect import Dialect, macros_of, quoted, render
from dueng_analytics.errors import UnknownName, UsageError
from dueng_analytics.model.definitions import Source, View


@click.command("sql")
@click.argument("names", metavar="[VIEW]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every view.")
@click.option(
    "--dialect",
    type=click.Choice(["athena", "trino", "duckdb"]),
    default="athena",
    show_default=True,
    help="Whose SQL to print.",
)
@click.option("--ddl", is_flag=True, help="Print CREATE OR REPLACE VIEW statements.")
@click.option("--upstream", is_flag=True, help="Also the views that these read.")
@click.option(
    "--database",
    "databases",
    multiple=True,
    metavar="FAMILY=NAME",
    help="Physical database of a family; may be given again.",
)
@json_option
@project_option
def command(
    names: tuple[str, ...],
    every: bool,
    dialect: Dialect,
    ddl: bool,
    upstream: bool,
    databases: tuple[str, ...],
    as_json: bool,
    project: Path | None,
) -> None:
    """Print views as SQL to paste, each after those that it reads.

    Relations carry their physical names: those of dueng.toml or of --database, else the family's
    own. With --ddl for DuckDB, the schemas, macros and empty sources that the views need come
    first, so that the whole can be pasted into an empty database.
    """
    config = configured(project, databases=",".join(databases) or None)
    catalog = load_catalog(*config.sql_folders, databases=config.databases, aliases=config.aliases)
    unknown = [name for name in config.databases if name not in catalog.definitions.families]
    if unknown:
        raise UnknownName("family", unknown[0], catalog.definitions.families)
    if every == bool(names):
        raise UsageError("say which views to print", hint="Give their names, or --all.")
    views = _chosen(catalog, names, upstream or every)
    statements = [_statement(catalog, view, dialect, ddl) for view in views]
    if as_json:
        entries = zip(views, statements, strict=True)
        click.echo(json.dumps([_facts(catalog, *entry) for entry in entries], indent=2))
        return
    _tell_what_is_needed(catalog, views, dialect)
    if dialect == "duckdb" and ddl:
        statements = [*_preparation(catalog, views, statements), *statements]
    closing = ";" if ddl or len(statements) > 1 else ""
    click.echo("\n\n".join(f"{statement}{closing}" for statement in statements))


def _chosen(catalog: Catalog, names: Sequence[str], upstream: bool) -> list[View]:
    """The views to print in the order in which they can be created."""
    wanted = chosen_views(catalog, names)
    order = [node for node in catalog.in_order(wanted) if isinstance(node, View)]
    asked = {relation.qualified_name for relation in wanted}
    return order if upstream else [view for view in order if view.qualified_name in asked]


def _statement(catalog: Catalog, view: View, dialect: Dialect, ddl: bool) -> str:
    def rename(family: str, name: str) -> tuple[str, str]:
        return (family if dialect == "duckdb" else catalog.database(family)), name

    body = render(catalog.typed(view), dialect, rename)
    if not ddl:
        return f"-- {view.qualified_name}\n{body}"
    name = ".".join(quoted(part) for part in rename(view.family, view.name))
    return f"CREATE OR REPLACE VIEW {name} AS\n{body}"


def _facts(catalog: Catalog, view: View, statement: str) -> dict[str, object]:
    return {
        "family": view.family,
        "name": view.name,
        "database": catalog.database(view.family),
        "reads": [relation.qualified_name for relation in catalog.upstream(view)],
        "sql": statement,
    }


def _preparation(catalog: Catalog, views: Sequence[View], statements: Sequence[str]) -> list[str]:
    """What the views need in an empty DuckDB: macros, schemas, and sources without a row."""
    sources = [relation for relation in _read(catalog, views) if isinstance(relation, Source)]
    families = sorted({view.family for view in views} | {source.family for source in sources})
    return [
        *macros_of(statements),
        *(f"CREATE SCHEMA IF NOT EXISTS {quoted(family)}" for family in families),
        *(_empty_table(catalog, source) for source in sources),
    ]


def _empty_table(catalog: Catalog, source: Source) -> str:
    columns = ",\n".join(
        f"    {quoted(name)} {kind.duckdb}" for name, kind in catalog.columns(source).items()
    )
    name = f"{quoted(source.family)}.{quoted(source.name)}"
    return f"CREATE TABLE IF NOT EXISTS {name} (\n{columns}\n)"


def _read(catalog: Catalog, views: Sequence[View]) -> list[Relation]:
    """What the views read and is not among them."""
    printed = {view.qualified_name for view in views}
    read = {
        relation.qualified_name: relation for view in views for relation in catalog.upstream(view)
    }
    return [relation for name, relation in sorted(read.items()) if name not in printed]


def _tell_what_is_needed(catalog: Catalog, views: Sequence[View], dialect: Dialect) -> None:
    """Say on standard error what has to exist before the statements can run."""
    for relation in _read(catalog, views):
        if isinstance(relation, View):
            way = "--upstream prints it too"
        elif dialect == "duckdb":
            continue
        elif relation.layouts:
            way = f"`dueng source ddl {relation.name}` declares it"
        else:
            way = f"`dueng source adapter {relation.name} --table none --ddl` prints an empty one"
        click.echo(f"-- {relation.qualified_name} has to exist: {way}.", err=True)
