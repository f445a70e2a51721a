"""``dueng lake``."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from dueng_analytics.catalog import load_catalog
from dueng_analytics.cli.options import (
    aws_options,
    configured,
    copy_options,
    json_option,
    period_options,
    project_option,
)
from dueng_analytics.cli.output import count_of, size
from dueng_analytics.deploy.copy_tables import copy_tables
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import EmptyLake, UsageError
from dueng_analytics.lake.copy_reading import read_manifests
from dueng_analytics.lake.paths import EventPath, parse_event_path
from dueng_analytics.lake.planning import list_manifests
from dueng_analytics.lake.storage import Storage
from dueng_analytics.lake.sync_result import Done, SyncedHour, SyncResult
from dueng_analytics.lake.syncing import SyncRequest, sync_lake
from dueng_analytics.workspace import NAMES, arrival_window

_PLACEHOLDER = "s3://EVENT-BUCKET/copy/"
_SHOWN_PROBLEMS = 20


@click.group("lake")
def command() -> None:
    """Event files: an incremental copy of them that is read many times faster."""


@command.command("sync")
@click.option(
    "--to-dir", "target", required=True, metavar="DIR", help="The copy: a folder or s3:// prefix."
)
@click.option("--mirror", is_flag=True, help="Drop from the copy what is gone from the events.")
@json_option
@period_options
@copy_options
@project_option
def sync(
    target: str,
    mirror: bool,
    as_json: bool,
    first_day: str | None,
    last_day: str | None,
    project: Path | None,
    **flags: object,
) -> None:
    """Copy event files, hour by hour, as sorted and compressed Parquet.

    Only hours are read whose objects are new or have changed. What cannot be a record is copied
    too. A sync that is killed leaves a whole copy, and the next one goes on. --events with the
    copy reads it like the original. Hours that are gone from the events stay in the copy, unless
    --mirror is given. With --from and --to only the hours are looked at under which events of
    these days lie.
    """
    config = configured(project, **flags)
    if not config.events:
        raise UsageError(
            "no event files were given", hint="Say where they are: --events PATH or DUENG_EVENTS."
        )
    catalog = load_catalog(*config.sql_folders)
    sources = (s for s in catalog.definitions.sources if s.qualified_name != NAMES)
    request = SyncRequest(
        event_paths=tuple(parse_event_path(text) for text in config.events),
        target=target,
        sources=tuple(sources),
        storage=Storage(profile=config.profile, region=config.region),
        window=arrival_window(config, first_day, last_day),
        mirror=mirror,
        spill_folder=config.spill_folder,
    )
    started = monotonic()
    engine = DuckDBEngine(
        memory_limit=config.memory_limit,
        spill_folder=config.spill_folder,
        threads=config.threads,
    )
    with engine, _Progress() as progress:
        result = sync_lake(request, engine, progress.advance)
    figures = _figures(result, monotonic() - started)
    if as_json:
        click.echo(json.dumps(figures, indent=2))
    else:
        _tell(result, figures)
    if result.of(Done.FAILED):
        raise click.exceptions.Exit(1)


@command.command("ddl")
@click.argument("copy", metavar="COPY")
@click.option("--location", metavar="URI", help="Where the copy will lie, if it is a folder.")
@aws_options
@project_option
def ddl(copy: str, location: str | None, project: Path | None, **flags: object) -> None:
    """Print the CREATE EXTERNAL TABLE of every family in a copy, as projected tables.

    They have the names of the projected layout, so that `dueng source adapter` prints the views
    that views read.
    """
    config = configured(project, **flags)
    catalog = load_catalog(*config.sql_folders, databases=config.databases)
    store = Storage(profile=config.profile, region=config.region).open(EventPath(None, copy))
    if not store.is_copy():
        raise UsageError(
            f"{copy} is no copy", hint="Give the folder that `dueng lake sync --to-dir` wrote."
        )
    if location is None and copy.startswith("s3://"):
        location = copy
    if location is None:
        location = _PLACEHOLDER
        click.echo(f"-- Put your bucket in place of {_PLACEHOLDER} or give --location.", err=True)
    manifests = read_manifests(store, list_manifests(store, None))
    tables = copy_tables(manifests, catalog.definitions.sources, location)
    if not tables:
        raise EmptyLake("the copy has no record yet", where=copy, hint="`dueng lake sync` first.")
    statements = [table.statement(catalog.database(table.source.family)) for table in tables]
    click.echo(";\n\n".join(statements) + ";")


def _figures(result: SyncResult, duration_s: float) -> dict[str, object]:
    """What a sync did, as a script reads it."""
    hours = result.hours
    return {
        "copy": result.target,
        "hours": len(hours),
        **{f"hours_{done.value}": len(result.of(done)) for done in Done},
        "objects": sum(hour.objects for hour in hours),
        "objects_gone": sum(hour.objects_gone for hour in hours),
        "records": sum(hour.records for hour in hours),
        "quarantined": sum(hour.quarantined for hour in hours),
        "bytes_read": sum(hour.bytes_read for hour in hours),
        "bytes_written": sum(hour.bytes_written for hour in hours),
        "duration_s": round(duration_s, 3),
        "failures": [
            {"hour": _name(hour), "reason": hour.reason} for hour in result.of(Done.FAILED)
        ],
        "repaired": [
            {"hour": _name(hour), "reason": hour.reason}
            for hour in result.of(Done.WRITTEN)
            if hour.reason is not None
        ],
    }


def _tell(result: SyncResult, figures: dict[str, Any]) -> None:
    """The same for a person."""
    parts = [
        f"{figures[f'hours_{done.value}']:,} {done.value}"
        for done in Done
        if figures[f"hours_{done.value}"] or done in (Done.WRITTEN, Done.UNCHANGED)
    ]
    click.echo(
        f"{count_of(len(result.hours), 'hour')} looked at: {', '.join(parts)}\n"
        f"{count_of(figures['objects'], 'object')}, {count_of(figures['records'], 'record')},"
        f" {figures['quarantined']:,} quarantined\n"
        f"{size(figures['bytes_read'])} read, {size(figures['bytes_written'])} written,"
        f" {figures['duration_s']:.1f} s"
    )
    gone = result.of(Done.KEPT)
    if gone:
        click.echo(
            f"note: of {count_of(len(gone), 'hour')} objects are gone from the events; the copy"
            " keeps them. --mirror drops them.",
            err=True,
        )
    without = [hour for hour in result.of(Done.WRITTEN) if hour.objects_gone]
    if without:
        click.echo(
            f"note: {count_of(len(without), 'hour')} written anew without objects that are gone"
            " from the events.",
            err=True,
        )
    told = [hour for hour in result.hours if hour.reason is not None]
    for hour in told[:_SHOWN_PROBLEMS]:
        what = "not copied" if hour.done is Done.FAILED else "written anew"
        click.echo(f"note: {_name(hour)} {what}: {hour.reason}", err=True)
    if len(told) > _SHOWN_PROBLEMS:
        click.echo(f"note: and {len(told) - _SHOWN_PROBLEMS:,} more; --json lists all.", err=True)


def _name(hour: SyncedHour) -> str:
    return f"{hour.hour:%Y-%m-%d %H}:00" if hour.hour is not None else "files under no hour"


@dataclass
class _Progress:
    """A bar of hours, where somebody looks."""

    _bar: Progress | None = field(default=None, init=False)
    _task: TaskID | None = field(default=None, init=False)

    def __enter__(self) -> _Progress:
        console = Console(stderr=True)
        if console.is_terminal:
            self._bar = Progress(
                TextColumn("copying hours"),
                BarColumn(),
                MofNCompleteColumn(),
                console=console,
                transient=True,
            )
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, hour: SyncedHour, done: int, hours: int) -> None:
        """Show that an hour is done."""
        if self._bar is None:
            return
        if self._task is None:
            self._task = self._bar.add_task("", total=hours)
        self._bar.update(self._task, completed=done)
