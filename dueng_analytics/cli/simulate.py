"""``dueng simulate``."""

from __future__ import annotations

import json
import shlex
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path

import click
from rich.table import Table

from dueng_analytics.cli.options import json_option
from dueng_analytics.cli.output import count_of, print_table, shown_path, size
from dueng_analytics.errors import UnknownName, UsageError
from dueng_analytics.simulate import FORMATS, PROFILES, Faults, Plan, Simulation, simulate

_KINDS = tuple(item.name.replace("_", "-") for item in fields(Faults))


@click.command("simulate")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--profile",
    default="mixed",
    show_default=True,
    metavar="NAME",
    help=f"Services and channels: {', '.join(PROFILES)}.",
)
@click.option("--events", default=100_000, show_default=True, help="About how many events.")
@click.option("--days", default=30, show_default=True, help="Days of sending.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same files.")
@click.option(
    "--first-day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="First day of sending [2026-09-01; of a migration so that 2026-10-30 is in the middle].",
)
@click.option(
    "--format",
    "file_format",
    default="parquet",
    show_default=True,
    metavar="NAME",
    help=f"Of the event files: {' or '.join(FORMATS)}.",
)
@click.option(
    "--faults",
    "rates",
    metavar="RATES",
    help=f"One rate for all, or KIND=RATE,… with {', '.join(_KINDS)}; none for no fault at all.",
)
@click.option(
    "--buffer",
    "buffer_s",
    default=900,
    show_default=True,
    metavar="SECONDS",
    help="After how long Firehose closes an object, 60 to 900.",
)
@click.option("--jobs", type=int, help="Processes [as many as there are cores].")
@json_option
def command(
    folder: Path,
    profile: str,
    events: int,
    days: int,
    seed: int,
    first_day: datetime | None,
    file_format: str,
    rates: str | None,
    buffer_s: int,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Make a lake of invented events whose true counts are known.

    DIR gets the event files and, beside them, a ledger of what really happened. It has to be empty
    or absent; where this very lake is there already, nothing is done.
    """
    plan = Plan(
        profile,
        events,
        days,
        seed,
        _day(first_day),
        file_format,
        read_faults(rates, file_format),
        buffer_s,
    )
    made = simulate(folder, plan, jobs=jobs)
    if as_json:
        click.echo(json.dumps(_facts(plan, made), indent=2))
        return
    if made.was_there:
        click.echo(f"This lake is in {shown_path(folder)} already; nothing was done.", err=True)
    else:
        click.echo(f"Made in {made.seconds:.1f} s.", err=True)
    print_table(_table(made))
    lake = shlex.quote(str(shown_path(made.events)))
    click.echo(
        f"{count_of(made.totals['messages'], 'message')},"
        f" {count_of(made.totals['events'], 'event')}."
        f" The truth about them: {shown_path(made.truth)}\n"
        f'Try: dueng query "select channel, final_status, count(*) as messages from messages'
        f' group by 1, 2" --events {lake}',
        err=True,
    )


def read_faults(text: str | None, file_format: str) -> Faults:
    """The rates that a text gives.

    Raises:
        UsageError: no rate, or a kind that there is not.
    """
    if text is None:
        return Faults()
    if text.strip().lower() == "none":
        return Faults(0.0, 0.0, 0.0, 0.0, 0.0)
    if "=" not in text:
        rate = _rate(text, text)
        # Of a Parquet lake all means all that it can have.
        return Faults(rate, rate, rate, *([rate, rate] if file_format == "json" else []))
    given: dict[str, float] = {}
    for part in text.split(","):
        kind, _, rate_text = part.partition("=")
        name = kind.strip().lower().replace("_", "-")
        if name not in _KINDS:
            raise UnknownName(
                "kind of fault", kind.strip(), _KINDS, hint=f"There are {', '.join(_KINDS)}."
            )
        given[name.replace("-", "_")] = _rate(rate_text, text)
    return Faults(**given)


def _rate(text: str, whole: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(
            f"--faults {whole} gives no rate",
            hint="Write for instance --faults 0.01, --faults repeats=0.05,disorder=0.02 or"
            " --faults none.",
        ) from None


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment is not None else None


def _table(made: Simulation) -> Table:
    table = Table(box=None)
    table.add_column("source", no_wrap=True)
    for name in ("records", "files", "size"):
        table.add_column(name, justify="right", no_wrap=True)
    for source, sums in made.totals["sources"].items():
        table.add_row(source, f"{sums['records']:,}", f"{sums['objects']:,}", size(sums["bytes"]))
    return table


def _facts(plan: Plan, made: Simulation) -> dict[str, object]:
    return {
        "events": str(made.events),
        "truth": str(made.truth),
        "was_there": made.was_there,
        "seconds": round(made.seconds, 1),
        "parameters": plan.parameters(),
        "totals": made.totals,
    }
