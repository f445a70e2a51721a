"""``dueng test``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from dueng_analytics.catalog import Catalog, load_catalog
from dueng_analytics.cli.options import configured, json_option, project_option
from dueng_analytics.cli.quality_results import (
    CoverageResult,
    DefectResult,
    MutationResult,
    QualityResult,
    UnitTestResult,
)
from dueng_analytics.cli.views import chosen_views
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import UsageError
from dueng_analytics.model.definitions import View
from dueng_analytics.quality.coverage import coverage as find_coverage
from dueng_analytics.quality.coverage import read_exclusions
from dueng_analytics.quality.defects import (
    DEFECTS_FILE,
    DefectOutcome,
    check_defects,
    read_decisions,
)
from dueng_analytics.quality.mutation_jobs import mutate, mutate_to_score
from dueng_analytics.quality.unit_tests import Outcome, run_unit_tests

Advance = Callable[[object], None]


@click.command("test")
@click.argument("names", metavar="[VIEW]...", nargs=-1)
@click.option("--coverage", is_flag=True, help="Which columns and branches the tests reach.")
@click.option("--mutate", "mutation", is_flag=True, help="Which mistakes the tests notice.")
@click.option(
    "--minimum-score",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Fail where a view or operator has noticed less; with --mutate.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes for --coverage and --mutate; one for each processor by default.",
)
@click.option("--defects", is_flag=True, help="Whether the known defects would be noticed.")
@json_option
@project_option
@click.pass_context
def command(
    context: click.Context,
    names: tuple[str, ...],
    coverage: bool,
    mutation: bool,
    minimum_score: float | None,
    jobs: int | None,
    defects: bool,
    as_json: bool,
    project: Path | None,
) -> None:
    """The unit tests of views on the local engine: given rows, expected rows.

    Without a name every view is tested, packaged or the project's. --coverage tells what the
    tests reach, --mutate breaks the SQL in many small ways and tells which of them no test
    notices, --defects does so with the mistakes that are known. Exit 1 where a test fails, a gap
    is not declared, a score is too low or a defect goes unnoticed.
    """
    if minimum_score is not None and not mutation:
        raise UsageError("--minimum-score is about mutation", hint="Add --mutate.")
    if jobs is not None and not (mutation or coverage):
        raise UsageError(
            "--jobs is about coverage and mutation", hint="Add --coverage or --mutate."
        )
    count = jobs or os.cpu_count() or 1
    catalog = load_catalog(*configured(project).sql_folders)
    views = chosen_views(catalog, names)
    results: list[QualityResult] = [UnitTestResult(_unit_tests(catalog, views))]
    if coverage:
        with _progress("coverage", len(views)) as advance:
            found = find_coverage(
                catalog, views, read_exclusions(catalog), jobs=count, progress=advance
            )
        results.append(CoverageResult(found))
    if mutation:
        # A view is done with in two steps: its tests, then generated inputs for what survived.
        with _progress("mutants", 2 * len(views)) as advance:
            if minimum_score is None:
                runs = mutate(catalog, views, jobs=count, progress=advance)
            else:
                runs = mutate_to_score(catalog, views, minimum_score, jobs=count, progress=advance)
        results.append(MutationResult(tuple(runs), minimum_score or 0))
    if defects:
        results.append(_defects(catalog, views))
    if as_json:
        click.echo(json.dumps({result.name: result.facts() for result in results}, indent=2))
    else:
        for result in results:
            result.show()
    if any(result.problems for result in results):
        context.exit(1)


def _unit_tests(catalog: Catalog, views: Sequence[View]) -> tuple[Outcome, ...]:
    outcomes: list[Outcome] = []
    with DuckDBEngine(threads=1) as engine, _progress("unit tests", len(views)) as advance:
        for view in views:
            outcomes.extend(run_unit_tests(catalog, [view], engine))
            advance(view)
    return tuple(outcomes)


def _defects(catalog: Catalog, views: Sequence[View]) -> DefectResult:
    wanted = {view.qualified_name for view in views}
    changes = [
        change
        for root in catalog.definitions.roots
        if (root / DEFECTS_FILE).is_file()
        for decision in read_decisions(root / DEFECTS_FILE, catalog)
        for change in decision.reintroductions
        if change.view.qualified_name in wanted
    ]
    by_view = {change.view.qualified_name: None for change in changes}
    outcomes: list[DefectOutcome] = []
    with DuckDBEngine(threads=1) as engine, _progress("defects", len(by_view)) as advance:
        for name in by_view:
            own = [change for change in changes if change.view.qualified_name == name]
            outcomes.extend(check_defects(catalog, own, engine))
            advance(name)
    return DefectResult(tuple(outcomes))


@contextmanager
def _progress(what: str, total: int) -> Iterator[Advance]:
    """A bar on the terminal that moves with every call, and nothing where there is none."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(file=sys.stderr)
    with Progress(
        *columns, console=console, transient=True, disable=not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task(f"{what} of views", total=total)
        yield lambda _: bar.advance(task)
