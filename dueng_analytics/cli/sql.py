"""``dueng sql``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from dueng_analytics.catalog import Catalog, Relation, load_catalog
from dueng_analytics.cli.inline import inlined
from dueng_analytics.cli.options import (
    asked_target,
    configured,
    json_option,
    period_options,
    project_option,
    target_options,
)
from dueng_analytics.cli.views import chosen_views
from dueng_analytics.dialect import Dialect, macros_of, quoted, render
from dueng_analytics.errors import UnknownName, UsageError
from dueng_analytics.model.definitions import Source, View


@click.command("sql")
@click.argument("names", metavar="[VIEW|SELECT]...", nargs=-1)
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
    "--inline", is_flag=True, help="Print one SELECT over the tables, every view written into it."
)
@click.option("--report", metavar="NAME", help="The query of a report; with --inline.")
@click.option("--names", "name_list", metavar="FILE", help="CSV of names to send along.")
@click.option("--timezone", "time_zone", metavar="ZONE", help="Zone of days [UTC].")
@click.option("--lateness", metavar="SPAN", help="Wait for outcomes: 60 days, 72h.")
@period_options
@json_option
@target_options
@project_option
def command(
    names: tuple[str, ...],
    every: bool,
    dialect: Dialect,
    ddl: bool,
    upstream: bool,
    inline: bool,
    report: str | None,
    name_list: str | None,
    time_zone: str | None,
    lateness: str | None,
    first_day: str | None,
    last_day: str | None,
    as_json: bool,
    project: Path | None,
    **flags: object,
) -> None:
    """Print views as SQL to paste, each after those that it reads.

    Relations carry their physical names: those of dueng.toml or of --database, else the family's
    own. With --ddl for DuckDB, the schemas, macros and empty sources that the views need come
    first, so that the whole can be pasted into an empty database.

    With --inline, a view, a SELECT or the query of a --report becomes one statement over the
    tables of a target, with the hours of --from and --to on every one of them: it needs no view
    and can be pasted where Athena or Trino is asked.
    """
    config = configured(
        project,
        databases=flags["databases"],
        names=name_list,
        time_zone=time_zone,
        lateness=lateness,
        target=flags["target"],
    )
    if inline:
        days = (first_day, last_day)
        click.echo(inlined(names, report, days, config, asked_target(config, flags)))
        return
    _refuse_without_inline(report, name_list, first_day or last_day, flags)
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


def _refuse_without_inline(
    report: str | None, names: str | None, day: str | None, flags: Mapping[str, object]
) -> None:
    given = {"report": report, "names": names, "from": day, **flags, "databases": ()}
    for name, value in given.items():
        if value is not None and value != ():
            raise UsageError(
                f"--{name.replace('_', '-')} says how one statement is written down",
                hint="Add --inline.",
            )


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
