"""Coverage of views by their unit tests: columns filled, columns NULL, branches taken.

A branch counts as taken when a wrong value in its place changes some row of some test: it was
reached, and its value came out. What cannot be covered is declared, with a reason, in
``coverage_exceptions.yaml`` beside the families; a declaration that is not needed is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dueng_analytics.catalog import Catalog
from dueng_analytics.dialect.mutation import output_of
from dueng_analytics.dialect.probes import Branch, branches
from dueng_analytics.engines.duckdb import DuckDBEngine, Rows
from dueng_analytics.errors import DefinitionError, DuengError, EngineError, Location
from dueng_analytics.model.definitions import Column, View
from dueng_analytics.model.yaml_node import Node, read_yaml
from dueng_analytics.quality.jobs import carried_out, longest_first
from dueng_analytics.quality.likely_tests import LikelyTests
from dueng_analytics.quality.stage import StagedTest, clear, stage_tests, template

EXCEPTIONS_FILE = "coverage_exceptions.yaml"


@dataclass(frozen=True, slots=True)
class ColumnCoverage:
    """Whether a column held a value in some test, and NULL in some test."""

    name: str
    filled: bool
    null: bool
    nullable: bool


@dataclass(frozen=True, slots=True)
class BranchCoverage:
    """Whether a branch of a CASE or ``if`` was reached with its value coming out."""

    line: int
    text: str
    taken: bool


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A gap that is declared: ``gap`` is its text, ``reason`` why no test can close it."""

    relation: str
    gap: str
    reason: str
    where: Location


@dataclass(frozen=True, slots=True)
class ViewCoverage:
    """What the unit tests of one view reach; ``error`` says why nothing could be measured."""

    view: str
    columns: tuple[ColumnCoverage, ...] = ()
    branches: tuple[BranchCoverage, ...] = ()
    excluded: tuple[Exclusion, ...] = ()
    error: str | None = None

    @property
    def all_gaps(self) -> tuple[str, ...]:
        """Every gap in words, the declared ones too."""
        gaps: list[str] = []
        for column in self.columns:
            if not column.filled:
                gaps.append(f"column {column.name} never holds a value")
            if column.nullable and not column.null:
                gaps.append(f"column {column.name} is never NULL")
            if column.null and not column.nullable:
                gaps.append(f"column {column.name} is declared never NULL, and is")
        gaps.extend(f"branch {branch.text}" for branch in self.branches if not branch.taken)
        return tuple(dict.fromkeys(gaps))

    @property
    def gaps(self) -> tuple[str, ...]:
        """The gaps that nobody declared."""
        declared = {exclusion.gap for exclusion in self.excluded}
        return tuple(gap for gap in self.all_gaps if gap not in declared)

    @property
    def needless(self) -> tuple[Exclusion, ...]:
        """The declared gaps that are none (any more)."""
        if self.error is not None:
            return ()
        return tuple(item for item in self.excluded if item.gap not in self.all_gaps)


def coverage(
    catalog: Catalog,
    views: Sequence[View],
    exclusions: Sequence[Exclusion] = (),
    *,
    jobs: int = 1,
    progress: Callable[[ViewCoverage], None] | None = None,
) -> tuple[ViewCoverage, ...]:
    """What the unit tests of each given view reach, in the order given.

    Args:
        exclusions: the declared gaps, from :func:`read_exclusions`.
        jobs: processes to use; each has an engine and a catalog of its own.
        progress: told of each view as it is done, in whatever order.
    """
    works = [
        (name, tuple(item for item in exclusions if item.relation == name))
        for name in (view.qualified_name for view in longest_first(views))
    ]
    found: dict[str, ViewCoverage] = {}
    for _, one in carried_out(catalog, works, _carry_out, jobs):
        found[one.view] = one
        if progress is not None:
            progress(one)
    return tuple(found[view.qualified_name] for view in views)


def _carry_out(
    catalog: Catalog, engine: DuckDBEngine, work: tuple[str, tuple[Exclusion, ...]]
) -> ViewCoverage:
    name, excluded = work
    view = catalog.relations[name]
    assert isinstance(view, View)
    return view_coverage(catalog, view, engine, excluded)


def view_coverage(
    catalog: Catalog, view: View, engine: DuckDBEngine, excluded: tuple[Exclusion, ...] = ()
) -> ViewCoverage:
    """What the unit tests of one view reach."""
    staged: Sequence[StagedTest] = ()
    try:
        typed = catalog.typed(view)
        staged = stage_tests(catalog, view, engine)
        original = template(typed)
        outputs = {item.schema: engine.rows(original.at(item.schema)) for item in staged}
        columns = tuple(_column(column, outputs.values()) for column in view.columns)
        tests = LikelyTests(list(staged))
        reached = tuple(
            BranchCoverage(branch.line, branch.text, _is_taken(branch, tests, outputs, engine))
            for branch in branches(typed)
        )
    except DuengError as error:
        return ViewCoverage(view.qualified_name, excluded=excluded, error=error.message)
    finally:
        clear((item.schema for item in staged), engine)
    return ViewCoverage(view.qualified_name, columns, reached, excluded)


def read_exclusions(catalog: Catalog) -> tuple[Exclusion, ...]:
    """The declared gaps of every ``sql/`` folder that the catalog was read from.

    Raises:
        DefinitionError: with file and line: a missing reason, an unknown view, a gap named twice.
    """
    found: list[Exclusion] = []
    for root in catalog.definitions.roots:
        path = root / EXCEPTIONS_FILE
        if path.is_file():
            found.extend(_read_file(path, catalog))
    return tuple(found)


def _read_file(path: Path, catalog: Catalog) -> Sequence[Exclusion]:
    exclusions: list[Exclusion] = []
    for node in read_yaml(path).sequence():
        for exclusion in _exclusions(node, catalog):
            if (exclusion.relation, exclusion.gap) in {(e.relation, e.gap) for e in exclusions}:
                raise node.error(f"declares a gap of {exclusion.relation} a second time")
            exclusions.append(exclusion)
    return exclusions


def _exclusions(node: Node, catalog: Catalog) -> Sequence[Exclusion]:
    entries = node.mapping(required=("relation", "gaps", "reason"))
    name = entries["relation"].text()
    view = catalog.relations.get(name)
    if not isinstance(view, View):
        raise DefinitionError(
            f"there is no view named {name!r}",
            where=entries["relation"].where,
            hint="Write family and name, as `dueng list` does.",
        )
    reason = entries["reason"].text()
    if not reason:
        raise entries["reason"].error("is empty: a gap without a reason is a missing test")
    return [Exclusion(name, gap.text(), reason, gap.where) for gap in entries["gaps"].sequence()]


def _column(column: Column, outputs: Iterable[Rows]) -> ColumnCoverage:
    values = [row[column.name] for rows in outputs for row in rows]
    null = any(value is None for value in values)
    filled = any(value is not None for value in values)
    return ColumnCoverage(column.name, filled, null, column.nullable)


def _is_taken(
    branch: Branch, tests: LikelyTests, outputs: Mapping[str, Rows], engine: DuckDBEngine
) -> bool:
    output = output_of(branch.old, branch.original)
    in_order = tests.in_order(branch.line, (branch.condition, branch.result), output)
    # NULL, which comes first, is what many branches give anyway.
    null, *values = branch.marked()
    for marked in (*values, null):
        with marked as typed:
            changed = template(typed)
        for item in in_order:
            try:
                taken = engine.rows(changed.at(item.schema)) != outputs[item.schema]
            except EngineError:
                # A value of the right type that the rest cannot digest did come out.
                taken = True
            if taken:
                tests.noticed(item, branch.line)
                return True
    return False
