"""Simulated lakes: what is written, that it is the same each time, and what is refused."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import pyarrow.dataset as ds
import pytest
from simulated_truth import table

from dueng_analytics.cli.simulate import read_faults
from dueng_analytics.errors import UsageError
from dueng_analytics.simulate import Faults, Plan, Simulation, TargetError, simulate
from dueng_analytics.simulate.staging import STAGE
from tests.exhaustive import exhaustive

FILE = "test_simulate.py"
SMALL = Plan("mixed", 400, 2, 7, file_format="json")
NONE = Faults(0.0, 0.0, 0.0, 0.0, 0.0)


def contents(folder: Path) -> dict[str, str]:
    """Every file of a folder with a digest of what is in it."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    return simulate(tmp_path_factory.mktemp("small") / "lake", SMALL, jobs=1)


def test_the_same_plan_makes_the_same_files(small: Simulation, tmp_path: Path):
    simulate(tmp_path / "again", SMALL, jobs=1)
    assert contents(tmp_path / "again") == contents(small.events.parent)


@exhaustive(FILE)
def test_another_seed_makes_other_files(small: Simulation, tmp_path: Path):
    other = simulate(tmp_path / "other", Plan("mixed", 400, 2, 8, file_format="json"), jobs=1)
    names = {path.name for path in small.events.rglob("*.gz")}
    assert names.isdisjoint(path.name for path in other.events.rglob("*.gz"))


@exhaustive(FILE)
@pytest.mark.parametrize("file_format", ["parquet", "json"])
def test_many_processes_make_what_one_makes(tmp_path: Path, file_format: str):
    plan = Plan("email", 450_000, 3, 5, file_format=file_format)
    simulate(tmp_path / "one", plan, jobs=1)
    simulate(tmp_path / "three", plan, jobs=3)
    assert contents(tmp_path / "one") == contents(tmp_path / "three")


@exhaustive(FILE)
@pytest.mark.parametrize("profile", ["email", "sms", "mixed", "migration"])
def test_the_number_of_events_is_met_within_one_percent(tmp_path: Path, profile: str):
    made = simulate(tmp_path / "lake", Plan(profile, 100_000, 4, 3), jobs=2)
    assert made.totals["events"] == pytest.approx(100_000, rel=0.01)


def test_objects_lie_and_are_named_as_firehose_does_it(small: Simulation):
    for path in small.events.rglob("*.gz"):
        _, year, month, day, hour, name = path.relative_to(small.events).parts
        moment = name.split("-1-")[1][:19]
        assert moment.startswith(f"{year}-{month}-{day}-{hour}-")
        assert len(name.split(f"{moment}-")[1]) == len("0a7e36c2-3b1d-4a1c-9f40-51a2b3c4d5e6.gz")


def test_a_ledger_places_every_fault_in_an_object_that_holds_it(small: Simulation, tmp_path: Path):
    import gzip

    made = simulate(
        tmp_path / "lake",
        Plan("sms", 300, 2, 2, file_format="json", faults=Faults(0.2, 0.1, 0.05, 0.1, 0.1)),
        jobs=1,
    )
    faults = table(made.events.parent, "faults")
    assert {fault.split(":")[0] for fault in faults["fault"]} == {
        "repeat",
        "late",
        "no message id",
        "malformed",
        "wrong shape",
    }
    for path, number in faults.loc[
        faults["fault"] == "malformed: empty object", ["object", "record"]
    ].itertuples(index=False):
        lines = gzip.decompress((made.events / path).read_bytes()).splitlines()
        assert lines[number - 1] == b"{}"


def test_a_lake_without_faults_has_each_event_once(tmp_path: Path):
    plan = Plan("email", 300, 2, file_format="json", faults=NONE)
    made = simulate(tmp_path / "lake", plan, jobs=1)
    assert made.totals["stored_records"] == made.totals["events"]
    assert len(table(tmp_path / "lake", "faults")) == 0


def test_the_ledgers_sums_are_those_of_its_rows(small: Simulation):
    folder = small.events.parent
    events, stored = table(folder, "events"), table(folder, "stored.parquet")
    daily, messages = table(folder, "daily.parquet"), table(folder, "messages")
    assert stored["records"].sum() == events["stored"].sum()
    assert stored["malformed"].sum() == events["malformed"].sum()
    assert daily["messages"].sum() == len(messages)
    assert daily["human_opens"].sum() == messages["human_opens"].sum()


def test_nothing_of_pinpoint_happens_after_its_end(tmp_path: Path):
    made = simulate(tmp_path / "lake", Plan("migration", 600, 4, file_format="json"), jobs=1)
    events = table(made.events.parent, "events")
    after = events["occurred_at"] >= "2026-10-31"
    pinpoint = events["source"] == "pinpoint"
    assert not events[pinpoint & after]["is_published"].any()
    assert events[pinpoint & after]["stored"].sum() == 0
    assert set(events[~pinpoint]["source"]) == {"ses", "sms"}


@exhaustive(FILE)
def test_campaigns_go_on_under_the_new_service(tmp_path: Path):
    simulate(tmp_path / "lake", Plan("migration", 800, 12, file_format="json"), jobs=1)
    messages = table(tmp_path / "lake", "messages")
    mails = messages[messages["channel"] == "email"]
    by_family = {
        family: set(rows["campaign_id"].dropna()) for family, rows in mails.groupby("family")
    }
    assert by_family["pinpoint"] & by_family["ses"]


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"profile": "emial"}, "Did you mean email"),
        ({"file_format": "orc"}, "parquet, json"),
        ({"events": 0}, "1 to 1,000,000,000"),
        ({"days": 0}, "1 to 366"),
        ({"days": 500}, "1 to 366"),
        ({"seed": -1}, "from 0 on"),
        ({"events": 3, "days": 10}, "more events or fewer days"),
        ({"buffer_s": 5}, "60 to 900 seconds"),
        ({"first_day": date(1980, 1, 1)}, "first day from"),
        ({"profile": "migration", "first_day": date(2026, 12, 1)}, "Leave --first-day out"),
        ({"profile": "migration", "days": 1}, "at least 2 days"),
    ],
)
def test_parameters_that_mean_nothing_are_refused_with_the_way_out(
    changes: dict[str, object], said: str
):
    with pytest.raises(UsageError, match=said):
        Plan(**changes)  # type: ignore[arg-type]


def test_a_rate_beyond_all_records_is_refused():
    with pytest.raises(UsageError, match=r"from 0 to 0\.5"):
        Faults(repeats=1.5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, Faults()),
        ("none", NONE),
        ("0.1", Faults(0.1, 0.1, 0.1, 0.1, 0.1)),
        ("repeats=0.2, missing-ids=0.01", Faults(repeats=0.2, missing_ids=0.01)),
    ],
)
def test_faults_are_read_as_one_rate_or_several(text: str | None, expected: Faults):
    assert read_faults(text, "json") == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [("often", "--faults none"), ("repeat=0.1", "Did you mean repeats"), ("repeats=", "no rate")],
)
def test_faults_that_say_nothing_are_refused_with_the_way_out(text: str, said: str):
    with pytest.raises(UsageError, match=said):
        read_faults(text, "json")


def test_a_parquet_lake_refuses_records_that_it_cannot_hold():
    with pytest.raises(UsageError, match="--format json"):
        Plan(faults=Faults(malformed=0.1))


def test_the_same_lake_is_not_made_again(small: Simulation):
    before = contents(small.events.parent)
    again = simulate(small.events.parent, SMALL)
    assert again.was_there
    assert again.totals == small.totals
    assert contents(small.events.parent) == before


def test_a_folder_with_a_lake_of_other_parameters_is_left_alone(small: Simulation):
    with pytest.raises(UsageError, match="other parameters"):
        simulate(small.events.parent, Plan("sms", 400, 2, 7, file_format="json"))


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        simulate(tmp_path, SMALL)
    assert contents(tmp_path).keys() == {"notes.txt"}


def test_a_file_in_the_place_of_the_folder_is_left_alone(tmp_path: Path):
    (tmp_path / "lake").write_text("mine")
    with pytest.raises(UsageError, match="is a file"):
        simulate(tmp_path / "lake", SMALL)


def test_what_a_killed_run_left_is_no_lake_and_is_made_anew(small: Simulation, tmp_path: Path):
    left = tmp_path / STAGE / "events" / "pinpoint"
    left.mkdir(parents=True)
    (left / "half.parquet").write_bytes(b"PAR1")
    simulate(tmp_path, SMALL, jobs=1)
    assert contents(tmp_path) == contents(small.events.parent)


@exhaustive("test_simulate.py")
def test_a_command_that_is_ended_ends_its_workers_and_leaves_nothing(tmp_path: Path):
    command = ["simulate", str(tmp_path / "lake"), "--events", "600000", "--days", "4"]
    process = subprocess.Popen(
        [sys.executable, "-m", "dueng_analytics", *command],
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until = time.monotonic() + 60
        while not any(tmp_path.rglob("*.parquet")):
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        # its workers hold its stderr too, which ends with the last of them
        _, said = process.communicate(timeout=60)
        assert (process.returncode, said.splitlines()[-1]) == (130, "Interrupted.")
        assert list(tmp_path.rglob("*")) == []
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def small_disk() -> Iterator[None]:
    """A limit on the size of files, at which writing fails as on a full disk."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, usual[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def test_a_run_that_finds_no_room_says_how_much_it_takes_and_leaves_nothing(
    tmp_path: Path, small_disk: None
):
    with pytest.raises(TargetError, match="MB while it is made") as caught:
        simulate(tmp_path / "lake", SMALL, jobs=1)
    assert caught.value.what.startswith(f"there is no room in {tmp_path / 'lake'}")
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_it_made_and_where(tmp_path: Path):
    from click.testing import CliRunner

    from dueng_analytics.cli.app import dueng

    asked = ["simulate", str(tmp_path / "lake"), "--events", "200", "--days", "2", "--json",
             "--profile", "sms", "--format", "json", "--faults", "none"]  # fmt: skip
    result = CliRunner().invoke(dueng, asked, catch_exceptions=False)
    told = json.loads(result.stdout)
    assert told["totals"]["stored_records"] == told["totals"]["events"]
    assert ds.dataset(Path(told["truth"]) / "messages").count_rows() > 0
    assert (
        json.loads((tmp_path / "lake/truth/manifest.json").read_text())["totals"]
        == (told["totals"])
    )
