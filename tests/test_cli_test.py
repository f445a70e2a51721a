"""``dueng test``."""

import json

import pytest
from documents import run
from exhaustive import exhaustive
from quality_project import PAID, TESTS, write_user_project

# Another process takes longer to start than the mutants of a small view; one test has one.
ALONE = ("--mutate", "--jobs", "1")


def outcome_of(project, *options):
    return run(["test", "paid_orders", "--project", str(project), *options])


def test_passing_tests_are_counted(tmp_path):
    code, out, err = outcome_of(write_user_project(tmp_path))
    assert (code, err) == (0, "")
    assert "demo.paid_orders" in out
    assert out.endswith("\n1 unit test: 1 passed, 0 failed\n")


def test_a_failing_test_is_shown_as_a_difference_of_rows(tmp_path):
    project = write_user_project(tmp_path, tests=TESTS.replace("{id: a}, {id: null}", "{id: b}"))
    code, out, _ = outcome_of(project)
    assert code == 1
    assert "tests.yaml:2:5: demo.paid_orders: only paid orders are shown" in out
    assert "expected 1 rows, got 2" in out
    assert "id: expected 'b', got" in out
    assert out.endswith("\n1 unit test: 0 passed, 1 failed\n")


def test_a_view_that_does_not_run_fails_all_its_tests(tmp_path):
    code, out, _ = outcome_of(
        write_user_project(tmp_path, PAID.replace("where paid", "where absent"))
    )
    assert code == 1
    assert "absent" in out
    assert "0 passed, 1 failed" in out


def test_a_closed_coverage_has_no_problem(tmp_path):
    code, out, _ = outcome_of(write_user_project(tmp_path), "--coverage")
    assert code == 0
    assert out.endswith("0 problems of coverage, 0 declared gaps\n")


def test_a_gap_of_coverage_is_named_and_fails(tmp_path):
    project = write_user_project(tmp_path, tests=TESTS.replace(", {id: null}", "").replace(
        ", {paid: true}", ""
    ))  # fmt: skip
    code, out, _ = outcome_of(project, "--coverage")
    assert code == 1
    assert "demo.paid_orders: column id is never NULL" in out
    assert "1 problem of coverage" in out


def test_mutants_are_counted_by_view_and_by_operator(tmp_path):
    code, out, _ = outcome_of(write_user_project(tmp_path), *ALONE, "--minimum-score", "90")
    assert code == 0
    assert "filter dropped" in out
    assert out.splitlines()[-1].endswith("100.0 % noticed")


WEAK = TESTS.replace(", {id: b, paid: false}", "")


@exhaustive("test_cli_test.py")
def test_a_mutant_that_no_test_notices_is_listed(tmp_path):
    code, out, _ = outcome_of(write_user_project(tmp_path, tests=WEAK), "--mutate")
    assert code == 0
    assert "Noticed by no test:" in out
    assert "demo.paid_orders, line 7: filter dropped: placed.paid → TRUE" in out


def test_a_score_below_the_minimum_fails(tmp_path):
    project = write_user_project(tmp_path, tests=WEAK)
    code, out, _ = outcome_of(project, *ALONE, "--minimum-score", "90")
    assert code == 1
    assert "Below the score asked for:" in out
    assert "  filter dropped: 0 of 1 mutants noticed, 0.0 % and not 90 %" in out


DEFECT = """\
- id: X1
  behaviour: Only paid orders are shown.
- id: X1
  relations: [paid_orders]
  test: only paid orders are shown
  find: where paid
  replace: where {condition}
"""


@pytest.mark.parametrize(
    ("condition", "code", "end"),
    [("true", 0, "1 noticed, 0 not\n"), ("paid and true", 1, "0 noticed, 1 not\n")],
)
def test_known_defects_are_brought_back(tmp_path, condition, code, end):
    project = write_user_project(tmp_path)
    (project / "sql" / "defects.yaml").write_text(DEFECT.format(condition=condition), "utf-8")
    done, out, _ = outcome_of(project, "--defects")
    assert done == code
    assert out.endswith(f"1 known defect brought back: {end}")
    assert ("the test passes with the defect in the view" in out) is bool(code)


def test_a_script_gets_everything_as_data(tmp_path):
    project = write_user_project(tmp_path, tests=WEAK)
    (project / "sql" / "defects.yaml").write_text(DEFECT.format(condition="true"), "utf-8")
    code, out, _ = outcome_of(project, "--coverage", *ALONE, "--defects", "--json")
    facts = json.loads(out)
    assert code == 1  # without the unpaid order no test notices the defect
    assert [entry["passed"] for entry in facts["tests"]] == [True]
    assert facts["coverage"][0]["columns"] == [
        {"name": "id", "filled": True, "null": True, "nullable": True}
    ]
    assert facts["mutation"]["total"]["survived"] == len(facts["mutation"]["survivors"]) > 0
    assert [entry["noticed"] for entry in facts["defects"]] == [False]


@pytest.mark.parametrize(
    ("option", "way_out"),
    [("--jobs", "Add --coverage or --mutate."), ("--minimum-score", "Add --mutate.")],
)
def test_an_option_needs_what_it_is_about(option, way_out):
    code, _, err = run(["test", "email_send", option, "2"])
    assert code == 2
    assert way_out in err


def test_a_score_is_a_percentage():
    code, _, err = run(["test", "--mutate", "--minimum-score", "900"])
    assert code == 2
    assert "900" in err


def test_a_declared_gap_that_is_none_is_a_problem(tmp_path):
    project = write_user_project(tmp_path)
    (project / "sql" / "coverage_exceptions.yaml").write_text(
        "- {relation: demo.paid_orders, gaps: [column id is never NULL], reason: A test.}\n"
    )
    code, out, _ = outcome_of(project, "--coverage")
    assert code == 1
    assert "not needed: column id is never NULL" in out
