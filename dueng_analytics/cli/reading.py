"""What a person sees while event files are read, and is told afterwards. All on standard error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from dueng_analytics.cli.output import count_of, size
from dueng_analytics.config import Config
from dueng_analytics.lake.planning import LakePlan
from dueng_analytics.lake.window import Window
from dueng_analytics.workspace import Workspace

_SHOWN_FIELDS = 8


@dataclass
class Reading:
    """Opens workspaces that say what they read, and how far they are where somebody looks."""

    config: Config
    strict: bool = False
    _bar: Progress | None = field(default=None, init=False)
    _task: TaskID | None = field(default=None, init=False)

    @contextmanager
    def workspace(self, window: Window | None) -> Iterator[Workspace]:
        """A workspace over the configured events; what it staged is gone afterwards."""
        with (
            self._progress(),
            Workspace(
                self.config,
                window=window,
                strict=self.strict,
                announce=self._announce,
                progress=self._advance,
            ) as workspace,
        ):
            yield workspace

    def report_losses(self, workspace: Workspace) -> None:
        """Say which records could not be read, and which declared sources had none."""
        lake = workspace.lake
        if lake is None:
            return
        self._stop()
        if lake.quarantined:
            click.echo(
                f"note: {count_of(lake.quarantined, 'record')} could not be read and"
                f" {'is' if lake.quarantined == 1 else 'are'} in quarantine;"
                " `dueng quarantine` lists them."
                + (f" {lake.unknown_shapes:,} of an unknown shape." if lake.unknown_shapes else ""),
                err=True,
            )
        if lake.values_lost:
            click.echo(
                f"note: {count_of(lake.values_lost, 'value')} did not fit"
                f" {'its' if lake.values_lost == 1 else 'their'} declared type and"
                f" {'is' if lake.values_lost == 1 else 'are'} NULL.",
                err=True,
            )
        if lake.records_without_hour:
            click.echo(
                f"note: {count_of(lake.records_without_hour, 'record')} lay under no hour; their"
                " hour is that of their arrival.",
                err=True,
            )
        for family in workspace.missing_families:
            click.echo(f"note: no record of the family {family}.", err=True)

    def report_unknown_fields(self, workspace: Workspace) -> None:
        """Say which fields of the records are in no column, of every source."""
        lake = workspace.lake
        for source, fields in (lake.unknown_fields if lake is not None else {}).items():
            more = len(fields) - _SHOWN_FIELDS
            shown = ", ".join(fields[:_SHOWN_FIELDS]) + (f" and {more:,} more" if more > 0 else "")
            click.echo(
                f"note: {count_of(len(fields), 'field')} of {source}"
                f" {'is' if len(fields) == 1 else 'are'} in no column: {shown}.",
                err=True,
            )

    def _announce(self, plan: LakePlan) -> None:
        beside = f"; left out: {', '.join(plan.left_out)}" if plan.left_out else ""
        files = count_of(len(plan.files), "file")
        click.echo(f"reading {files}, {size(plan.bytes)}{beside}", err=True)
        if self._bar is not None:
            self._task = self._bar.add_task("reading", total=plan.bytes)
            self._bar.start()

    def _advance(self, done_bytes: int, total_bytes: int, files: int) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done_bytes, total=total_bytes)
            if done_bytes >= total_bytes:
                self._stop()

    @contextmanager
    def _progress(self) -> Iterator[None]:
        console = Console(stderr=True)
        if console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                DownloadColumn(),
                TimeRemainingColumn(),
                console=console,
                transient=True,
            )
        try:
            yield
        finally:
            self._stop()

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
