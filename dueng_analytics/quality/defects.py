"""The known defects of the samples, each proven to be noticed.

``sql/defects.yaml`` has a row for every decision about a defect. Where SQL of an existing view
answers it, the row holds the smallest change of that view's text that brings the defect back and
the unit test that must then fail, by its rows and not because the SQL no longer runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dueng_analytics.catalog import Catalog
from dueng_analytics.dialect import parse_query
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import (
    DefinitionError,
    DefinitionErrors,
    DuengError,
    Location,
    UnknownRelation,
    near_names,
)
from dueng_analytics.model.definitions import UnitTest, View
from dueng_analytics.model.yaml_node import Node, read_yaml
from dueng_analytics.quality.unit_tests import place_given_rows, row_difference

DEFECTS_FILE = "defects.yaml"


@dataclass(frozen=True, slots=True)
class Reintroduction:
    """The change of text that brings a defect back into a view, and the test that notices it."""

    id: str
    view: View
    test: UnitTest
    find: str
    replace: str
    where: Location

    @property
    def sql(self) -> str:
        """The view's text with the defect in it."""
        return self.view.sql.replace(self.find, self.replace)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one defect; at least one of the last three says how it is answered.

    ``not_sql`` tells which part answers a defect that is no matter of SQL, ``later`` the
    relations that it still has to be proven in once they exist.
    """

    id: str
    behaviour: str | None
    reintroductions: tuple[Reintroduction, ...] = ()
    later: str | None = None
    not_sql: str | None = None


@dataclass(frozen=True, slots=True)
class DefectOutcome:
    """Whether a test notices a defect; ``problem`` says why not."""

    reintroduction: Reintroduction
    problem: str | None

    @property
    def noticed(self) -> bool:
        return self.problem is None


def read_decisions(path: Path, catalog: Catalog) -> tuple[Decision, ...]:
    """The decisions of a file, in its order, each id once.

    Raises:
        DefinitionError: the one problem found, with file and line.
        DefinitionErrors: several of them.
    """
    behaviours: dict[str, str] = {}
    later: dict[str, str] = {}
    not_sql: dict[str, str] = {}
    changes: dict[str, list[Reintroduction]] = {}
    problems: list[DefinitionError] = []
    for node in read_yaml(path).sequence():
        try:
            entries = _entries(node)
            identity = entries["id"].text()
            changes.setdefault(identity, [])
            for key, texts in (("behaviour", behaviours), ("later", later), ("not_sql", not_sql)):
                if key in entries:
                    if identity in texts:
                        raise entries[key].error(f"stands twice for {identity}")
                    texts[identity] = entries[key].text()
            changes[identity].extend(_reintroductions(entries, catalog))
            if identity in not_sql and (changes[identity] or identity in later):
                raise node.error(f"says of {identity} both that it is SQL and that it is not")
        except DefinitionErrors as several:
            problems.extend(several.errors)
        except DefinitionError as problem:
            problems.append(problem)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise DefinitionErrors(problems)
    return tuple(
        Decision(
            identity,
            behaviours.get(identity),
            tuple(found),
            later.get(identity),
            not_sql.get(identity),
        )
        for identity, found in changes.items()
    )


def check_defects(
    catalog: Catalog, reintroductions: Sequence[Reintroduction], engine: DuckDBEngine
) -> Sequence[DefectOutcome]:
    """For each defect whether the named test passes without it and fails by its rows with it.

    The outcomes are in the order of the reintroductions. The rows of a test are placed once for
    all defects that it notices.
    """
    together: dict[tuple[str, str], list[int]] = {}
    for number, item in enumerate(reintroductions):
        together.setdefault((item.view.qualified_name, item.test.name), []).append(number)
    problems: dict[int, str | None] = {}
    for numbers in together.values():
        items = [reintroductions[number] for number in numbers]
        problems.update(zip(numbers, _problems(catalog, items, engine), strict=True))
    return [DefectOutcome(item, problems[number]) for number, item in enumerate(reintroductions)]


def _problems(
    catalog: Catalog, items: Sequence[Reintroduction], engine: DuckDBEngine
) -> Sequence[str | None]:
    """The problems of defects that one test of one view should notice."""
    view, test = items[0].view, items[0].test
    try:
        typed = catalog.typed(view)
        place_given_rows(catalog, view, test, engine)
        difference = row_difference(view, test, engine.query(typed).to_pylist())
    except DuengError as error:
        difference = error.message
    if difference is not None:
        return [f"the test fails without the defect: {difference}"] * len(items)
    return [_problem(catalog, item, engine) for item in items]


def _problem(catalog: Catalog, item: Reintroduction, engine: DuckDBEngine) -> str | None:
    view = item.view
    try:
        changed = parse_query(item.sql, label=view.name, path=view.sql_path)
        typed = catalog.bind(changed, family=view.family)
        rows = engine.query(typed).to_pylist()
    except DuengError as error:
        return f"the changed view does not run: {error.message}"
    if row_difference(view, item.test, rows) is None:
        return "the test passes with the defect in the view"
    return None


def _entries(node: Node) -> Mapping[str, Node]:
    kinds = (("relations", "test", "find", "replace"), ("later",), ("not_sql",), ("behaviour",))
    entries = node.mapping(required=("id",), optional=[key for kind in kinds for key in kind])
    change = [key for key in kinds[0] if key in entries]
    if change and len(change) < len(kinds[0]):
        lacking = [key for key in kinds[0] if key not in entries]
        raise node.error(f"lacks {', '.join(lacking)}")
    if len(entries) == 1:
        raise node.error("says nothing about the defect", hint="Give a change, later, or not_sql.")
    return entries


def _reintroductions(entries: Mapping[str, Node], catalog: Catalog) -> Sequence[Reintroduction]:
    if "relations" not in entries:
        return ()
    problems: list[DefinitionError] = []
    found: list[Reintroduction] = []
    for node in entries["relations"].sequence():
        try:
            found.append(_reintroduction(node, entries, catalog))
        except DefinitionError as problem:
            problems.append(problem)
    if problems:
        raise DefinitionErrors(problems) if len(problems) > 1 else problems[0]
    return found


def _reintroduction(node: Node, entries: Mapping[str, Node], catalog: Catalog) -> Reintroduction:
    try:
        view = catalog.find(node.text())
    except UnknownRelation as error:
        raise DefinitionError(error.what, where=node.where, hint=error.hint) from None
    if not isinstance(view, View):
        raise node.error("is a source, which has no SQL")
    name = entries["test"].text()
    tests = {test.name: test for test in view.tests}
    if name not in tests:
        near = near_names(name, tests)
        raise DefinitionError(
            f"{view.name} has no test named {name!r}",
            where=entries["test"].where,
            hint=f"Did you mean {near[0]!r}?" if near else None,
        )
    find, replace = str(entries["find"].value), str(entries["replace"].value)
    if not find or find not in view.sql:
        raise DefinitionError(
            f"the text to find does not stand in {view.name}: {find!r}", where=entries["find"].where
        )
    return Reintroduction(
        entries["id"].text(), view, tests[name], find, replace, entries["find"].where
    )
