"""Every decision about a known defect is answered, and every defect in SQL is noticed."""

import csv
import os
from functools import cache
from pathlib import Path

import pytest
from small_project import write_project

from dueng_analytics.catalog import load_catalog
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import DefinitionError
from dueng_analytics.model.definitions import View
from dueng_analytics.quality.defects import DEFECTS_FILE, check_defects, read_decisions
from dueng_analytics.resources import packaged

CATALOG = load_catalog()
DECISIONS = read_decisions(packaged("sql") / DEFECTS_FILE, CATALOG)
# .ci/run sets the variable, which brings back every defect in every view that it concerns. Without
# it one is brought back for each family and kind of decision, and none in the widest views, which
# keeps the suite short.
EVERY_VIEW = bool(os.environ.get("DUENG_EVERY_DEFECT"))
WIDE_VIEWS = (
    "messaging.messages",
    "messaging.pinpoint_events",
    "messaging.engagementdb_message_events",
    "engagementdb.email_message_status",
    "ses.email_status",
)
CHANGES = [change for decision in DECISIONS for change in decision.reintroductions]
VIEWS = sorted({change.view.qualified_name for change in CHANGES})
# Kinds of decisions that concern every relation that they name, and not the one that answers.
IN_EVERY_RELATION = ("correct_in_place", "keep_add_column", "drop_scope")

COLUMNS = "    - {name: id, type: string, description: Its number.}\n"
TESTS = """\
    tests:
      - name: unpaid orders are left out
        given: {orders: [{id: a, paid: true}, {id: b, paid: false}]}
        expect: [{id: a}]
"""


@pytest.fixture(scope="module")
def engine():
    with DuckDBEngine(threads=1) as engine:
        yield engine


@cache
def known_decisions():
    path = Path(__file__).parent / "decisions.csv"
    with path.open(newline="", encoding="utf-8") as lines:
        return {row["id"]: row for row in csv.DictReader(lines)}


@cache
def chosen_changes():
    """The changes that this run makes, by the view in which it makes them."""
    kinds = set()
    chosen = {}
    for change in CHANGES:
        view = change.view.qualified_name
        kind = (change.view.family, known_decisions()[change.id]["kind"])
        if EVERY_VIEW or (kind not in kinds and view not in WIDE_VIEWS):
            kinds.add(kind)
            chosen.setdefault(view, []).append(change)
    return chosen


def test_every_known_decision_is_there_once_and_none_besides():
    assert [decision.id for decision in DECISIONS] == list(known_decisions())


def test_every_decision_is_answered_in_sql_or_later_or_elsewhere():
    unanswered = [
        decision.id
        for decision in DECISIONS
        if not (decision.reintroductions or decision.later or decision.not_sql)
    ]
    assert unanswered == []


def test_what_the_views_do_is_said_in_words_exactly_where_they_prove_it():
    unequal = [
        decision.id
        for decision in DECISIONS
        if bool(decision.behaviour) != bool(decision.reintroductions)
    ]
    assert unequal == []


def test_every_decision_is_proven_in_every_view_that_it_concerns_or_in_what_that_reads():
    lacking = [
        (decision.id, view.name)
        for decision in DECISIONS
        # Else another relation answers it, or none can yet.
        if known_decisions()[decision.id]["kind"] in IN_EVERY_RELATION and decision.reintroductions
        for view in CATALOG.definitions.views
        if view.name in known_decisions()[decision.id]["relations"].split()
        and not is_proven(decision, view)
    ]
    assert lacking == []


def is_proven(decision, view):
    proven = {change.view.qualified_name for change in decision.reintroductions}
    return any(relation.qualified_name in proven for relation in with_upstream(view))


def with_upstream(view):
    yield view
    for relation in CATALOG.upstream(view):
        if isinstance(relation, View):
            yield from with_upstream(relation)


@pytest.mark.parametrize("view", VIEWS)
def test_every_defect_brought_back_into_a_view_is_noticed_by_its_rows(view, engine):
    if view not in chosen_changes():
        pytest.skip("takes long; DUENG_EVERY_DEFECT=1 python -m pytest tests/test_defects.py")
    outcomes = check_defects(CATALOG, chosen_changes()[view], engine)
    problems = [
        f"{outcome.reintroduction.where}: {outcome.reintroduction.id}: {outcome.problem}"
        for outcome in outcomes
        if not outcome.noticed
    ]
    assert not problems, "\n".join(problems)


def decisions_of(tmp_path, text):
    catalog = write_project(tmp_path, shown=("select id from orders where paid", COLUMNS, TESTS))
    path = tmp_path / DEFECTS_FILE
    path.write_text(text, "utf-8")
    return catalog, read_decisions(path, catalog)


def problem_of(tmp_path, engine, find, replace, name="unpaid orders are left out"):
    catalog, (decision,) = decisions_of(
        tmp_path,
        f"- {{id: X, relations: [shown], test: {name}, find: '{find}', replace: '{replace}'}}\n",
    )
    (outcome,) = check_defects(catalog, decision.reintroductions, engine)
    return outcome.problem


def test_a_defect_that_changes_rows_is_noticed(tmp_path, engine):
    assert problem_of(tmp_path, engine, " where paid", "") is None


def test_a_change_that_changes_no_row_is_a_problem(tmp_path, engine):
    problem = problem_of(tmp_path, engine, "where paid", "where paid and true")
    assert problem == "the test passes with the defect in the view"


def test_a_change_that_does_not_bind_is_a_problem(tmp_path, engine):
    problem = problem_of(tmp_path, engine, "where paid", "where absent")
    assert problem is not None
    assert problem.startswith("the changed view does not run")


def test_a_change_that_fails_while_running_is_a_problem(tmp_path, engine):
    problem = problem_of(tmp_path, engine, "where paid", "where cast(id as bigint) > 1")
    assert problem is not None
    assert problem.startswith("the changed view does not run")


def test_a_test_that_fails_anyway_proves_nothing(tmp_path, engine):
    catalog = write_project(tmp_path, shown=("select id from orders", COLUMNS, TESTS))
    path = tmp_path / DEFECTS_FILE
    path.write_text(
        "- {id: X, relations: [shown], test: unpaid orders are left out, find: id, replace: kind}\n"
    )
    (decision,) = read_decisions(path, catalog)
    (outcome,) = check_defects(catalog, decision.reintroductions, engine)
    assert (outcome.problem or "").startswith("the test fails without the defect")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{id: X}", "says nothing"),
        ("{id: X, relations: [shown]}", "lacks test, find, replace"),
        ("{id: X, relations: [show], test: t, find: id, replace: x}", "Did you mean shown"),
        ("{id: X, relations: [orders], test: t, find: id, replace: x}", "is a source"),
        ("{id: X, relations: [shown], test: unpaid orders, find: id, replace: x}", "no test named"),
        ("{id: X, relations: [shown], test: unpaid orders are left out, find: zz, replace: x}",
         "does not stand in shown"),
        ("{id: X, not_sql: a, later: b}", "both that it is SQL"),
        ("{id: X, reason: a}", "not a known key"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_is_refused_with_its_line(tmp_path, row, message):
    with pytest.raises(DefinitionError, match=message) as caught:
        decisions_of(tmp_path, f"- {row}\n")
    assert f"{DEFECTS_FILE}:1" in str(caught.value)


def test_rows_of_one_decision_come_together(tmp_path):
    _, decisions = decisions_of(
        tmp_path, "- {id: X, behaviour: b}\n- {id: Y, not_sql: n}\n- {id: X, later: l}\n"
    )
    assert [(d.id, d.behaviour, d.later, d.not_sql) for d in decisions] == [
        ("X", "b", "l", None),
        ("Y", None, None, "n"),
    ]
