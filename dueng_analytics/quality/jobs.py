"""Work on views that is shared among processes, each with a catalog and an engine of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar

from dueng_analytics.catalog import Catalog
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.model.definitions import Definitions, View

Work = TypeVar("Work")
Result = TypeVar("Result")


def longest_first(views: Sequence[View]) -> Sequence[View]:
    """The views so that no process is left alone with a long one at the end."""
    return sorted(views, key=lambda view: -len(view.sql) * len(view.tests))


def carried_out(
    catalog: Catalog,
    works: Sequence[Work],
    carry_out: Callable[[Catalog, DuckDBEngine, Work], Result],
    jobs: int,
) -> Iterator[tuple[Work, Result]]:
    """Each work with its result, in the order in which they are done.

    Args:
        works: names rather than objects of the catalog, which another process has its own of.
        carry_out: a function of a module, so that another process finds it.
        jobs: processes to use, at most one for each work; with one it is done here.
    """
    jobs = min(jobs, len(works))
    if jobs <= 1:
        with DuckDBEngine(threads=1) as engine:
            for work in works:
                yield work, carry_out(catalog, engine, work)
        return
    with ProcessPoolExecutor(
        jobs,
        mp_context=get_context("spawn"),
        initializer=_start_worker,
        initargs=(catalog.definitions, dict(catalog.databases)),
    ) as pool:
        running = {pool.submit(_in_worker, carry_out, work): work for work in works}
        for future in as_completed(running):
            yield running[future], future.result()


# A worker process keeps its catalog and engine for all the work that it is given.
_WORKER: list[tuple[Catalog, DuckDBEngine]] = []


def _start_worker(definitions: Definitions, databases: dict[str, str]) -> None:
    _WORKER.append((Catalog(definitions, databases), DuckDBEngine(threads=1)))


def _in_worker(carry_out: Callable[[Catalog, DuckDBEngine, Work], Result], work: Work) -> Result:
    catalog, engine = _WORKER[0]
    return carry_out(catalog, engine, work)
