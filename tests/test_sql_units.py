"""Every unit test that stands beside a view, and every declared contract."""

from functools import cache

import pytest
from exhaustive import exhaustive

from dueng_analytics.catalog import load_catalog
from dueng_analytics.dialect import to_duckdb
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.quality.unit_tests import run_unit_test

CATALOG = load_catalog()
# The default run has every twelfth test of a view, the first one always; `dueng test` has all.
CASES = [
    pytest.param(
        view,
        test,
        id=f"{view.name}: {test.name}",
        marks=[exhaustive("test_sql_units.py")] if number % 12 else [],
    )
    for view in CATALOG.definitions.views
    for number, test in enumerate(view.tests)
]


@pytest.fixture(scope="module")
def engine():
    with DuckDBEngine(threads=1) as engine:
        yield engine


@cache
def typed(name):
    return CATALOG.typed(CATALOG.relations[name])


@cache
def translated(name):
    return to_duckdb(typed(name))


@pytest.mark.parametrize(("view", "test"), CASES)
def test_sql_unit(view, test, engine):
    outcome = run_unit_test(CATALOG, view, test, translated(view.qualified_name), engine)
    assert outcome.passed, f"{test.where}\n{outcome.difference or outcome.error}"


@pytest.mark.parametrize("view", CATALOG.definitions.views, ids=lambda view: view.name)
def test_the_columns_of_a_view_are_the_declared_ones(view):
    bound = typed(view.qualified_name)
    inferred = [(name, bound.type_text(n)) for n, (name, _) in enumerate(bound.columns)]
    assert inferred == [(column.name, column.type.trino) for column in view.columns]
