"""Mutation runs: does some unit test of a view notice each of the usual mistakes?

A mutant counts when it runs on at least one test. It is killed when a test that passes with the
view as it is fails with the mutant. A survivor that means the same as its view
(:mod:`dueng_analytics.quality.equivalence`) is listed and leaves the denominator.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from itertools import islice

from dueng_analytics.catalog import Catalog
from dueng_analytics.dialect.mutation import Mutant, mutants
from dueng_analytics.engines.duckdb import DuckDBEngine, Rows
from dueng_analytics.errors import DefinitionError, DuengError, EngineError
from dueng_analytics.model.definitions import View
from dueng_analytics.quality.likely_tests import LikelyTests
from dueng_analytics.quality.stage import StagedTest, clear, stage_tests, template
from dueng_analytics.quality.unit_tests import row_difference


class Verdict(Enum):
    """What became of a mutant."""

    FAILED = "failed to run"
    KILLED = "killed"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"


@dataclass(frozen=True, slots=True)
class MutantResult:
    """One mutant of a view with its verdict, and the first test that noticed it."""

    view: str
    operator: str
    place: int
    line: int
    before: str
    after: str
    verdict: Verdict
    killed_by: str | None = None


@dataclass(frozen=True, slots=True)
class ViewMutation:
    """All mutants of a view; ``error`` says why there are none.

    ``generated_inputs`` counts those that survivors were put to.
    """

    view: str
    results: tuple[MutantResult, ...]
    generated_inputs: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """The figures of one line of the table: an operator's or a view's."""

    name: str
    places: int
    made: int
    failed: int
    killed: int
    survived: int
    equivalent: int

    @property
    def score(self) -> float | None:
        """The share of mutants noticed, of those that run and differ; None where there is none."""
        counted = self.killed + self.survived
        return self.killed / counted if counted else None


def mutate_view(
    catalog: Catalog,
    view: View,
    engine: DuckDBEngine,
    *,
    share: tuple[int, int] = (0, 1),
) -> ViewMutation:
    """What the tests of one view notice of its mutants; they must pass with the view as it is.

    Args:
        share: which of how many equal shares of the mutants to run, counted from zero.
    """
    with _rare_collections():
        return _mutate_view(catalog, view, engine, share)


def _mutate_view(
    catalog: Catalog, view: View, engine: DuckDBEngine, share: tuple[int, int]
) -> ViewMutation:
    staged: Sequence[StagedTest] = ()
    try:
        typed = catalog.typed(view)
        staged = stage_tests(catalog, view, engine)
        original = template(typed)
        outputs = {}
        for item in staged:
            outputs[item.schema] = engine.rows(original.at(item.schema))
            difference = row_difference(view, item.test, outputs[item.schema])
            if difference is not None:
                raise DefinitionError(
                    f"the test {item.test.name!r} fails as it is",
                    where=item.test.where,
                    hint="Mutation says something only where all tests pass: run `dueng test`.",
                )
        judge = _Judge(view, engine, LikelyTests(list(staged)), outputs)
        results = tuple(
            judge.result(mutant) for mutant in islice(mutants(typed), share[0], None, share[1])
        )
    except DuengError as error:
        return ViewMutation(view.qualified_name, (), error=error.message)
    finally:
        clear((item.schema for item in staged), engine)
    return ViewMutation(view.qualified_name, results)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Fewer runs of the garbage collector, which walks large trees for a third of the time."""
    thresholds = gc.get_threshold()
    gc.set_threshold(200_000, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


def by_operator(runs: Iterable[ViewMutation]) -> Sequence[Tally]:
    """The figures of each operator over all views, operators in their order of definition."""
    results = [result for run in runs for result in run.results]
    names = dict.fromkeys(result.operator for result in results)
    return [_tally(name, [r for r in results if r.operator == name]) for name in names]


def by_view(runs: Iterable[ViewMutation]) -> Sequence[Tally]:
    """The figures of each view over all operators."""
    return [_tally(run.view, run.results) for run in runs]


def total(runs: Iterable[ViewMutation]) -> Tally:
    """The figures of everything."""
    return _tally("all", [result for run in runs for result in run.results])


def _tally(name: str, results: Sequence[MutantResult]) -> Tally:
    verdicts = Counter(result.verdict for result in results)
    return Tally(
        name=name,
        places=len({(result.view, result.operator, result.place) for result in results}),
        made=len(results),
        failed=verdicts[Verdict.FAILED],
        killed=verdicts[Verdict.KILLED],
        survived=verdicts[Verdict.SURVIVED],
        equivalent=verdicts[Verdict.EQUIVALENT],
    )


@dataclass(slots=True)
class _Judge:
    """Runs mutants over the staged tests, the likeliest to notice them first."""

    view: View
    engine: DuckDBEngine
    tests: LikelyTests
    outputs: dict[str, Rows]

    def result(self, mutant: Mutant) -> MutantResult:
        verdict, test = self._verdict(mutant)
        return MutantResult(
            self.view.qualified_name, mutant.operator, mutant.place, mutant.line, mutant.before,
            mutant.after, verdict, test.test.name if test is not None else None,
        )  # fmt: skip

    def _verdict(self, mutant: Mutant) -> tuple[Verdict, StagedTest | None]:
        try:
            with mutant.applied() as typed:
                changed = template(typed)
        except DuengError:
            return Verdict.FAILED, None
        refused: StagedTest | None = None
        ran = False
        sql = (mutant.before, mutant.after)
        for item in self.tests.in_order(mutant.line, sql, mutant.output):
            try:
                output = self.engine.rows(changed.at(item.schema))
            except EngineError:
                refused = refused or item
                continue
            ran = True
            if self._noticed(item, output):
                self.tests.noticed(item, mutant.line)
                return Verdict.KILLED, item
        if not ran:
            return Verdict.FAILED, None
        return (Verdict.KILLED, refused) if refused is not None else (Verdict.SURVIVED, None)

    def _noticed(self, item: StagedTest, output: Rows) -> bool:
        if output == self.outputs[item.schema]:
            return False
        return row_difference(self.view, item.test, output) is not None
