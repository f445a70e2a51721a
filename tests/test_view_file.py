"""What a view's definition cannot say: refused while it is read, with file and line."""

import pickle

import pytest

from dueng_analytics.errors import DefinitionError
from dueng_analytics.model.view_file import read_shared_columns, read_view

VIEW = """\
description: What the tests look at.
grain: one thing
event_key: [id]
version: 1
owner: tests
pruning: unpartitioned
columns:
  - {name: id, type: string, description: Number of the thing.}
"""
TESTS = "tests:\n  - {name: nothing gives nothing, given: {things: []}, expect: []}\n"


def read(tmp_path, view=VIEW, tests=TESTS, shared=()):
    folder = tmp_path / "shown"
    folder.mkdir(exist_ok=True)
    (folder / "view.sql").write_text("select id from things", "utf-8")
    (folder / "view.yaml").write_text(view, "utf-8")
    (folder / "tests.yaml").write_text(tests, "utf-8")
    return read_view(folder, "demo", dict(shared))


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("[id]", "[id, kind]", "view.yaml:3", "names 'kind', which is no column of the view"),
        (", description: Number of the thing.", "", "view.yaml:8", "has no type and description"),
        ("name: id", "name: Id", "view.yaml:8", "Glue folds names to lower case"),
        ("type: string", "type: text", "view.yaml:8", "'text' is not a Glue type"),
        ("pruning: unpartitioned", "pruning: full", "view.yaml:6", "not one of partition"),
        ("version: 1", "version: one", "view.yaml:4", "must be a whole number"),
        ("version: 1", "version: 1\ndeprecated: soon", "view.yaml:5", "not a date such as"),
        (
            "version: 1",
            "version: 1\nlint_exceptions: [{rule: epoch, reason: It must., expires: never}]",
            "view.yaml:5",
            "not a date such as",
        ),
        (
            "version: 1",
            "version: 1\nlint_exceptions: [{rule: epoch, expires: 2027-01-01}]",
            "view.yaml:5",
            "lacks reason",
        ),
    ],
)
def test_a_definition_that_cannot_be_is_refused_with_its_line(tmp_path, old, new, place, message):
    with pytest.raises(DefinitionError) as caught:
        read(tmp_path, VIEW.replace(old, new))
    assert place in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("tests", "message"),
    [
        ("tests: []\n", "a view without a test does not load"),
        (TESTS + TESTS.removeprefix("tests:\n"), "two tests are named 'nothing gives nothing'"),
        ("tests:\n  - {name: a, given: {things: [id]}, expect: []}\n", "must be a row"),
    ],
)
def test_tests_that_cannot_be_are_refused(tmp_path, tests, message):
    with pytest.raises(DefinitionError, match=message) as caught:
        read(tmp_path, tests=tests)
    assert "tests.yaml:" in str(caught.value)


def test_rows_that_cannot_be_made_are_refused_when_they_are_asked_for(tmp_path):
    tests = "tests:\n  - {name: a, given: {things: []}, expect: [{id: 1}, {id: !tag 2}]}\n"
    (test,) = read(tmp_path, tests=tests).tests
    assert len(test.expect) == 2
    with pytest.raises(DefinitionError, match="not valid YAML: could not determine") as caught:
        list(test.expect)
    assert "tests.yaml:2" in str(caught.value)


def test_rows_stand_for_themselves_wherever_they_go(tmp_path):
    (test,) = read(tmp_path).tests
    (other,) = read(tmp_path).tests
    assert test == other
    assert pickle.loads(pickle.dumps(test)) == test


def test_an_exception_from_a_rule_is_read_with_its_place(tmp_path):
    text = "version: 1\nlint_exceptions:\n  - {rule: epoch, reason: It must., expires: 2027-03-31}"
    (item,) = read(tmp_path, VIEW.replace("version: 1", text)).lint_exceptions
    assert (item.rule, item.reason, f"{item.expires}") == ("epoch", "It must.", "2027-03-31")
    assert item.where.line == 6


def test_a_column_stands_where_its_description_does(tmp_path):
    shared = tmp_path / "columns.yaml"
    shared.write_text("- {name: id, type: string, description: Number of the thing.}\n", "utf-8")
    known = read_shared_columns(shared)
    listed = VIEW.replace("{name: id, type: string, description: Number of the thing.}", "id")
    changed = listed.replace("- id", "- {name: id, description: Its other number.}")
    assert read(tmp_path, listed, shared=known).columns[0].where.path.name == "columns.yaml"
    assert read(tmp_path, changed, shared=known).columns[0].where.path.name == "view.yaml"
