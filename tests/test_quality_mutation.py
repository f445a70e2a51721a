"""Mutation runs: verdicts, tallies, equivalence over generated inputs."""

import pytest
from exhaustive import exhaustive
from small_project import write_project

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.quality.equivalence import equivalent_mutants
from dueng_analytics.quality.mutation import (
    Verdict,
    by_operator,
    by_view,
    mutate_view,
    total,
)
from dueng_analytics.quality.mutation_jobs import mutate, mutate_to_score

# Fewer than a run takes by default, so that these tests are quick.
INPUTS = 60
GIFTS = "select id, upper(kind) as kind from orders where kind = 'gift' and amount < 3"
GIFT_COLUMNS = """\
    - {name: id, type: string, description: Its number.}
    - {name: kind, type: string, description: What it is.}
"""
STRONG = """\
    tests:
      - name: only small gifts are shown
        given:
          orders:
            - {id: a, kind: gift, amount: 2}
            - {id: b, kind: gift, amount: 3}
            - {id: c, kind: sale, amount: 1}
        expect: [{id: a, kind: GIFT}]
"""
WEAK = """\
    tests:
      - name: some row is shown
        given:
          orders: [{id: a, kind: gift, amount: 2}]
        expect: [{id: a}]
"""


def run_of(tmp_path, sql, columns, tests):
    catalog = write_project(tmp_path, shown=(sql, columns, tests))
    (run,) = mutate(catalog, [catalog.find("shown")], inputs=INPUTS)
    return run


def verdicts(run, operator):
    return {(r.before, r.after): r.verdict for r in run.results if r.operator == operator}


def test_a_mutant_that_a_test_notices_is_killed_by_that_test(tmp_path):
    run = run_of(tmp_path, GIFTS, GIFT_COLUMNS, STRONG)
    (boundary,) = [r for r in run.results if r.operator == "comparison boundary"]
    assert boundary.verdict is Verdict.KILLED
    assert boundary.killed_by == "only small gifts are shown"


def test_with_thorough_tests_nothing_survives(tmp_path):
    run = run_of(tmp_path, GIFTS, GIFT_COLUMNS, STRONG)
    assert run.error is None
    assert total([run]).score == 1.0


def test_a_mutant_that_no_test_notices_survives(tmp_path):
    run = run_of(tmp_path, GIFTS, GIFT_COLUMNS, WEAK)
    assert verdicts(run, "filter dropped") == {
        ("orders.kind = 'gift'", "TRUE"): Verdict.SURVIVED,
        ("orders.amount < 3", "TRUE"): Verdict.SURVIVED,
    }
    assert verdicts(run, "case folding dropped") == {
        ("upper(orders.kind)", "orders.kind"): Verdict.SURVIVED
    }


def test_a_survivor_with_equal_rows_on_generated_inputs_is_equivalent(tmp_path):
    sql = "select id from orders where amount > 2 or (amount > 5 and paid)"
    columns = "    - {name: id, type: string, description: Its number.}\n"
    tests = """\
        tests:
          - name: large orders are shown
            given: {orders: [{id: a, amount: 3, paid: true}, {id: b, amount: 2, paid: true}]}
            expect: [{id: a}]
    """
    run = run_of(tmp_path, sql, columns, tests)
    assert run.generated_inputs == INPUTS
    assert verdicts(run, "literal changed") == {
        ("2", "3"): Verdict.KILLED,
        ("5", "6"): Verdict.EQUIVALENT,
    }


def test_no_more_inputs_are_made_once_every_survivor_has_differed(tmp_path):
    run = run_of(tmp_path, GIFTS, GIFT_COLUMNS, WEAK)
    assert Verdict.EQUIVALENT not in {result.verdict for result in run.results}
    assert 0 < run.generated_inputs < INPUTS


def test_where_inputs_cannot_be_placed_the_comparison_says_why(tmp_path):
    catalog = write_project(tmp_path, shown=(GIFTS, GIFT_COLUMNS, WEAK))
    with DuckDBEngine(threads=1) as engine:
        engine.create_view("generated rows of demo.shown", "demo.orders", "select 1")
        compared = equivalent_mutants(catalog, catalog.find("shown"), engine, {0}, inputs=INPUTS)
    assert compared.equivalent == frozenset()
    assert "demo.orders" in (compared.error or "")


def test_a_view_without_survivors_generates_no_input(tmp_path):
    run = run_of(tmp_path, GIFTS, GIFT_COLUMNS, STRONG)
    assert run.generated_inputs == 0


def test_a_mutant_that_runs_on_no_test_does_not_count(tmp_path):
    sql = "select date_parse(kind, '%Y') as day from orders where id = 'a'"
    columns = "    - {name: day, type: timestamp, description: Its day.}\n"
    tests = """\
        tests:
          - name: a year is its first day
            given: {orders: [{id: a, kind: "2025"}]}
            expect: [{day: 2025-01-01 00:00:00}]
    """
    run = run_of(tmp_path, sql, columns, tests)
    assert verdicts(run, "literal changed")[("'%Y'", "'%Yx'")] is Verdict.FAILED
    (tally,) = [t for t in by_operator([run]) if t.name == "literal changed"]
    assert (tally.made, tally.failed, tally.killed) == (2, 1, 1)


def test_a_view_whose_tests_fail_is_not_mutated(tmp_path):
    wrong = STRONG.replace("{id: a, kind: GIFT}", "{id: z}")
    run = run_of(tmp_path, GIFTS, GIFT_COLUMNS, wrong)
    assert run.results == ()
    assert "'only small gifts are shown' fails as it is" in (run.error or "")


def test_the_figures_of_views_and_operators_add_up_to_the_total(tmp_path):
    run = run_of(tmp_path, GIFTS, GIFT_COLUMNS, WEAK)
    for tallies in (by_operator([run]), by_view([run])):
        for figure in ("places", "made", "failed", "killed", "survived", "equivalent"):
            assert sum(getattr(t, figure) for t in tallies) == getattr(total([run]), figure)


@pytest.fixture(scope="module")
def together_and_alone(tmp_path_factory):
    """The runs of three views by two processes and by one, the last view of much SQL."""
    long = "-- a comment of some length\n" * 600 + GIFTS
    catalog = write_project(
        tmp_path_factory.mktemp("jobs") / "sql",
        first=(GIFTS, GIFT_COLUMNS, STRONG),
        second=(GIFTS, GIFT_COLUMNS, WEAK),
        third=(long, GIFT_COLUMNS, WEAK),
    )
    views = [catalog.find(name) for name in ("first", "second", "third")]
    return mutate(catalog, views, jobs=2, inputs=INPUTS), mutate(catalog, views, inputs=INPUTS)


@exhaustive("test_quality_mutation.py")
def test_several_processes_give_what_one_gives(together_and_alone):
    together, alone = together_and_alone
    assert together[:2] == alone[:2]


@exhaustive("test_quality_mutation.py")
def test_a_view_of_much_sql_is_shared_and_its_mutants_keep_their_order(together_and_alone):
    together, alone = together_and_alone
    assert len(alone[2].results) > 2
    assert together[2] == alone[2]


def test_shares_of_a_view_have_each_mutant_once(tmp_path):
    catalog = write_project(tmp_path, first=(GIFTS, GIFT_COLUMNS, STRONG))
    view = catalog.find("first")
    with DuckDBEngine(threads=1) as engine:
        whole = mutate_view(catalog, view, engine).results
        shares = [mutate_view(catalog, view, engine, share=(n, 3)).results for n in range(3)]
    assert sum(map(len, shares)) == len(whole)
    assert shares[1] == whole[1::3]


@pytest.mark.parametrize("tests", [STRONG, WEAK], ids=["nothing survives", "some survive"])
def test_progress_is_told_of_each_view_after_its_tests_and_after_its_survivors(tmp_path, tests):
    catalog = write_project(tmp_path, first=(GIFTS, GIFT_COLUMNS, tests))
    told = []
    mutate(catalog, [catalog.find("first")], inputs=INPUTS, progress=told.append)
    assert told == ["demo.first"] * 2


SOME = "select id from orders where amount > 2 or (amount > 5 and paid)"
SOME_COLUMNS = "    - {name: id, type: string, description: Its number.}\n"
SOME_TESTS = """\
    tests:
      - name: large orders are shown
        given: {orders: [{id: a, amount: 3, paid: true}, {id: b, amount: 2, paid: true}]}
        expect: [{id: a}]
"""


@exhaustive("test_quality_mutation.py")
def test_survivors_are_put_to_generated_inputs_only_where_the_score_is_too_low_without(tmp_path):
    catalog = write_project(tmp_path, shown=(SOME, SOME_COLUMNS, SOME_TESTS))
    views = [catalog.find("shown")]
    (easily,) = mutate_to_score(catalog, views, 1)
    (hardly,) = mutate_to_score(catalog, views, 100)
    assert (easily.generated_inputs, hardly.generated_inputs) == (0, 1_000)
    (counted,), (shown) = by_view([easily]), by_view([hardly])[0]
    assert counted.killed == shown.killed
    assert counted.survived == shown.survived + shown.equivalent > shown.survived


@exhaustive("test_quality_mutation.py")
def test_of_a_view_that_reaches_the_minimum_only_the_kinds_of_mistake_below_it_are_compared(
    tmp_path,
):
    """Of three literals and boundaries two survive, of three filters one."""
    sql = SOME.replace("where", "where amount >= 0 and (") + ")"
    catalog = write_project(tmp_path, shown=(sql, SOME_COLUMNS, SOME_TESTS))
    views = [catalog.find("shown")]
    (run,) = mutate_to_score(catalog, views, 50)
    equivalent = {r.operator for r in run.results if r.verdict is Verdict.EQUIVALENT}
    survived = {r.operator for r in run.results if r.verdict is Verdict.SURVIVED}
    assert equivalent == {"literal changed", "comparison boundary"}
    assert survived == {"filter dropped"}
