"""``dueng demo``."""

from __future__ import annotations

from pathlib import Path

import click

from dueng_analytics.cli.report import render
from dueng_analytics.config import load_config
from dueng_analytics.reporting.period import read_period
from dueng_analytics.resources import packaged

# the days of the story that fixtures/README.md tells
FIRST_DAY, LAST_DAY = "2026-10-19", "2026-11-10"


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("dueng-demo"),
    metavar="DIR",
    help="Folder for the page [dueng-demo].",
)
@click.option("--timezone", "time_zone", metavar="ZONE", help="Zone of days [UTC].")
def command(out: Path, time_zone: str | None) -> None:
    """Render the campaign report over the packaged events: no account, no network."""
    fixtures = packaged("fixtures")
    flags = {
        "events": tuple(sorted(str(path) for path in fixtures.iterdir() if path.is_dir())),
        "names": str(fixtures / "names.csv"),
        "time_zone": time_zone,
    }
    # whatever a project or the environment configures is about other events
    config = load_config(flags, {}, Path(fixtures.anchor))
    render(
        "campaign_performance",
        config,
        read_period(FIRST_DAY, LAST_DAY, config.time_zone),
        out,
        origins=("the example events that come with dueng-analytics",),
    )
