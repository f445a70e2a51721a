"""Where a lake is made: what another run, a full disk, an ended process or a killed run leave."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dueng_analytics.errors import UsageError
from dueng_analytics.simulate import (
    Plan,
    Simulation,
    TargetError,
    WorkerError,
    making,
    simulate,
    spans,
    staging,
)
from dueng_analytics.simulate.kinds import EVENT
from dueng_analytics.simulate.staging import EVENTS, MANIFEST, STAGE, TRUTH, alone
from tests.exhaustive import exhaustive

FILE = "test_simulate_staging.py"
SMALL = Plan("sms", 200, 2, 7, file_format="json")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    return simulate(tmp_path_factory.mktemp("made") / "lake", SMALL, jobs=1)


@pytest.fixture
def lake(made: Simulation, tmp_path: Path) -> Path:
    """A copy of a lake that may be spoilt."""
    return Path(shutil.copytree(made.events.parent, tmp_path / "lake"))


def test_a_second_run_into_a_folder_is_refused_while_one_is_at_work(tmp_path: Path):
    with alone(tmp_path / "lake", SMALL):
        with pytest.raises(UsageError, match="another run is making a lake"):
            simulate(tmp_path / "lake", SMALL, jobs=1)
        assert (tmp_path / "lake" / STAGE).is_dir()
    assert list(tmp_path.iterdir()) == []


def test_a_lake_that_another_run_made_in_the_meantime_is_taken(
    made: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    locked = staging._locked

    def slowly(hidden: Path, target: Path) -> Any:
        shutil.copytree(made.events.parent, target)
        return locked(hidden, target)

    monkeypatch.setattr(staging, "_locked", slowly)
    again = simulate(tmp_path / "lake", SMALL, jobs=1)
    assert again.was_there
    assert {path.name for path in (tmp_path / "lake").iterdir()} == {EVENTS, TRUTH}


@pytest.mark.parametrize("text", [b"[]", b"{}", b"\xff", b"{", b'{"totals": 3}'])
def test_a_manifest_that_says_nothing_is_refused_with_the_way_out(lake: Path, text: bytes):
    (lake / TRUTH / MANIFEST).write_bytes(text)
    with pytest.raises(UsageError, match=r"manifest cannot be understood(.|\n)*rm -r"):
        simulate(lake, SMALL, jobs=1)


def test_a_manifest_that_may_not_be_read_is_no_traceback(
    lake: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(TargetError, match="cannot be read: Permission denied"):
        simulate(lake, SMALL, jobs=1)


def test_a_lake_of_another_version_of_the_generator_is_not_taken_for_the_same(lake: Path):
    path = lake / TRUTH / MANIFEST
    manifest = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**manifest, "generator": manifest["generator"] - 1}), "utf-8")
    with pytest.raises(UsageError, match="another version of the generator"):
        simulate(lake, SMALL, jobs=1)


def test_a_run_that_was_killed_between_the_two_folders_is_made_up_for(lake: Path):
    (lake / STAGE / "run").mkdir(parents=True)
    (lake / EVENTS).rename(lake / STAGE / "run" / EVENTS)
    assert not simulate(lake, SMALL, jobs=1).was_there
    assert {path.name for path in lake.iterdir()} == {EVENTS, TRUTH}


def test_a_run_that_was_killed_while_it_tidied_up_left_a_whole_lake(lake: Path):
    (lake / STAGE).mkdir()
    assert simulate(lake, SMALL, jobs=1).was_there


def test_what_cannot_be_tidied_up_spoils_no_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(hidden: Path) -> None:
        if (tmp_path / "lake" / EVENTS).exists():
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(staging, "_empty", refuse)
    simulate(tmp_path / "lake", SMALL, jobs=1)
    assert simulate(tmp_path / "lake", SMALL, jobs=1).was_there


def test_events_that_cannot_be_moved_leave_no_half_of_a_lake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    move = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.name == EVENTS:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return move(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(TargetError, match="no room"):
        simulate(tmp_path / "lake", SMALL, jobs=1)
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_was_started_to_help_begins_no_lake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: object())
    with pytest.raises(UsageError, match=r"more than one job(.|\n)*__main__"):
        simulate(tmp_path / "lake", SMALL, jobs=2)
    assert list(tmp_path.iterdir()) == []


@exhaustive(FILE)
def test_a_script_without_its_guard_is_told_so_and_leaves_nothing(tmp_path: Path):
    script = tmp_path / "script.py"
    script.write_text(
        "from dueng_analytics.simulate import Plan, simulate\n"
        f"simulate({str(tmp_path / 'lake')!r}, Plan('sms', 300_000, 2), jobs=2)\n",
        "utf-8",
    )
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=300)
    assert run.returncode == 1
    assert "WorkerError: one of 2 processes was ended" in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["script.py"]


@exhaustive(FILE)
def test_a_worker_that_is_killed_is_told_with_the_way_out():
    with (
        pytest.raises(WorkerError, match="--jobs 1"),
        making._workers(2, Plan("sms", 300_000)) as over,
    ):
        list(over(os._exit, [9]))


@pytest.fixture
def small_disk() -> Iterator[None]:
    """A limit on the size of files, at which writing fails as on a full disk."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, usual[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, usual)


@exhaustive(FILE)
def test_two_processes_that_find_no_room_say_so_and_leave_nothing(tmp_path: Path, small_disk: None):
    with pytest.raises(TargetError, match="there is no room"):
        simulate(tmp_path / "lake", Plan("sms", 300_000, 2), jobs=2)
    assert list(tmp_path.iterdir()) == []


def burst(folder: Path, unit: int, received_ms: np.ndarray[Any, Any]) -> spans.Arrivals:
    """Arrivals of one unit, whose records lie in a folder."""
    records = np.zeros(len(received_ms), dtype=EVENT)
    records["received_ms"] = np.sort(received_ms)
    np.save(folder / f"{unit:06d}-records.npy", records)
    arrivals = spans.Arrivals(folder)
    arrivals.add(*np.unique(received_ms // spans.STEP_MS, return_counts=True))
    return arrivals


def test_a_burst_is_cut_into_spans_that_one_process_can_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(spans, "_MOST_RECORDS", 1_000)
    draw = np.random.default_rng(5)
    received = np.concatenate(
        [draw.integers(0, 600_000, 300), draw.integers(1_200_000, 1_290_000, 9_000)]
    )
    cut = burst(tmp_path, 0, received).spans()
    inside = [int(((received >= one.start_ms) & (received < one.end_ms)).sum()) for one in cut]
    assert sum(inside) == len(received)
    assert max(inside) <= 1_000


def test_a_lake_of_small_pieces_holds_the_same_records(
    made: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(spans, "_MOST_RECORDS", 40)
    again = simulate(tmp_path / "lake", SMALL, jobs=1)
    assert again.totals["stored_records"] == made.totals["stored_records"]


def peak_mb(folder: Path, events: int) -> float:
    """The most memory of a run in which half of all records have some fault, and more than one."""
    command = ["simulate", str(folder), "--profile", "sms", "--events", str(events), "--days", "20",
               "--jobs", "1", "--faults", "0.5"]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "dueng_analytics", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_maxrss / 1_000


@exhaustive(FILE)
def test_memory_does_not_grow_with_the_faults_of_a_lake(tmp_path: Path):
    # 800,000 events more: the pieces themselves grow by about 100 MB up to their limit, and places
    # of faults that are kept by another 150.
    assert peak_mb(tmp_path / "more", 1_000_000) - peak_mb(tmp_path / "less", 200_000) < 170
