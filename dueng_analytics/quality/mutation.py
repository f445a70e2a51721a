"""Mutation runs: does some unit test of a view notice each of the usual mistakes?

A mutant counts when it runs on at least one test. It is killed when a test that passes with the
view as it is fails with the mutant. A survivor that gives equal rows on 1,000 generated inputs is
taken for the same view in other words; it is listed and leaves the denominator. An input is a few
rows of every relation that the view reads.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from itertools import count, islice
from random import Random
from typing import Any

import pyarrow as pa

from dueng_analytics.catalog import Catalog, Relation
from dueng_analytics.dialect import Typed
from dueng_analytics.dialect.mutation import Mutant, mutants
from dueng_analytics.dialect.probes import named_values
from dueng_analytics.engines.duckdb import DuckDBEngine, Rows
from dueng_analytics.errors import DefinitionError, DuengError, EngineError
from dueng_analytics.model.definitions import Source, View
from dueng_analytics.quality.generation import RowGenerator
from dueng_analytics.quality.likely_tests import LikelyTests
from dueng_analytics.quality.stage import (
    StagedTest,
    Template,
    clear,
    place,
    stage_tests,
    template,
)
from dueng_analytics.quality.unit_tests import row_difference

GENERATED_INPUTS = 1_000
_ROWS_AN_INPUT = 12
_FAILURES_IN_A_ROW = 50


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
    """All mutants of a view; ``error`` says why there are none."""

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
    inputs: int = GENERATED_INPUTS,
    share: tuple[int, int] = (0, 1),
) -> ViewMutation:
    """The mutation run of one view; the tests must pass with the view as it is.

    Args:
        inputs: how many generated inputs a survivor has to agree on to be equivalent; with 0 no
            survivor is.
        share: which of how many equal shares of the mutants to run, counted from zero.
    """
    with _rare_collections():
        return _mutate_view(catalog, view, engine, inputs, share)


def _mutate_view(
    catalog: Catalog, view: View, engine: DuckDBEngine, inputs: int, share: tuple[int, int]
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
        results = tuple(judge.result(mutant) for mutant in _shared(typed, share))
        tried, results = _set_equivalents_apart(
            catalog, view, typed, engine, results, inputs, share
        )
    except DuengError as error:
        return ViewMutation(view.qualified_name, (), error=error.message)
    finally:
        clear((item.schema for item in staged), engine)
    return ViewMutation(view.qualified_name, results, tried)


def _shared(typed: Typed, share: tuple[int, int]) -> Iterator[Mutant]:
    """The mutants of one share, every so manyth."""
    return islice(mutants(typed), share[0], None, share[1])


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


def _set_equivalents_apart(
    catalog: Catalog,
    view: View,
    typed: Typed,
    engine: DuckDBEngine,
    results: tuple[MutantResult, ...],
    inputs: int,
    share: tuple[int, int],
) -> tuple[int, tuple[MutantResult, ...]]:
    """The results with the survivors that give equal rows on generated inputs told apart.

    Also the number of inputs that were tried; it stops early once every survivor has differed.
    """
    agreeing = {n: result for n, result in enumerate(results) if result.verdict is Verdict.SURVIVED}
    texts: dict[int, Template] = {}
    for number, mutant in enumerate(_shared(typed, share)) if agreeing else ():
        if number in agreeing:
            with mutant.applied() as changed_typed:
                texts[number] = template(changed_typed)
    tried = 0
    with closing(_generated_inputs(catalog, view, typed, engine)) as generated:
        while agreeing and tried < inputs:
            made = next(generated, None)
            if made is None:
                break
            schema, expected = made
            tried += 1
            for number in list(agreeing):
                if not _is_equal(texts[number].at(schema), expected, engine):
                    del agreeing[number]
    if not inputs or tried < inputs:
        return tried, results
    changed = list(results)
    for number, result in agreeing.items():
        changed[number] = replace(result, verdict=Verdict.EQUIVALENT)
    return tried, tuple(changed)


def _generated_inputs(
    catalog: Catalog, view: View, typed: Typed, engine: DuckDBEngine
) -> Generator[tuple[str, Rows], None, None]:
    """Schemas of generated rows on which the view runs, each with the view's rows, without end.

    An input on which the view itself fails says nothing and is made again with another seed; a
    view that fails again and again ends the sequence. A schema is gone when the next one is asked
    for.
    """
    original = template(typed)
    named = named_values(typed)
    schema = f"generated rows of {view.qualified_name}"
    failures = 0
    for number in count():
        generator = RowGenerator(Random(f"{view.qualified_name} {number}"), named)
        rows = [
            (relation, _generated(relation, catalog, generator))
            for relation in catalog.upstream(view)
        ]
        place(catalog, rows, schema, engine)
        try:
            yield schema, engine.rows(original.at(schema))
            failures = 0
        except EngineError:
            failures += 1
        finally:
            clear([schema], engine)
        if failures == _FAILURES_IN_A_ROW:
            return


def _generated(relation: Relation, catalog: Catalog, generator: RowGenerator) -> pa.Table:
    """Rows that keep what the relation promises: columns never NULL, and a key that is one."""
    never_null = {column.name for column in relation.columns if not column.nullable}
    key: tuple[str, ...] = ()
    if isinstance(relation, View) and never_null.issuperset(relation.event_key):
        key = relation.event_key
    if isinstance(relation, Source) and relation.partition_column is not None:
        never_null.add(relation.partition_column)
    return generator.table(
        catalog.columns(relation), _ROWS_AN_INPUT, never_null=never_null, key=key
    )


def _is_equal(changed: str, expected: Rows, engine: DuckDBEngine) -> bool:
    try:
        output = engine.rows(changed)
    except EngineError:
        return False
    return output == expected or _counted(output) == _counted(expected)


def _counted(rows: Rows) -> Counter[str]:
    """The rows with how often each stands there, map entries in the order of their keys."""
    return Counter(repr([_in_order(value) for value in row.values()]) for row in rows)


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted(((key, _in_order(item)) for key, item in value.items()), key=repr)
    return [_in_order(item) for item in value] if isinstance(value, list) else value
