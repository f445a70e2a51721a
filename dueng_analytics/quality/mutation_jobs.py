"""Mutation runs of many views, shared among processes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from dueng_analytics.catalog import Catalog
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.model.definitions import View
from dueng_analytics.quality.equivalence import (
    GENERATED_INPUTS,
    Comparison,
    equivalent_mutants,
)
from dueng_analytics.quality.jobs import Result, carried_out, longest_first
from dueng_analytics.quality.mutation import (
    Tally,
    Verdict,
    ViewMutation,
    by_operator,
    by_view,
    mutate_view,
)

Progress = Callable[[str], None]

_CHARACTERS_A_SHARE = 8_000
"""A view of more SQL than this is shared: its mutants are many, and each is slow to plan."""


@dataclass(frozen=True, slots=True)
class _Share:
    """A share of the mutants of one view, to be put to its tests."""

    view: str
    share: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Survivors:
    """Some survivors of one view, by their numbers, to be put to generated inputs."""

    view: str
    numbers: frozenset[int]
    inputs: int


_Work = TypeVar("_Work", _Share, _Survivors)


def mutate(
    catalog: Catalog,
    views: Sequence[View],
    *,
    jobs: int = 1,
    inputs: int = GENERATED_INPUTS,
    progress: Progress | None = None,
) -> Sequence[ViewMutation]:
    """The mutation run of every given view, in the order given, each survivor put to inputs.

    Args:
        jobs: processes to use; each has an engine and a catalog of its own.
        inputs: how many generated inputs a survivor has to agree on to be equivalent.
        progress: told of each view twice, in whatever order: once its tests are done with its
            mutants, and once its survivors are done with or there are none.
    """
    runs = _judged(catalog, views, jobs, progress)
    chosen = {run.view: _survivors(run) for run in runs}
    return _compared(catalog, views, runs, chosen, inputs, jobs, progress)


def mutate_to_score(
    catalog: Catalog,
    views: Sequence[View],
    minimum_percent: float,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Sequence[ViewMutation]:
    """The same, with survivors put to generated inputs only where it matters.

    To show that a survivor means the same as its view takes longer than all else. Counted as
    unnoticed it makes a score only lower, so it is shown for those alone whose view or kind of
    mistake does not reach the minimum without.
    """
    runs = _judged(catalog, views, jobs, progress)
    low = {tally.name for tally in by_operator(runs) if _is_below(tally, minimum_percent)}
    chosen: dict[str, frozenset[int]] = {}
    for run, tally in zip(runs, by_view(runs), strict=True):
        whole = _is_below(tally, minimum_percent)
        chosen[run.view] = frozenset(
            number for number in _survivors(run) if whole or run.results[number].operator in low
        )
    return _compared(catalog, views, runs, chosen, GENERATED_INPUTS, jobs, progress)


def _is_below(tally: Tally, minimum_percent: float) -> bool:
    return tally.score is not None and 100 * tally.score < minimum_percent


def _survivors(run: ViewMutation) -> frozenset[int]:
    return frozenset(n for n, r in enumerate(run.results) if r.verdict is Verdict.SURVIVED)


def _judged(
    catalog: Catalog, views: Sequence[View], jobs: int, progress: Progress | None
) -> Sequence[ViewMutation]:
    """What the tests notice, view by view in the order given."""
    works: list[_Share] = []
    for view in longest_first(views):
        count = _shares(view, jobs)
        works += [_Share(view.qualified_name, (n, count)) for n in range(count)]
    found = _gathered(catalog, works, _put_to_tests, jobs, progress)
    return [_joined(found[view.qualified_name]) for view in views]


def _shares(view: View, jobs: int) -> int:
    return min(jobs, 1 + len(view.sql) // _CHARACTERS_A_SHARE)


def _joined(parts: Sequence[ViewMutation]) -> ViewMutation:
    """The run of a view from those of its shares, mutants in their order."""
    error = next((part.error for part in parts if part.error is not None), None)
    if error is not None:
        return ViewMutation(parts[0].view, (), error=error)
    placed = {
        place * len(parts) + number: result
        for number, part in enumerate(parts)
        for place, result in enumerate(part.results)
    }
    return ViewMutation(parts[0].view, tuple(placed[n] for n in sorted(placed)))


def _compared(
    catalog: Catalog,
    views: Sequence[View],
    runs: Sequence[ViewMutation],
    chosen: Mapping[str, frozenset[int]],
    inputs: int,
    jobs: int,
    progress: Progress | None,
) -> Sequence[ViewMutation]:
    """The runs with the equivalents among the chosen survivors told apart."""
    works: list[_Survivors] = []
    for view in longest_first(views):
        numbers, count = sorted(chosen[view.qualified_name]), _shares(view, jobs)
        parts = [frozenset(numbers[part::count]) for part in range(count)]
        works += [_Survivors(view.qualified_name, part, inputs) for part in parts if part]
        if progress is not None and not numbers:
            progress(view.qualified_name)
    found = _gathered(catalog, works, _put_to_inputs, jobs, progress)
    return [_set_apart(run, found.get(run.view, ())) for run in runs]


def _set_apart(run: ViewMutation, parts: Sequence[Comparison]) -> ViewMutation:
    error = next((part.error for part in parts if part.error is not None), None)
    if error is not None:
        return ViewMutation(run.view, (), error=error)
    equivalent = frozenset[int]().union(*(part.equivalent for part in parts))
    results = tuple(
        replace(result, verdict=Verdict.EQUIVALENT) if number in equivalent else result
        for number, result in enumerate(run.results)
    )
    tried = max((part.tried for part in parts), default=0)
    return replace(run, results=results, generated_inputs=tried)


def _gathered(
    catalog: Catalog,
    works: Sequence[_Work],
    carry_out: Callable[[Catalog, DuckDBEngine, _Work], Result],
    jobs: int,
    progress: Progress | None,
) -> Mapping[str, Sequence[Result]]:
    """By view, the results of its works in the order given; progress is told of whole views."""
    left = Counter(work.view for work in works)
    done: dict[_Work, Result] = {}
    for work, result in carried_out(catalog, works, carry_out, jobs):
        done[work] = result
        left[work.view] -= 1
        if progress is not None and not left[work.view]:
            progress(work.view)
    found: dict[str, list[Result]] = defaultdict(list)
    for work in works:
        found[work.view].append(done[work])
    return found


def _put_to_tests(catalog: Catalog, engine: DuckDBEngine, work: _Share) -> ViewMutation:
    return mutate_view(catalog, _view(catalog, work.view), engine, share=work.share)


def _put_to_inputs(catalog: Catalog, engine: DuckDBEngine, work: _Survivors) -> Comparison:
    view = _view(catalog, work.view)
    return equivalent_mutants(catalog, view, engine, work.numbers, inputs=work.inputs)


def _view(catalog: Catalog, name: str) -> View:
    view = catalog.relations[name]
    assert isinstance(view, View)
    return view
