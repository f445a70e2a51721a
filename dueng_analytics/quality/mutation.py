"""Mutation runs: does some unit test of a view notice each of the usual mistakes?

A mutant counts when it runs on at least one test. It is killed when a test that passes with the
view as it is fails with the mutant. A survivor that gives equal rows on 1,000 generated inputs is
taken for the same view in other words; it is listed and leaves the denominator. An input is a few
rows of every relation that the view reads.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from itertools import count
from multiprocessing import get_context
from random import Random
from typing import Any

import pyarrow as pa

from dueng_analytics.catalog import Catalog, Relation
from dueng_analytics.dialect import Typed
from dueng_analytics.dialect.mutation import Mutant, mutants
from dueng_analytics.dialect.probes import named_values
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import DefinitionError, DuengError, EngineError
from dueng_analytics.model.definitions import Definitions, Source, View
from dueng_analytics.quality.generation import RowGenerator
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


def mutate(
    catalog: Catalog,
    views: Sequence[View],
    *,
    jobs: int = 1,
    inputs: int = GENERATED_INPUTS,
    progress: Callable[[ViewMutation], None] | None = None,
) -> Sequence[ViewMutation]:
    """The mutation run of every given view, in the order given.

    Args:
        jobs: processes to use; each has an engine and a catalog of its own.
        inputs: how many generated inputs a survivor has to agree on to be equivalent.
        progress: told of each view as it is done.
    """
    if jobs <= 1 or len(views) <= 1:
        with DuckDBEngine(threads=1) as engine:
            return [
                _told(mutate_view(catalog, view, engine, inputs=inputs), progress) for view in views
            ]
    with ProcessPoolExecutor(
        min(jobs, len(views)),
        mp_context=get_context("spawn"),
        initializer=_start_worker,
        initargs=(catalog.definitions, dict(catalog.databases)),
    ) as pool:
        work = [(view.qualified_name, inputs) for view in views]
        return [_told(result, progress) for result in pool.map(_mutate_named, work)]


def mutate_view(
    catalog: Catalog, view: View, engine: DuckDBEngine, *, inputs: int = GENERATED_INPUTS
) -> ViewMutation:
    """The mutation run of one view; the tests must pass with the view as it is.

    Args:
        inputs: how many generated inputs a survivor has to agree on to be equivalent.
    """
    with _rare_collections():
        return _mutate_view(catalog, view, engine, inputs)


def _mutate_view(catalog: Catalog, view: View, engine: DuckDBEngine, inputs: int) -> ViewMutation:
    staged: Sequence[StagedTest] = ()
    try:
        typed = catalog.typed(view)
        staged = stage_tests(catalog, view, engine)
        original = template(typed)
        outputs = {}
        for item in staged:
            outputs[item.schema] = engine.run(original.at(item.schema))
            difference = row_difference(view, item.test, outputs[item.schema].to_pylist())
            if difference is not None:
                raise DefinitionError(
                    f"the test {item.test.name!r} fails as it is",
                    where=item.test.where,
                    hint="Mutation says something only where all tests pass: run `dueng test`.",
                )
        judge = _Judge(view, engine, list(staged), outputs)
        results = tuple(judge.result(mutant) for mutant in mutants(typed))
        tried, results = _set_equivalents_apart(catalog, view, typed, engine, results, inputs)
    except DuengError as error:
        return ViewMutation(view.qualified_name, (), error=error.message)
    finally:
        clear((item.schema for item in staged), engine)
    return ViewMutation(view.qualified_name, results, tried)


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
    """Runs mutants over the staged tests, those that noticed the most so far first."""

    view: View
    engine: DuckDBEngine
    tests: list[StagedTest]
    outputs: dict[str, pa.Table]

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
        for position, item in enumerate(self.tests):
            try:
                output = self.engine.run(changed.at(item.schema))
            except EngineError:
                refused = refused or item
                continue
            ran = True
            if self._noticed(item, output):
                # A test that has noticed one mutant tends to notice the next one too.
                self.tests.insert(max(0, position // 2), self.tests.pop(position))
                return Verdict.KILLED, item
        if not ran:
            return Verdict.FAILED, None
        return (Verdict.KILLED, refused) if refused is not None else (Verdict.SURVIVED, None)

    def _noticed(self, item: StagedTest, output: pa.Table) -> bool:
        if output.equals(self.outputs[item.schema]):
            return False
        return row_difference(self.view, item.test, output.to_pylist()) is not None


def _set_equivalents_apart(
    catalog: Catalog,
    view: View,
    typed: Typed,
    engine: DuckDBEngine,
    results: tuple[MutantResult, ...],
    inputs: int,
) -> tuple[int, tuple[MutantResult, ...]]:
    """The results with the survivors that give equal rows on generated inputs told apart.

    Also the number of inputs that were tried; it stops early once every survivor has differed.
    """
    agreeing = {n: result for n, result in enumerate(results) if result.verdict is Verdict.SURVIVED}
    texts: dict[int, Template] = {}
    for number, mutant in enumerate(mutants(typed)) if agreeing else ():
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
    if tried < inputs:
        return tried, results
    changed = list(results)
    for number, result in agreeing.items():
        changed[number] = replace(result, verdict=Verdict.EQUIVALENT)
    return tried, tuple(changed)


def _generated_inputs(
    catalog: Catalog, view: View, typed: Typed, engine: DuckDBEngine
) -> Generator[tuple[str, pa.Table], None, None]:
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
            yield schema, engine.run(original.at(schema))
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


def _is_equal(changed: str, expected: pa.Table, engine: DuckDBEngine) -> bool:
    try:
        output = engine.run(changed)
    except EngineError:
        return False
    return output.equals(expected) or _counted(output) == _counted(expected)


def _counted(table: pa.Table) -> Counter[str]:
    """The rows with how often each stands there, map entries in the order of their keys."""
    maps = [pa.types.is_map(kind) for kind in table.schema.types]
    columns = [
        [_sorted(value) if is_map else value for value in column.to_pylist()]
        for column, is_map in zip(table.columns, maps, strict=True)
    ]
    return Counter(repr(row) for row in zip(*columns, strict=True))


def _sorted(entries: list[Any] | None) -> list[Any] | None:
    return None if entries is None else sorted(entries, key=repr)


def _told(result: ViewMutation, progress: Callable[[ViewMutation], None] | None) -> ViewMutation:
    if progress is not None:
        progress(result)
    return result


# A worker process keeps its catalog and engine for all views that it is given.
_WORKER: list[tuple[Catalog, DuckDBEngine]] = []


def _start_worker(definitions: Definitions, databases: dict[str, str]) -> None:
    _WORKER.append((Catalog(definitions, databases), DuckDBEngine(threads=1)))


def _mutate_named(work: tuple[str, int]) -> ViewMutation:
    name, inputs = work
    catalog, engine = _WORKER[0]
    view = catalog.relations[name]
    assert isinstance(view, View)
    return mutate_view(catalog, view, engine, inputs=inputs)
