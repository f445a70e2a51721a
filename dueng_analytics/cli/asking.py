"""Events for a command: read out of files here, or asked of Athena or Trino there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from dueng_analytics.cli.output import count_of, size
from dueng_analytics.cli.reading import Reading
from dueng_analytics.config import Config
from dueng_analytics.errors import UsageError
from dueng_analytics.lake.window import Window
from dueng_analytics.remote import RemoteWorkspace
from dueng_analytics.target_settings import Target
from dueng_analytics.workspace import Workspace

Told = Callable[[], None]
"""Says on standard error what getting the rows took, and what was lost on the way."""


@contextmanager
def opened(
    config: Config, target: Target | None, window: Window | None, *, strict: bool = False
) -> Iterator[tuple[Workspace | RemoteWorkspace, Told]]:
    """A workspace over the configured events or over a target's tables, closed afterwards.

    Raises:
        UsageError: ``strict`` with a target: engines do not tell what they cannot read.
    """
    if target is None:
        reading = Reading(config, strict=strict)
        with reading.workspace(window) as workspace:
            yield workspace, lambda: reading.report_losses(workspace)
        return
    if strict:
        raise UsageError(
            "--strict is about event files, and a target was given",
            hint="Athena and Trino do not tell which records they cannot read.",
        )
    with RemoteWorkspace(config, target, window=window) as remote:
        yield remote, lambda: _tell_what_it_took(remote)


def _tell_what_it_took(remote: RemoteWorkspace) -> None:
    made = remote.statistics
    if not made:
        return
    parts = [size(sum(each.scanned_bytes or 0 for each in made)) + " scanned"]
    costs = [each.cost_usd for each in made if each.cost_usd is not None]
    if costs:
        parts.append(f"about {sum(costs):.5f} USD at the list price")
    again = sum(each.from_cache for each in made)
    if again:
        parts.append(f"{count_of(again, 'result')} given again")
    ids = ", ".join(each.query_id for each in made if each.query_id)
    click.echo(f"{remote.engine.name}: {', '.join(parts)}; {ids}", err=True)
