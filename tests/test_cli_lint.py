"""``dueng lint``."""

import json

import pytest
from documents import run
from exhaustive import exhaustive
from quality_project import PAID, write_user_project

from dueng_analytics.quality.lint import RULES


@exhaustive("test_cli_lint.py")
def test_the_packaged_views_break_no_rule_and_need_no_exception():
    code, out, err = run(["lint"])
    assert (code, err) == (0, "")
    assert out.endswith(f"{len(RULES)} rules: 0 problems\n")


def test_each_problem_is_one_line_and_the_exit_code_is_one(tmp_path, monkeypatch):
    project = write_user_project(tmp_path, PAID.replace("select id", "select tags['a'] as id"))
    monkeypatch.chdir(project)
    code, out, _ = run(["lint", "paid_orders"])
    *lines, summary = out.splitlines()
    assert code == 1
    assert len(lines) == 1
    assert lines[0].startswith(
        "sql/demo/paid_orders/view.sql:5: element-at: placed.tags['a'] fails"
    )
    assert summary == f"1 view, {len(RULES)} rules: 1 problem"


def test_a_script_gets_the_same_as_data(tmp_path):
    project = write_user_project(tmp_path, PAID.replace("select id", "select tags['a'] as id"))
    code, out, _ = run(["lint", "paid_orders", "--json", "--project", str(project)])
    (problem,) = json.loads(out)
    assert code == 1
    assert (problem["view"], problem["rule"], problem["line"]) == (
        "demo.paid_orders",
        "element-at",
        5,
    )
    assert problem["path"].endswith("view.sql")
    assert problem["hint"]


def test_without_problems_a_script_gets_an_empty_list(tmp_path):
    project = write_user_project(tmp_path)
    assert run(["lint", "paid_orders", "--json", "--project", str(project)]) == (0, "[]\n", "")


def test_a_statement_that_does_not_parse_is_told_with_its_line(tmp_path):
    project = write_user_project(tmp_path, "select id\nfrom orders\nwhere (paid")
    code, _, err = run(["lint", "paid_orders", "--project", str(project)])
    assert code == 1
    assert "view.sql:3" in err
    assert "Traceback" not in err


def test_rules_are_listed_with_what_they_are_for():
    code, out, _ = run(["lint", "--rules"])
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(RULES)
    assert json.loads(run(["lint", "--rules", "--json"])[1]) == RULES


@pytest.mark.parametrize("command", ["lint", "test"])
def test_a_source_is_no_view(command):
    code, _, err = run([command, "all_events"])
    assert code == 2
    assert "is a source, not a view" in err


@pytest.mark.parametrize("command", ["lint", "test"])
def test_an_unknown_view_is_answered_with_the_nearest(command):
    code, _, err = run([command, "email_sent"])
    assert code == 2
    assert "email_send" in err
