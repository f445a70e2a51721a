"""Results of quality runs as tables and lines of text; whoever prints decides how they look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dueng_analytics.quality.coverage import ViewCoverage
from dueng_analytics.quality.mutation import (
    MutantResult,
    Tally,
    Verdict,
    ViewMutation,
    by_operator,
    by_view,
    total,
)
from dueng_analytics.quality.unit_tests import Outcome


@dataclass(frozen=True, slots=True)
class Table:
    """Texts in rows; all columns but the first hold numbers."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] | None = None


def unit_test_table(outcomes: Sequence[Outcome]) -> Table:
    """Per view how many unit tests passed and failed, views in the order of the outcomes."""
    names = dict.fromkeys(outcome.view.qualified_name for outcome in outcomes)
    rows = []
    for name in names:
        own = [outcome for outcome in outcomes if outcome.view.qualified_name == name]
        rows.append((name, *_passed_and_failed(own)))
    return Table(("view", "passed", "failed"), tuple(rows), ("all", *_passed_and_failed(outcomes)))


def unit_test_failures(outcomes: Iterable[Outcome]) -> Sequence[str]:
    """Each failed unit test: place, view, name, and the difference of its rows or the error."""
    return [
        f"{outcome.test.where}: {outcome.view.qualified_name}: {outcome.test.name}\n"
        + _indented(outcome.difference or outcome.error or "")
        for outcome in outcomes
        if not outcome.passed
    ]


def coverage_table(views: Sequence[ViewCoverage]) -> Table:
    """Per view how many columns and branches are covered, and the gaps left."""
    return Table(
        ("view", "columns", "filled", "may be null", "null", "branches", "taken", "gaps"),
        tuple((view.view, *_coverage_counts([view])) for view in views),
        ("all", *_coverage_counts(views)),
    )


def coverage_problems(views: Iterable[ViewCoverage]) -> Sequence[str]:
    """Undeclared gaps, needless declarations, and views that could not be measured."""
    lines: list[str] = []
    for view in views:
        if view.error is not None:
            lines.append(f"{view.view}: not measured: {view.error}")
        lines.extend(f"{view.view}: {gap}" for gap in view.gaps if view.error is None)
        lines.extend(f"{item.where}: {view.view}: not needed: {item.gap}" for item in view.needless)
    return lines


def operator_table(runs: Sequence[ViewMutation]) -> Table:
    """Per operator what became of its mutants in all views."""
    return _tally_table("operator", by_operator(runs), total(runs))


def view_table(runs: Sequence[ViewMutation]) -> Table:
    """Per view what became of its mutants."""
    return _tally_table("view", by_view(runs), total(runs))


def survivors(runs: Iterable[ViewMutation], verdict: Verdict = Verdict.SURVIVED) -> Sequence[str]:
    """The mutants that no test noticed, or those of another verdict, each on a line."""
    return [
        _mutant_line(result) for run in runs for result in run.results if result.verdict is verdict
    ]


def mutation_problems(runs: Sequence[ViewMutation], minimum_percent: float) -> Sequence[str]:
    """Views that could not be mutated, and every view and operator below a score in percent."""
    lines = [f"{run.view}: not mutated: {run.error}" for run in runs if run.error is not None]
    for tally in (*by_operator(runs), *by_view(runs)):
        if tally.score is not None and 100 * tally.score < minimum_percent:
            counted = tally.killed + tally.survived
            lines.append(
                f"{tally.name}: {tally.killed} of {counted} mutants noticed,"
                f" {100 * tally.score:.1f} % and not {minimum_percent:g} %"
            )
    return lines


def _passed_and_failed(outcomes: Sequence[Outcome]) -> tuple[str, str]:
    passed = sum(outcome.passed for outcome in outcomes)
    return str(passed), str(len(outcomes) - passed)


def _coverage_counts(views: Sequence[ViewCoverage]) -> tuple[str, ...]:
    columns = [column for view in views for column in view.columns]
    branches = [branch for view in views for branch in view.branches]
    counts = (
        len(columns),
        sum(column.filled for column in columns),
        sum(column.nullable for column in columns),
        sum(column.nullable and column.null for column in columns),
        len(branches),
        sum(branch.taken for branch in branches),
        sum(len(view.gaps) for view in views),
    )
    return tuple(str(count) for count in counts)


def _tally_table(kind: str, tallies: Sequence[Tally], whole: Tally) -> Table:
    return Table(
        (kind, "places", "made", "failed to run", "killed", "survived", "equivalent", "score %"),
        tuple(_tally_row(tally) for tally in tallies),
        _tally_row(whole),
    )


def _tally_row(tally: Tally) -> tuple[str, ...]:
    score = "" if tally.score is None else f"{100 * tally.score:.1f}"
    counts = (
        tally.places,
        tally.made,
        tally.failed,
        tally.killed,
        tally.survived,
        tally.equivalent,
    )
    return (tally.name, *(str(count) for count in counts), score)


def _mutant_line(result: MutantResult) -> str:
    return f"{result.view}, line {result.line}: {result.operator}: {result.before} → {result.after}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
