"""Mutation runs of many views, shared among processes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dueng_analytics.catalog import Catalog
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.model.definitions import View
from dueng_analytics.quality.jobs import carried_out, longest_first
from dueng_analytics.quality.mutation import (
    GENERATED_INPUTS,
    Tally,
    Verdict,
    ViewMutation,
    by_operator,
    by_view,
    mutate_view,
)

_CHARACTERS_A_SHARE = 8_000
"""A view of more SQL than this is shared: its mutants are many, and each is slow to plan."""


@dataclass(frozen=True, slots=True)
class _Work:
    """A share of the mutants of one view."""

    view: str
    share: tuple[int, int]
    inputs: int


def mutate_to_score(
    catalog: Catalog,
    views: Sequence[View],
    minimum_percent: float,
    *,
    jobs: int = 1,
    progress: Callable[[ViewMutation], None] | None = None,
) -> Sequence[ViewMutation]:
    """The mutation run of every given view, survivors put to generated inputs where it matters.

    To show that a survivor means the same as its view takes longer than all else. Counted as
    unnoticed it makes a score only lower, so it is shown for those views alone that, by themselves
    or by a kind of mistake, do not reach the minimum without.
    """
    runs = mutate(catalog, views, jobs=jobs, inputs=0, progress=progress)
    low = {tally.name for tally in by_operator(runs) if _is_below(tally, minimum_percent)}
    again = [
        view
        for view, run, tally in zip(views, runs, by_view(runs), strict=True)
        if _is_below(tally, minimum_percent)
        or any(r.verdict is Verdict.SURVIVED and r.operator in low for r in run.results)
    ]
    if not again:
        return runs
    shown = {run.view: run for run in mutate(catalog, again, jobs=jobs)}
    return [shown.get(run.view, run) for run in runs]


def _is_below(tally: Tally, minimum_percent: float) -> bool:
    return tally.score is not None and 100 * tally.score < minimum_percent


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
        progress: told of each view as it is done, in whatever order.
    """
    works: list[_Work] = []
    for view in longest_first(views):
        count = min(jobs, 1 + len(view.sql) // _CHARACTERS_A_SHARE)
        works += [_Work(view.qualified_name, (n, count), inputs) for n in range(count)]
    shares: dict[str, dict[int, ViewMutation]] = defaultdict(dict)
    runs: dict[str, ViewMutation] = {}
    for work, part in carried_out(catalog, works, _carry_out, jobs):
        name, (number, count) = work.view, work.share
        shares[name][number] = part
        if len(shares[name]) == count:
            runs[name] = _joined([shares[name][number] for number in range(count)])
            if progress is not None:
                progress(runs[name])
    return [runs[view.qualified_name] for view in views]


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
    tried = max(part.generated_inputs for part in parts)
    return ViewMutation(parts[0].view, tuple(placed[n] for n in sorted(placed)), tried)


def _carry_out(catalog: Catalog, engine: DuckDBEngine, work: _Work) -> ViewMutation:
    view = catalog.relations[work.view]
    assert isinstance(view, View)
    return mutate_view(catalog, view, engine, inputs=work.inputs, share=work.share)
