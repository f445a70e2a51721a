"""The runner of unit tests: what is compared, what is not, and how a difference reads."""

import pytest
from small_project import write_project

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.quality.unit_tests import run_unit_tests

SQL = "select id, amount, buyer.town as town, tags, places from orders"
COLUMNS = """\
    - {name: id, type: string, description: Its number.}
    - {name: amount, type: bigint, description: In cents.}
    - {name: town, type: string, description: Where the buyer lives.}
    - {name: tags, type: "map<string,string>", description: Words.}
    - {name: places, type: array<string>, description: Where to.}
"""
ABOVE = ("select id from shown", "    - {name: id, type: string, description: Its number.}\n")


@pytest.fixture(scope="module")
def engine():
    with DuckDBEngine(threads=1) as engine:
        yield engine


def outcome_of(tmp_path, engine, given, expect):
    tests = f"tests:\n  - name: t\n    given: {given}\n    expect: {expect}\n"
    catalog = write_project(tmp_path, shown=(SQL, COLUMNS, tests))
    (outcome,) = run_unit_tests(catalog, [catalog.find("shown")], engine)
    return outcome


def passes(tmp_path, engine, given, expect):
    outcome = outcome_of(tmp_path, engine, given, expect)
    assert outcome.error is None, outcome.error
    return outcome.passed


def test_a_given_column_that_is_left_out_is_null(tmp_path, engine):
    assert passes(tmp_path, engine, "{orders: [{id: a}]}", "[{id: a, amount: null, tags: null}]")


def test_an_expected_column_that_is_left_out_is_not_compared(tmp_path, engine):
    assert passes(tmp_path, engine, "{orders: [{id: a, amount: 3}]}", "[{id: a}]")


def test_an_expected_null_has_to_be_null(tmp_path, engine):
    assert not passes(tmp_path, engine, "{orders: [{id: a, amount: 3}]}", "[{amount: null}]")


def test_an_expected_value_is_not_met_by_null(tmp_path, engine):
    assert not passes(tmp_path, engine, "{orders: [{id: a}]}", "[{amount: 3}]")


@pytest.mark.parametrize("expect", ["[]", "[{}]", "[{}, {}, {}]"])
def test_the_number_of_rows_is_always_compared(tmp_path, engine, expect):
    assert not passes(tmp_path, engine, "{orders: [{id: a}, {id: b}]}", expect)


def test_order_is_ignored(tmp_path, engine):
    assert passes(tmp_path, engine, "{orders: [{id: a}, {id: b}]}", "[{id: b}, {id: a}]")


def test_rows_are_paired_so_that_all_fit_if_they_can(tmp_path, engine):
    given = "{orders: [{id: a, amount: 1}, {id: a, amount: 2}]}"
    assert passes(tmp_path, engine, given, "[{id: a}, {id: a, amount: 1}]")


def test_a_repeated_row_is_expected_as_often_as_it_comes(tmp_path, engine):
    assert not passes(tmp_path, engine, "{orders: [{id: a}, {id: b}]}", "[{id: a}, {id: a}]")


def test_the_order_of_map_entries_is_ignored(tmp_path, engine):
    assert passes(
        tmp_path, engine, "{orders: [{tags: {x: '1', y: '2'}}]}", "[{tags: {y: '2', x: '1'}}]"
    )


def test_the_order_of_a_list_is_compared(tmp_path, engine):
    assert not passes(tmp_path, engine, "{orders: [{places: [a, b]}]}", "[{places: [b, a]}]")


def test_records_of_a_source_go_the_way_of_a_lake(tmp_path, engine):
    given = "{orders: [{ID: 7, Amount: '12', buyer: {Town: Ulm}}]}"
    assert passes(tmp_path, engine, given, "[{id: '7', amount: 12, town: Ulm}]")


def test_an_upstream_that_is_not_listed_is_an_error_with_its_place(tmp_path, engine):
    outcome = outcome_of(tmp_path, engine, "{}", "[]")
    assert "does not list demo.orders" in (outcome.error or "")
    assert "tests.yaml:2" in (outcome.error or "")


def test_a_relation_that_is_not_read_is_an_error(tmp_path, engine):
    outcome = outcome_of(tmp_path, engine, "{orders: [], other: []}", "[]")
    assert "'other', which is not read" in (outcome.error or "")


def test_an_expected_column_that_the_view_lacks_is_an_error(tmp_path, engine):
    outcome = outcome_of(tmp_path, engine, "{orders: [{}]}", "[{absent: 1}]")
    assert "'absent', which shown lacks" in (outcome.error or "")


def test_an_expected_value_that_its_type_cannot_hold_is_an_error(tmp_path, engine):
    outcome = outcome_of(tmp_path, engine, "{orders: [{}]}", "[{amount: many}]")
    assert "amount is text where bigint is declared" in (outcome.error or "")


def test_a_difference_names_the_columns_that_differ(tmp_path, engine):
    outcome = outcome_of(
        tmp_path, engine, "{orders: [{id: a, amount: 3}, {id: b}]}", "[{id: a, amount: 4}, {id: b}]"
    )
    assert outcome.difference == (
        "expected 2 rows, got 2\n  differs in\n    amount: expected 4, got 3"
    )


def test_a_difference_shows_missing_and_surplus_rows(tmp_path, engine):
    missing = outcome_of(tmp_path, engine, "{orders: []}", "[{id: a}]")
    assert missing.difference == "expected 1 rows, got 0\n  missing  {id: 'a'}"


def test_a_view_that_does_not_bind_fails_each_of_its_tests(tmp_path, engine):
    tests = (
        "tests:\n  - {name: one, given: {}, expect: []}\n  - {name: two, given: {}, expect: []}\n"
    )
    catalog = write_project(tmp_path, shown=("select absent from orders", COLUMNS, tests))
    outcomes = run_unit_tests(catalog, [catalog.find("shown")], engine)
    assert [outcome.passed for outcome in outcomes] == [False, False]
    assert all("absent" in (outcome.error or "") for outcome in outcomes)


def test_rows_of_a_view_are_given_by_column_and_an_unknown_one_is_an_error(tmp_path, engine):
    below = "tests:\n  - {name: t, given: {orders: []}, expect: []}\n"
    above = "tests:\n  - {name: t, given: {shown: [{id: a, price: 3}]}, expect: [{id: a}]}\n"
    catalog = write_project(tmp_path, shown=(SQL, COLUMNS, below), above=(*ABOVE, above))
    (outcome,) = run_unit_tests(catalog, [catalog.find("above")], engine)
    assert "gives shown a column 'price', which it lacks" in (outcome.error or "")
