"""Every command over every kind of bad event files: a documented exit code, a message that helps,
nothing readable lost, nothing left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bad_lakes import (
    GOOD_COUNTS,
    HOUR,
    LAKES,
    OTHERS,
    PERIOD,
    READERS,
    Case,
    arguments,
    assert_told,
    broken_json,
    forbidden,
    garbage,
    good,
    long_line,
    truncated_gzip,
)
from documents import run
from exhaustive import exhaustive

from dueng_analytics.cli.overview import COMMANDS
from dueng_analytics.cli.reading import Reading

pytestmark = pytest.mark.usefixtures("elsewhere")


@pytest.fixture
def lake(elsewhere: Path, request: pytest.FixtureRequest) -> Path:
    if request.param.make is forbidden and os.geteuid() == 0:
        pytest.skip("an administrator may read everything")
    request.param.make(elsewhere / "lake" / HOUR)
    return elsewhere / "lake"


def test_every_command_stands_in_the_matrix():
    assert {*READERS, *OTHERS} == set(COMMANDS)


# Every lake by the command that shows its rows, every command on one that cannot be read at all.
@pytest.mark.parametrize(
    ("command", "lake"),
    [
        pytest.param(
            command,
            case,
            id=f"{command}-{case.name}",
            marks=()
            if case.quick or (command == "query" and case.make is not long_line)
            else exhaustive("test_bad_lakes.py"),
        )
        for command in READERS
        for case in LAKES
    ],
    indirect=["lake"],
)
def test_a_command_that_reads_a_bad_lake_says_so_and_keeps_what_is_readable(
    command: str, lake: Path, request: pytest.FixtureRequest
):
    case: Case = request.node.callspec.params["lake"]
    code, out, err = run(arguments(command, lake))
    says = case.says if command != "quarantine" or case.code else ()
    assert_told((code, out, err), case.code, *says)
    if case.code:
        assert out == ""
    elif command == "query":
        counts = {row["event_type"]: row["n"] for row in json.loads(out)}
        if case.make is truncated_gzip:
            assert 20 < counts.pop("_email.open") < 40
            assert counts == GOOD_COUNTS
        else:
            assert counts == GOOD_COUNTS | (case.counts or {})
    elif command == "quarantine":
        rows = json.loads(out)
        assert all("events-" in row["file"] and row["reason"] for row in rows)
        assert len(rows) == case.quarantined if case.quarantined is not None else len(rows) >= 3
    else:
        assert Path("campaign_performance.html").is_file()


@exhaustive("test_bad_lakes.py")
@pytest.mark.parametrize("command", [name for name, given in OTHERS.items() if given])
def test_a_command_that_reads_no_events_does_not_mind_a_bad_lake(
    command: str, monkeypatch, tmp_path: Path
):
    given = OTHERS[command]
    assert given is not None
    expected = run(given)
    monkeypatch.setenv("DUENG_EVENTS", str(tmp_path / "missing"))
    outcome = run(given)
    assert_told(outcome, 0)
    if command != "config":
        assert outcome[1] == expected[1]
    assert expected[0] == 0


@exhaustive("test_bad_lakes.py")
def test_the_demo_shows_the_packaged_events_whatever_is_configured(elsewhere: Path, monkeypatch):
    monkeypatch.setenv("DUENG_EVENTS", str(elsewhere / "missing"))
    (elsewhere / "dueng.toml").write_text("threads = many\n", "utf-8")
    assert_told(run(["demo", "--out", "page"]), 0, "written to page/campaign_performance.html")


@exhaustive("test_bad_lakes.py")
@pytest.mark.parametrize(
    "command",
    [
        "query",
        "quarantine",
        pytest.param("report", marks=exhaustive("test_bad_lakes.py")),
    ],
)
def test_the_next_good_run_is_unaffected_by_a_bad_one(command: str, elsewhere: Path):
    good(elsewhere / "good" / HOUR)
    before = run(arguments(command, elsewhere / "good"))
    garbage(elsewhere / "bad" / HOUR)
    run(arguments(command, elsewhere / "bad"))
    run([*arguments(command, elsewhere / "bad"), "--strict"])
    assert run(arguments(command, elsewhere / "good")) == before
    assert before[0] == 0


@pytest.mark.parametrize("command", READERS)
def test_strict_makes_unreadable_records_an_error_that_names_the_first(
    command: str, elsewhere: Path
):
    broken_json(elsewhere / "lake" / HOUR)
    outcome = run([*arguments(command, elsewhere / "lake"), "--strict"])
    assert_told(outcome, 1, "1 record cannot be read", "events-2, position ", "--strict")
    assert outcome[1] == ""
    assert not Path("campaign_performance.html").exists()


@pytest.mark.parametrize("command", READERS)
def test_an_interrupt_while_reading_leaves_nothing_behind(
    command: str, elsewhere: Path, monkeypatch
):
    good(elsewhere / "lake" / HOUR)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Reading, "_advance", interrupt)
    outcome = run(arguments(command, elsewhere / "lake"))
    assert_told(outcome, 130, "Interrupted.")
    assert outcome[1] == ""
    assert sorted(path.name for path in elsewhere.iterdir()) == ["lake"]


@pytest.mark.parametrize("command", READERS)
def test_days_without_data_are_named(command: str, elsewhere: Path):
    good(elsewhere / "lake" / HOUR)
    given = [entry for entry in arguments(command, elsewhere / "lake") if entry not in PERIOD]
    outcome = run([*given, "--from", "2031-01-01", "--to", "2031-01-02"])
    assert_told(outcome, 1, "there is no event file from 2030-12-", "Choose other days")


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (["--from", "2026-10-20", "--to", "2026-10-19"], ("2026-10-20", "the earlier day as")),
        (["--from", "2026-02-30", "--to", "2026-03-01"], ("'2026-02-30' is no day",)),
        (["--from", "yesterday", "--to", "today"], ("'yesterday' is no day", "like 2026-10-19")),
    ],
    ids=["reversed", "no day", "words"],
)
@pytest.mark.parametrize("command", READERS)
def test_days_that_are_no_period_are_refused_before_anything_is_read(
    command: str, days: list[str], says: tuple[str, ...]
):
    given = [entry for entry in arguments(command, Path("missing")) if entry not in PERIOD]
    assert_told(run([*given, *days]), 2, *says)


# --- the process itself ------------------------------------------------------------------------


def process(*given: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dueng_analytics", *given],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **settings},
    )


def test_the_process_ends_with_the_code_of_the_error_and_no_trace(elsewhere: Path):
    truncated_gzip(elsewhere / "lake" / HOUR)
    done = process(*arguments("query", elsewhere / "lake"), "--strict", TMPDIR=str(elsewhere))
    assert_told((done.returncode, done.stdout, done.stderr), 1, "the gzip stream ends early")
    assert [path.name for path in elsewhere.iterdir()] == ["lake"]


@exhaustive("test_bad_lakes.py")
def test_a_reader_that_goes_away_is_no_error_worth_a_trace():
    command = f"{sys.executable} -m dueng_analytics show all_events | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "pinpoint.all_events"
    assert done.stderr == ""
