"""Unit tests of views one by one, as a test runner collects them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from dueng_analytics.catalog import Catalog, load_catalog
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.model.definitions import UnitTest, View
from dueng_analytics.quality.unit_tests import run_unit_tests


@dataclass(frozen=True)
class Case:
    """One unit test of one view; its text is what a runner can call it by."""

    catalog: Catalog
    view: View
    test: UnitTest

    def __str__(self) -> str:
        return f"{self.view.name}: {self.test.name}"

    def check(self) -> None:
        """Nothing, where the rows are the expected ones.

        Raises:
            AssertionError: with the place of the test and the difference of its rows, or why the
                view did not run.
        """
        with DuckDBEngine(threads=1) as engine:
            alone = replace(self.view, tests=(self.test,))
            (outcome,) = run_unit_tests(self.catalog, [alone], engine)
        if not outcome.passed:
            raise AssertionError(f"{self.test.where}\n{outcome.difference or outcome.error}")


def unit_test_cases(*sql_folders: Path) -> tuple[Case, ...]:
    """The unit tests of the views under the given ``sql/`` folders, view by view.

    The views may read packaged ones, whose own tests are not among them.

    Raises:
        DefinitionError: a definition that cannot be, with file and line.
    """
    folders = [folder.resolve() for folder in sql_folders]
    catalog = load_catalog(*folders)
    return tuple(
        Case(catalog, view, test)
        for view in catalog.definitions.views
        if any(view.folder.is_relative_to(folder) for folder in folders)
        for test in view.tests
    )
