"""``dueng sql``: what it prints can be pasted."""

from __future__ import annotations

import json
import re

import duckdb
import pytest
import sqlglot
from documents import run
from exhaustive import exhaustive
from sqlglot import exp

from dueng_analytics.catalog import load_catalog
from dueng_analytics.model.definitions import Source

CATALOG = load_catalog()
VIEWS = [view.qualified_name for view in CATALOG.definitions.views]


def printed(*arguments: str) -> str:
    code, out, err = run(["sql", *arguments])
    assert code == 0, err
    return out


def created(text: str) -> list[str]:
    """The relations that CREATE VIEW statements make, in order."""
    return re.findall(r"^CREATE OR REPLACE VIEW (\S+) AS$", text, re.M)


@exhaustive("test_cli_sql.py")
def test_everything_for_duckdb_can_be_pasted_into_an_empty_database():
    with duckdb.connect() as connection:
        connection.execute(printed("--all", "--ddl", "--dialect", "duckdb"))
        for view in CATALOG.definitions.views:
            rows = connection.execute(f"select * from {view.qualified_name}")
            columns = [description[0] for description in rows.description]
            assert columns == [column.name for column in view.columns]
            assert rows.fetchall() == []


@pytest.mark.parametrize(
    ("view", "family"),
    [
        ("sms_message_cost", "sms"),
        pytest.param("messages", "messaging", marks=exhaustive("test_cli_sql.py")),
    ],
)
def test_one_view_for_duckdb_brings_what_it_needs_with_it(view: str, family: str):
    with duckdb.connect() as connection:
        connection.execute(printed(view, "--ddl", "--upstream", "--dialect", "duckdb"))
        count = connection.execute(f"select count(*) from {family}.{view}").fetchone()
    assert count == (0,)


@exhaustive("test_cli_sql.py")
@pytest.mark.parametrize("dialect", ["athena", "trino"])
def test_the_statements_for_a_dialect_make_every_view_after_what_it_reads(dialect: str):
    text = printed("--all", "--ddl", "--dialect", dialect)
    statements = [tree for tree in sqlglot.parse(text, read=dialect) if tree is not None]
    assert all(isinstance(tree, exp.Create) for tree in statements)
    made: set[str] = set()
    for name in created(text):
        database, _, view = name.partition(".")
        relation = CATALOG.find(view)
        assert CATALOG.database(relation.family) == database.strip('"')
        for read in CATALOG.upstream(relation):
            assert isinstance(read, Source) or read.qualified_name in made
        made.add(relation.qualified_name)
    assert made == set(VIEWS)


def test_a_database_that_is_given_stands_wherever_the_family_is_named():
    text = printed("messages", "--ddl", "--upstream", "--database", "pinpoint=my-lake")
    assert '"my-lake".all_events' in text
    assert created(text)[-1] == "due_messaging.messages"


def test_a_database_that_is_given_leaves_those_of_the_project_as_they_are(tmp_path, monkeypatch):
    (tmp_path / "dueng.toml").write_text('[databases]\nmessaging = "model"\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    text = printed("messages", "--ddl", "--database", "pinpoint=lake")
    assert created(text) == ["model.messages"]


def test_without_ddl_a_view_is_the_select_that_its_author_wrote_with_physical_names():
    text = printed("email_send")
    view = CATALOG.find("email_send")
    assert not isinstance(view, Source)
    assert (
        text
        == "-- pinpoint.email_send\n"
        + view.sql.replace("from all_events", "from due_eventdb.all_events").rstrip("\n")
        + "\n"
    )


@exhaustive("test_cli_sql.py")
def test_what_has_to_exist_before_is_said_beside_the_statements():
    _, out, err = run(["sql", "messages", "dim_campaigns", "--ddl"])
    assert "messaging.events has to exist: --upstream prints it too" in err
    assert "names.name_intervals has to exist" in err
    _, _, err = run(["sql", "--all", "--ddl"])
    assert "pinpoint.all_events has to exist: `dueng source ddl all_events`" in err
    assert "names.name_snapshots has to exist: `dueng source adapter" in err
    assert "has to exist" not in out


@exhaustive("test_cli_sql.py")
def test_a_script_gets_each_view_with_what_it_reads():
    views = json.loads(printed("--all", "--json"))
    assert [f"{view['family']}.{view['name']}" for view in views] == [
        relation.qualified_name
        for relation in CATALOG.in_order()
        if not isinstance(relation, Source)
    ]
    send = next(view for view in views if view["name"] == "email_send")
    assert send["reads"] == ["pinpoint.all_events"]
    assert send["database"] == "due_eventdb"


def test_views_have_to_be_said_by_name_or_all_of_them():
    for arguments in ([], ["email_send", "--all"]):
        code, _, err = run(["sql", *arguments])
        assert code == 2
        assert "Give their names, or --all" in err


def test_a_source_is_answered_with_the_command_that_declares_it():
    code, _, err = run(["sql", "all_events"])
    assert code == 2
    assert "`dueng source ddl all_events`" in err
