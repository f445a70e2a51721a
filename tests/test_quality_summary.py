"""Results as tables and lines of text."""

from pathlib import Path

import pytest
from small_project import write_project

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import Location
from dueng_analytics.quality.coverage import (
    BranchCoverage,
    ColumnCoverage,
    Exclusion,
    ViewCoverage,
)
from dueng_analytics.quality.mutation import MutantResult, Verdict, ViewMutation
from dueng_analytics.quality.summary import (
    coverage_problems,
    coverage_table,
    mutation_problems,
    operator_table,
    survivors,
    unit_test_failures,
    unit_test_table,
    view_table,
)
from dueng_analytics.quality.unit_tests import run_unit_tests

COLUMNS = "    - {name: id, type: string, description: Its number.}\n"
TESTS = """\
    tests:
      - {name: one order is one row, given: {orders: [{id: a}]}, expect: [{id: a}]}
      - {name: one order is another, given: {orders: [{id: a}]}, expect: [{id: b}]}
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    catalog = write_project(root, shown=("select id from orders", COLUMNS, TESTS))
    with DuckDBEngine(threads=1) as engine:
        return run_unit_tests(catalog, [catalog.find("shown")], engine)


def result(verdict, operator="literal changed", place=0):
    return MutantResult("demo.shown", operator, place, 3, "'a'", "'ax'", verdict)


RUN = ViewMutation(
    "demo.shown",
    (
        result(Verdict.KILLED),
        result(Verdict.KILLED, place=1),
        result(Verdict.SURVIVED, place=2),
        result(Verdict.EQUIVALENT, place=2),
        result(Verdict.FAILED, operator="join kind"),
    ),
)
COVERAGE = ViewCoverage(
    "demo.shown",
    (ColumnCoverage("id", True, False, True), ColumnCoverage("size", True, True, True)),
    (BranchCoverage(3, "else then 1", False),),
    (
        Exclusion(
            "demo.shown",
            "column id is never NULL",
            "r",
            Location(Path("coverage_exceptions.yaml"), 1),
        ),
    ),
)


def test_passed_and_failed_tests_are_counted_per_view_and_in_all(outcomes):
    table = unit_test_table(outcomes)
    assert table.rows == (("demo.shown", "1", "1"),)
    assert table.total == ("all", "1", "1")


def test_a_failed_test_is_told_with_its_place_and_difference(outcomes):
    (text,) = unit_test_failures(outcomes)
    first, *rest = text.splitlines()
    assert "tests.yaml:3" in first
    assert first.endswith("demo.shown: one order is another")
    assert "    id: expected 'b', got 'a'" in "\n".join(rest)


def test_the_table_of_operators_counts_places_and_verdicts():
    table = operator_table([RUN])
    assert table.header == (
        "operator",
        "places",
        "made",
        "failed to run",
        "killed",
        "survived",
        "equivalent",
        "score %",
    )
    assert table.rows == (
        ("literal changed", "3", "4", "0", "2", "1", "1", "66.7"),
        ("join kind", "1", "1", "1", "0", "0", "0", ""),
    )
    assert table.total == ("all", "4", "5", "1", "2", "1", "1", "66.7")


def test_the_table_of_views_counts_the_same():
    assert view_table([RUN]).rows == (("demo.shown", "4", "5", "1", "2", "1", "1", "66.7"),)


def test_a_survivor_is_told_with_line_operator_and_change():
    assert survivors([RUN]) == ["demo.shown, line 3: literal changed: 'a' → 'ax'"]
    assert len(survivors([RUN], Verdict.EQUIVALENT)) == 1


def test_scores_below_the_minimum_are_problems_and_others_are_not():
    assert mutation_problems([RUN], 66) == []
    assert mutation_problems([RUN], 90) == [
        "literal changed: 2 of 3 mutants noticed, 66.7 % and not 90 %",
        "demo.shown: 2 of 3 mutants noticed, 66.7 % and not 90 %",
    ]


def test_a_view_that_could_not_be_mutated_is_a_problem():
    broken = ViewMutation("demo.shown", (), error="a test fails")
    assert mutation_problems([broken], 0) == ["demo.shown: not mutated: a test fails"]


def test_the_table_of_coverage_counts_columns_branches_and_gaps():
    table = coverage_table([COVERAGE])
    assert table.rows == (("demo.shown", "2", "2", "2", "1", "1", "0", "1"),)
    assert table.total == ("all", *table.rows[0][1:])


def test_undeclared_gaps_are_problems():
    assert coverage_problems([COVERAGE]) == ["demo.shown: branch else then 1"]


def test_a_declaration_that_is_not_needed_is_a_problem_with_its_place():
    whole = ViewCoverage("demo.shown", COVERAGE.columns[1:], (), COVERAGE.excluded)
    assert coverage_problems([whole]) == [
        "coverage_exceptions.yaml:1: demo.shown: not needed: column id is never NULL"
    ]


def test_a_view_that_could_not_be_measured_is_a_problem():
    broken = ViewCoverage("demo.shown", error="no such column")
    assert coverage_problems([broken]) == ["demo.shown: not measured: no such column"]
