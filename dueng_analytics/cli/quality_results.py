"""What `dueng test` found: as tables and lines for a person, as facts for a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar, Protocol

import click
from rich import box
from rich.markup import escape
from rich.table import Table

from dueng_analytics.cli.output import count_of, print_table
from dueng_analytics.quality import summary
from dueng_analytics.quality.coverage import ViewCoverage
from dueng_analytics.quality.defects import DefectOutcome
from dueng_analytics.quality.mutation import (
    Tally,
    Verdict,
    ViewMutation,
    by_operator,
    by_view,
    total,
)
from dueng_analytics.quality.unit_tests import Outcome


class QualityResult(Protocol):
    """One kind of result; ``problems`` are what makes the command fail."""

    name: ClassVar[str]

    @property
    def problems(self) -> Sequence[str]: ...

    def show(self) -> None: ...

    def facts(self) -> object: ...


@dataclass(frozen=True)
class UnitTestResult:
    """The outcomes of unit tests."""

    name: ClassVar[str] = "tests"
    outcomes: tuple[Outcome, ...]

    @property
    def problems(self) -> Sequence[str]:
        return summary.unit_test_failures(self.outcomes)

    def show(self) -> None:
        _print(summary.unit_test_table(self.outcomes))
        for failure in self.problems:
            click.echo(f"\n{failure}")
        failed = len(self.problems)
        click.echo(
            f"\n{count_of(len(self.outcomes), 'unit test')}:"
            f" {len(self.outcomes) - failed:,} passed, {failed:,} failed"
        )

    def facts(self) -> object:
        return [
            {
                "view": outcome.view.qualified_name,
                "test": outcome.test.name,
                "path": str(outcome.test.where.path),
                "line": outcome.test.where.line,
                "passed": outcome.passed,
                "difference": outcome.difference,
                "error": outcome.error,
            }
            for outcome in self.outcomes
        ]


@dataclass(frozen=True)
class CoverageResult:
    """What unit tests reach."""

    name: ClassVar[str] = "coverage"
    views: tuple[ViewCoverage, ...]

    @property
    def problems(self) -> Sequence[str]:
        return summary.coverage_problems(self.views)

    def show(self) -> None:
        click.echo()
        _print(summary.coverage_table(self.views))
        _print_lines(self.problems)
        declared = sum(len(view.excluded) for view in self.views)
        click.echo(
            f"\n{count_of(len(self.problems), 'problem')} of coverage,"
            f" {count_of(declared, 'declared gap')}"
        )

    def facts(self) -> object:
        return [
            {
                "view": view.view,
                "columns": [asdict(column) for column in view.columns],
                "branches": [asdict(branch) for branch in view.branches],
                "gaps": list(view.gaps),
                "declared": [
                    {"gap": item.gap, "reason": item.reason, "needed": item not in view.needless}
                    for item in view.excluded
                ],
                "error": view.error,
            }
            for view in self.views
        ]


@dataclass(frozen=True)
class MutationResult:
    """What became of mutants; ``minimum`` is the score in percent that is asked for."""

    name: ClassVar[str] = "mutation"
    runs: tuple[ViewMutation, ...]
    minimum: float

    @property
    def problems(self) -> Sequence[str]:
        return summary.mutation_problems(self.runs, self.minimum)

    def show(self) -> None:
        click.echo()
        _print(summary.view_table(self.runs))
        click.echo()
        _print(summary.operator_table(self.runs))
        survivors = summary.survivors(self.runs)
        if survivors:
            click.echo("\nNoticed by no test:")
            _print_lines(survivors)
        equivalent = summary.survivors(self.runs, Verdict.EQUIVALENT)
        if equivalent:
            inputs = max(run.generated_inputs for run in self.runs)
            click.echo(f"\nEqual on {inputs:,} generated inputs, and not counted:")
            _print_lines(equivalent)
        if self.problems:
            click.echo("\nBelow the score asked for:")
            _print_lines(self.problems)
        whole = total(self.runs)
        score = "no score" if whole.score is None else f"{100 * whole.score:.1f} % noticed"
        click.echo(f"\n{count_of(whole.made, 'mutant')}: {score}")

    def facts(self) -> object:
        return {
            "views": [_tally(tally) for tally in by_view(self.runs)],
            "operators": [_tally(tally) for tally in by_operator(self.runs)],
            "total": _tally(total(self.runs)),
            "survivors": list(summary.survivors(self.runs)),
            "equivalent": list(summary.survivors(self.runs, Verdict.EQUIVALENT)),
            "problems": list(self.problems),
        }


@dataclass(frozen=True)
class DefectResult:
    """Whether known defects are noticed."""

    name: ClassVar[str] = "defects"
    outcomes: tuple[DefectOutcome, ...]

    @property
    def problems(self) -> Sequence[str]:
        return [
            f"{outcome.reintroduction.where}: {outcome.reintroduction.id}"
            f" in {outcome.reintroduction.view.qualified_name}: {outcome.problem}"
            for outcome in self.outcomes
            if not outcome.noticed
        ]

    def show(self) -> None:
        _print_lines(self.problems)
        noticed = sum(outcome.noticed for outcome in self.outcomes)
        click.echo(
            f"\n{count_of(len(self.outcomes), 'known defect')} brought back:"
            f" {noticed:,} noticed, {len(self.outcomes) - noticed:,} not"
        )

    def facts(self) -> object:
        return [
            {
                "id": outcome.reintroduction.id,
                "view": outcome.reintroduction.view.qualified_name,
                "test": outcome.reintroduction.test.name,
                "noticed": outcome.noticed,
                "problem": outcome.problem,
            }
            for outcome in self.outcomes
        ]


def _tally(tally: Tally) -> dict[str, object]:
    return {**asdict(tally), "score": tally.score}


def _print(table: summary.Table) -> None:
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=table.total is not None)
    for number, heading in enumerate(table.header):
        footer = escape(table.total[number]) if table.total is not None else ""
        shown.add_column(
            heading, footer=footer, justify="right" if number else "left", no_wrap=not number
        )
    for row in table.rows:
        shown.add_row(*(escape(text) for text in row))
    print_table(shown)


def _print_lines(lines: Sequence[str]) -> None:
    for line in lines:
        click.echo(f"  {line}")
