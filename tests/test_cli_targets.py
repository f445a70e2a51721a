"""Where a query, a report or a printed statement is about: files, or the tables of a target."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from documents import run

from dueng_analytics.cli.options import asked_target
from dueng_analytics.config import load_config
from dueng_analytics.resources import packaged

FIXTURES = str(packaged("fixtures"))
SELECT = "select count(*) as mails from email_send"
ANALYSTS = """\
target = "lab"

[targets.lab]
engine = "trino"
host = "127.0.0.1"
port = 9
tables = { all_events = "lake.events" }
layouts = { all_events = "projected" }

[targets.prod]
engine = "athena"
region = "eu-west-1"
families = ["pinpoint"]
"""


@pytest.fixture(autouse=True)
def project(elsewhere: Path) -> Path:
    (elsewhere / "dueng.toml").write_text(ANALYSTS, "utf-8")
    return elsewhere


def printed(*arguments: str) -> str:
    code, out, err = run(["sql", "--inline", *arguments])
    assert code == 0, err
    return out


def refused(*arguments: str) -> str:
    code, out, err = run([*arguments])
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    return err


def test_a_query_goes_to_the_target_of_the_project():
    code, _, err = run(["query", SELECT])
    assert code == 1
    assert "Trino at http://127.0.0.1:9 does not answer" in err
    assert "Check host, port" in err


def test_event_files_that_are_given_are_read_whatever_target_the_project_has():
    code, out, _ = run(["query", SELECT, "--events", f"{FIXTURES}/pinpoint", "--json"])
    assert code == 0
    assert json.loads(out)[0]["mails"] > 0


def test_event_files_and_a_target_contradict_each_other():
    assert "event files and a target" in refused(
        "query", SELECT, "--events", FIXTURES, "--target", "lab"
    )
    assert "event files and a target" in refused(
        "query", SELECT, "--events", FIXTURES, "--engine", "trino"
    )


def test_an_unknown_target_is_named_with_the_nearest():
    assert "Did you mean prod?" in refused("query", SELECT, "--target", "prd")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--workgroup", "w"], "--workgroup is a setting of athena, and the engine is trino"),
        (["--target", "prod", "--host", "h"], "--host is a setting of trino"),
        (["--engine", "trino", "--layout", "all_events"], "not NAME=VALUE"),
        (["--engine", "trino", "--layout", "all_events=flat"], "has no layout 'flat'"),
        (["--engine", "trino", "--table", "all_event=t"], "Did you mean all_events"),
        (["--engine", "trino", "--family", "pinpont"], "Did you mean pinpoint?"),
        (["--target", "lab", "--strict"], "--strict is about event files"),
        (["--port", "70000"], "--port"),
    ],
)
def test_what_a_target_cannot_be_told_is_named(options: list[str], message: str):
    assert message in refused("query", SELECT, *options)


def test_a_region_that_is_given_counts_before_that_of_the_target(project: Path):
    config = load_config({"region": "us-east-2", "target": "prod"}, {}, project)
    flags = {"region": "us-east-2", "target": "prod"}
    target = asked_target(config, flags)
    assert target is not None
    assert target.region == "us-east-2"
    assert "--region is a setting of athena" in refused("query", SELECT, "--region", "us-east-2")


def test_an_option_of_a_target_needs_one(project: Path):
    (project / "dueng.toml").write_text("", "utf-8")
    assert "--host is about a target, and none is named" in refused(
        "query", SELECT, "--host", "trino.example.com"
    )


def test_a_statement_is_printed_over_the_tables_and_hours_of_the_target():
    text = " ".join(printed(SELECT, "--from", "2026-10-19", "--to", "2026-10-19").split())
    assert (
        "FROM lake.events WHERE datehour >= '2026/10/18/23' AND datehour < '2026/10/20/01'" in text
    )


def test_an_option_says_more_than_the_table_of_the_target():
    text = printed(
        "email_send", "--table", "all_events=other.t", "--layout", "all_events=registered"
    )
    assert "FROM other.t" in text
    assert "lake.events" not in text


def test_without_a_target_the_tables_are_those_of_the_samples(project: Path):
    (project / "dueng.toml").write_text("", "utf-8")
    assert "FROM due_eventdb.all_events" in printed("email_send")


def test_a_column_is_printed_for_a_reader_and_not_as_the_client_needs_it():
    text = printed("select attributes from all_events", "--target", "prod")
    assert "json_format" not in text


def test_a_family_without_tables_has_no_scan():
    text = printed("messages", "--target", "prod")
    assert "due_eventdb.all_events" in text
    assert "ses-eventsdb" not in text


def test_the_query_of_a_report_is_printed_with_its_days():
    days = ["--from", "2026-10-19", "--to", "2026-10-25"]
    text = printed("--report", "campaign_performance", *days, "--timezone", "Europe/Berlin")
    assert "'Europe/Berlin'" in text
    assert "2026-10-18 22:00:00" in text
    assert text.count("FROM lake.events") == 1


def test_names_go_along_with_a_statement(project: Path):
    (project / "names.csv").write_text("kind,id,name\ncampaign,c'1,Spring\n", "utf-8")
    assert "'c''1'" in printed("dim_campaigns", "--names", "names.csv")


@pytest.mark.parametrize(
    "arguments", [[], ["email_send", "email_open"], ["email_send", "--report", "x"]]
)
def test_one_statement_is_written_down_at_a_time(arguments: list[str]):
    assert "--inline writes one statement down" in refused("sql", "--inline", *arguments)


def test_a_report_without_days_is_refused():
    assert "Give --from and --to" in refused("sql", "--inline", "--report", "campaign_performance")


def test_what_only_an_inline_statement_has_is_refused_without_it():
    assert "Add --inline" in refused("sql", "email_send", "--host", "trino.example.com")


def test_the_settings_show_targets_without_what_their_engine_has_no_use_for():
    code, out, _ = run(["config", "--json"])
    assert code == 0
    targets = json.loads(out)["settings"]["targets"]["value"]
    assert targets["prod"] == {
        "engine": "athena",
        "families": ["pinpoint"],
        "region": "eu-west-1",
        "catalog": "awsdatacatalog",
    }
    assert targets["lab"]["port"] == 9
