"""``dueng source``."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from dueng_analytics.catalog import Catalog, load_catalog
from dueng_analytics.cli.options import configured, project_option
from dueng_analytics.deploy.firehose import stream_settings
from dueng_analytics.deploy.source_ddl import FORMATS, create_external_table, source_layout
from dueng_analytics.dialect import quoted
from dueng_analytics.dialect.adapter import adapter_view
from dueng_analytics.errors import UsageError
from dueng_analytics.model.definitions import Source

_PLACEHOLDER = "s3://EVENT-BUCKET/events/"
_ROLE = "arn:aws:iam::ACCOUNT:role/ROLE"
_REGION = "REGION"


@click.group("source")
def command() -> None:
    """Tables on S3 that views read: how to declare them."""


@command.command("ddl")
@click.argument("name")
@click.option("--layout", metavar="NAME", help="projected or registered.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(FORMATS),
    help="Of the files: json by default for projected, parquet for registered.",
)
@click.option("--location", metavar="URI", help="Prefix above the year folders.")
@click.option(
    "--start", type=click.DateTime(["%Y-%m-%d"]), help="First day of the projected partitions."
)
@click.option("--database", metavar="NAME", help="Glue database that the table goes into.")
@project_option
def ddl(
    name: str,
    layout: str | None,
    file_format: str | None,
    location: str | None,
    start: datetime | None,
    database: str | None,
    project: Path | None,
) -> None:
    """Print the CREATE EXTERNAL TABLE of a source, ready for the Athena console."""
    catalog = _catalog(project)
    source = _source(catalog, name)
    chosen = source_layout(source, layout)
    if location is None:
        location = _PLACEHOLDER
        click.echo(f"-- Put your bucket in place of {_PLACEHOLDER} or give --location.", err=True)
    if chosen.projection_format is not None and start is None and source.started_on is not None:
        click.echo(
            f"-- Partitions from {source.started_on:%Y-%m-%d} on; --start with the day of the first"
            " object makes queries without a time filter plan faster.",
            err=True,
        )
    if chosen.name == "registered":
        click.echo(
            "-- In this layout each hour has to be registered; prefer --layout projected.", err=True
        )
    click.echo(
        create_external_table(
            source,
            chosen,
            location=location,
            file_format=file_format or ("json" if chosen.projection_format else "parquet"),
            database=database or catalog.database(source.family),
            start=start.date() if start else None,
        )
    )


@command.command("adapter")
@click.argument("name")
@click.option("--layout", metavar="NAME", help="Layout of the tables.")
@click.option(
    "--table",
    "tables",
    multiple=True,
    metavar="[DATABASE.]TABLE",
    help="A physical table; may be given again, or as `none` for a source without any.",
)
@click.option("--ddl", "as_ddl", is_flag=True, help="Print CREATE OR REPLACE VIEW.")
@project_option
def adapter(
    name: str, layout: str | None, tables: tuple[str, ...], as_ddl: bool, project: Path | None
) -> None:
    """Print the view that gives a source its name over none, one or several tables."""
    catalog = _catalog(project)
    source = _source(catalog, name)
    if tables == ("none",):
        chosen, tables = None, ()
    else:
        chosen = source_layout(source, layout)
        tables = tables or (f"{catalog.database(source.family)}.{chosen.table}",)
    if any(table.split(".")[-1].lower() == source.name for table in tables):
        raise UsageError(
            f"the table {source.name} already carries the source's own name",
            hint="It needs no adapter; views read it as it is.",
        )
    text = adapter_view(source, chosen, [tuple(table.split(".")) for table in tables])
    view = ".".join(quoted(part) for part in (catalog.database(source.family), source.name))
    click.echo(f"CREATE OR REPLACE VIEW {view} AS\n{text}" if as_ddl else text)


@command.command("firehose")
@click.argument("name")
@click.option("--layout", metavar="NAME", help="projected or registered.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(FORMATS),
    default="json",
    show_default=True,
    help="Of the objects: as the records came, or converted by Firehose.",
)
@click.option("--location", metavar="URI", help="Prefix above the year folders.")
@click.option("--role", metavar="ARN", help="Role that the stream takes on.")
@click.option("--database", metavar="NAME", help="Glue database of the table, for its schema.")
@click.option("--region", metavar="NAME", help="Region of that table.")
@project_option
def firehose(
    name: str,
    layout: str | None,
    file_format: str,
    location: str | None,
    role: str | None,
    database: str | None,
    region: str | None,
    project: Path | None,
) -> None:
    """Print what a Firehose stream has to be set to for a source, as its API takes it.

    It is the ExtendedS3DestinationConfiguration of `aws firehose create-delivery-stream`.
    """
    catalog = _catalog(project)
    source = _source(catalog, name)
    chosen = source_layout(source, layout)
    settings = stream_settings(
        source,
        chosen,
        location=location or _PLACEHOLDER,
        file_format=file_format,
        role=role or _ROLE,
        database=database or catalog.database(source.family),
        region=region or _REGION,
    )
    missing = [
        f"{option} in place of {placeholder}"
        for option, placeholder, given, is_used in (
            ("--location", _PLACEHOLDER, location, True),
            ("--role", _ROLE, role, True),
            ("--region", _REGION, region, file_format == "parquet"),
        )
        if is_used and given is None
    ]
    if missing:
        click.echo(f"-- Give {', '.join(missing)}.", err=True)
    if file_format == "parquet":
        click.echo(
            f"-- The table {chosen.table} has to exist: `dueng source ddl {source.name} --format"
            " parquet`. Conversion keeps the fields that it names and no other, writes keys of maps"
            " in lower case, and puts a record of which one value does not fit under the errors.",
            err=True,
        )
    click.echo(json.dumps(settings, indent=2))


def _catalog(project: Path | None) -> Catalog:
    config = configured(project)
    return load_catalog(*config.sql_folders, databases=config.databases, aliases=config.aliases)


def _source(catalog: Catalog, name: str) -> Source:
    relation = catalog.find(name)
    if not isinstance(relation, Source):
        raise UsageError(
            f"{relation.qualified_name} is a view, not a source",
            hint=f"`dueng sql {relation.name} --ddl` prints how to create it.",
        )
    return relation
