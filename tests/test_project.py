"""A view of one's own needs three files and no Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from documents import blocks, run
from exhaustive import exhaustive

from dueng_analytics import open_lake
from dueng_analytics.resources import packaged

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "adding-a-view.md"
FIXTURES = packaged("fixtures")

REPORT = """\
title: Mails
description: How many mails were sent.
owner: somebody
cohort: All of them.
facts: {sql: facts.sql}
metrics:
  mails: {label: Mails sent, definition: Messages sent., numerator: mails}
sections:
  - title: All
    blocks:
      - kind: tiles
        title: Figures
        tiles:
          - {label: Mails sent, metrics: [mails]}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch) -> Path:
    """The project folder that the guide makes."""
    (tmp_path / "dueng.toml").write_text(f'events = ["{FIXTURES / "pinpoint"}"]\n', "utf-8")
    for block in blocks(GUIDE):
        if block.file is not None:
            path = tmp_path / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body, "utf-8")
    monkeypatch.chdir(tmp_path / "sql")
    return tmp_path


def test_a_view_of_a_project_is_tested_listed_shown_and_queried_like_a_packaged_one(project: Path):
    assert run(["test", "late_openers"])[0] == 0
    relations = {entry["name"]: entry for entry in json.loads(run(["list", "--json"])[1])}
    assert relations["late_openers"]["family"] == "shop"
    assert "email_send" in relations
    shown = json.loads(run(["show", "shop.late_openers", "--json"])[1])
    assert shown["reads"] == ["messaging.messages"]
    assert "shop.late_openers" in json.loads(run(["show", "messages", "--json"])[1])["read_by"]
    with open_lake() as lake:
        late = lake.query("select recipient, days_to_open from late_openers").rows()
        opened = lake.query(
            "select recipient, date_diff('day', sent_at, first_human_opened_at) as days_to_open"
            " from messages where channel = 'email'"
        ).rows()
    assert late
    key = str
    assert sorted(late, key=key) == sorted(
        (row for row in opened if (row["days_to_open"] or 0) >= 7), key=key
    )


@exhaustive("test_project.py")
def test_a_report_finds_its_columns_however_its_facts_write_them(tmp_path: Path, monkeypatch):
    day = FIXTURES / "pinpoint" / "2026" / "10" / "20"
    folder = tmp_path / "reports" / "mails"
    folder.mkdir(parents=True)
    (tmp_path / "dueng.toml").write_text(f'events = ["{day}"]\n', "utf-8")
    (folder / "facts.sql").write_text(
        "select count(*) as Mails from email_send"
        " where occurred_at between :from_time and :to_time and :time_zone is not null",
        "utf-8",
    )
    (folder / "report.yaml").write_text(REPORT, "utf-8")
    monkeypatch.chdir(tmp_path)
    code, out, err = run(["report", "mails", "--from", "2026-10-20", "--to", "2026-10-20"])
    assert code == 0, err
    assert "Mails sent" in out


def test_a_unit_test_of_a_project_that_fails_is_an_error_with_its_place(project: Path):
    path = project / "sql" / "shop" / "late_openers" / "tests.yaml"
    path.write_text(path.read_text("utf-8").replace("days_to_open: 7", "days_to_open: 8"), "utf-8")
    code, out, err = run(["test", "late_openers"])
    assert code == 1
    assert "an open after exactly a week is late" in out + err


def test_a_view_that_takes_the_name_of_a_packaged_one_is_refused(project: Path):
    folder = project / "sql" / "shop"
    (folder / "late_openers").rename(folder / "email_send")
    code, _, err = run(["list"])
    assert code == 1
    assert "the relation name 'email_send' is taken by" in err


def test_views_that_read_each_other_in_a_circle_are_named(project: Path):
    folder = project / "sql" / "shop" / "late_openers"
    text = (folder / "view.sql").read_text("utf-8")
    (folder / "view.sql").write_text(text.replace("messaging.messages", "shop.late_openers"))
    for arguments in (["show", "late_openers"], ["sql", "--all"], ["query", "table late_openers"]):
        code, _, err = run(arguments)
        assert code == 1
        assert "Traceback" not in err
    assert "circle" in run(["show", "late_openers"])[2]
