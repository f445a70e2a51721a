"""What was compared on both engines, as the file that a run of the tests leaves behind.

For a comparison to say something there must be something to compare. So the rows of a view, those
of its unit tests and those of every lake that gives it three or more, are put together: they must
be three or more, fill every column, and hold a NULL in every column that may be NULL. What no unit
test can reach is declared in ``sql/coverage_exceptions.yaml``. A lake that gives a view fewer rows
is compared like the others, and counts for nothing: then the unit tests alone have to do it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dueng_analytics.catalog import Catalog
from dueng_analytics.model.definitions import View
from dueng_analytics.quality.coverage import ColumnCoverage, Exclusion, ViewCoverage

from .conformance import Answer

LEAST_ROWS = 3
_HASH = (
    "the first sixteen digits of a SHA-256 over the column names and the sorted rows; maps sorted"
    " by key, floats rounded to nine significant digits"
)


@dataclass(slots=True)
class Compared:
    """The comparisons of one view."""

    unit_tests: int = 0
    unit_rows: int = 0
    lakes: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    rows: int = 0
    filled: set[str] = field(default_factory=set)
    null: set[str] = field(default_factory=set)

    def count(self, answer: Answer) -> None:
        """Let the rows of an answer, which both engines gave, count for the view."""
        self.rows += len(answer.rows)
        for place, name in enumerate(answer.columns):
            values = [row[place] for row in answer.rows]
            if any(value is None for value in values):
                self.null.add(name)
            if any(value is not None for value in values):
                self.filled.add(name)


class Record:
    """The comparisons of every view, collected while the tests run."""

    def __init__(self, trino_version: str, lakes: Sequence[str]) -> None:
        self._version = trino_version
        self._lakes = tuple(lakes)
        self._views: dict[str, Compared] = {}

    def add_unit_test(
        self, view: View, name: str, answer: Answer | None, problem: str | None
    ) -> None:
        """Note what a unit test gave on Trino."""
        compared = self._of(view)
        if answer is None or problem is not None:
            compared.problems.append(f"unit test {name!r}: {problem}")
            return
        compared.unit_tests += 1
        compared.unit_rows += len(answer.rows)
        compared.count(answer)

    def add_problem(self, view: View, problem: str) -> None:
        """Note what else is not as it should be."""
        self._of(view).problems.append(problem)

    def add_lake(
        self, view: View, lake: str, duckdb: Answer, trino: Answer, problem: str | None
    ) -> None:
        """Note what a view gave on both engines over a lake."""
        compared = self._of(view)
        compared.lakes[lake] = {
            "query_id": trino.query_id,
            "rows": {"duckdb": len(duckdb.rows), "trino": len(trino.rows)},
            "columns": len(trino.columns),
            "hash": {"duckdb": duckdb.hash, "trino": trino.hash},
            "equal": problem is None,
        }
        if problem is not None:
            compared.problems.append(f"{lake}: {problem}")
        elif len(trino.rows) >= LEAST_ROWS:
            compared.count(trino)

    def gaps(self, view: View, exclusions: Iterable[Exclusion]) -> tuple[str, ...]:
        """What was not compared of a view, or was and differs; nothing where all is well."""
        compared = self._of(view)
        found = [*compared.problems]
        if compared.unit_tests + len(found) < len(view.tests):
            found.append(f"{compared.unit_tests} of {len(view.tests)} unit tests were compared")
        found += [f"{lake} was not compared" for lake in self._lakes if lake not in compared.lakes]
        if compared.rows < LEAST_ROWS:
            found.append(f"only {compared.rows} rows were compared")
        return (*found, *self._coverage(view, exclusions).gaps)

    def write(self, path: Path, catalog: Catalog) -> None:
        """Write down every view of the catalog, compared or not."""
        document = {
            "trino": self._version,
            "hash": _HASH,
            "views": {
                view.qualified_name: {
                    "unit_tests": self._of(view).unit_tests,
                    "unit_test_rows": self._of(view).unit_rows,
                    "lakes": self._of(view).lakes,
                    "problems": self._of(view).problems,
                }
                for view in catalog.definitions.views
            },
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")

    def _of(self, view: View) -> Compared:
        return self._views.setdefault(view.qualified_name, Compared())

    def _coverage(self, view: View, exclusions: Iterable[Exclusion]) -> ViewCoverage:
        """The rule of unit tests' coverage for columns; branches are a matter of one engine."""
        compared = self._of(view)
        columns = tuple(
            ColumnCoverage(
                column.name,
                column.name in compared.filled,
                column.name in compared.null,
                column.nullable,
            )
            for column in view.columns
        )
        declared = tuple(item for item in exclusions if item.relation == view.qualified_name)
        return ViewCoverage(view.qualified_name, columns, excluded=declared)
