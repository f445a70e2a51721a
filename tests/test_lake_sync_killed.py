"""A sync that is killed at any step leaves a whole copy, and the next one finishes it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from dueng_analytics.lake.copies import FOLDER as HIDDEN
from tests.exhaustive import EXHAUSTIVE, exhaustive
from tests.lake_copies import OTHER_HOUR, a_lake, data_files, done, read, record, sync
from tests.lake_files import FOLDER, write

NEW_HOUR = "2026/10/19/07"
AFTER = ["changed", "new", "two"]
ALL_STEPS = range(1, 81)
STEPS = ALL_STEPS if EXHAUSTIVE else (14, 80)
"""Before which step on files a sync is killed; it has fewer than 80."""
FIRST_STEPS = ALL_STEPS if EXHAUSTIVE else (5,)
# Each sync is a process of its own, forked before there is an engine, and ends itself as `kill -9`
# would: nothing of it can be tidied up.
_KILLED = """
import os, signal, sys
from pathlib import Path
from tests.lake_copies import sync

def dying(first, left):
    def step(*arguments, **options):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return first(*arguments, **options)
    return step

events, *copies = sys.argv[1:]
for copy in map(Path, copies):
    child = os.fork()
    if child == 0:
        left = [int(copy.name)]
        for name in ("replace", "unlink", "mkdir", "write_bytes", "rmdir"):
            setattr(Path, name, dying(getattr(Path, name), left))
        sync(events, copy, mirror=True)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print("killed" if os.WIFSIGNALED(status) else "done")
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Copies of which a sync was killed: one hour changed, one vanished, one is new.

    Those in ``first`` are of a first sync.
    """
    folder = tmp_path_factory.mktemp("killed")
    events = a_lake(folder / "events")
    sync(events, folder / "before")
    write(events, f"{FOLDER}/a.gz", [record("changed")])
    (events / OTHER_HOUR / "c.gz").unlink()
    write(events, f"{NEW_HOUR}/d", [record("new")])
    copies = [folder / "again" / str(number) for number in STEPS]
    for copy in copies:
        shutil.copytree(folder / "before", copy)
    copies += [folder / "first" / str(number) for number in FIRST_STEPS]
    (folder / "first").mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", _KILLED, events, *copies],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    ends = ended.stdout.split()
    return folder, ends[: len(STEPS)], ends[len(STEPS) :]


def assert_is_finished_by_the_next_sync(folder, copy):
    sync(folder / "events", copy, mirror=True)
    with read(copy) as lake:
        assert lake.values("kind", "demo.things") == AFTER
    assert len(data_files(copy)) == 2
    left = {path.name for path in (copy / HIDDEN).iterdir()}
    assert left == {"copy.json", "hours", "lock", "quarantine"}
    assert done(sync(folder / "events", copy)) == ["unchanged", "unchanged"]


@exhaustive("test_lake_sync_killed.py")
def test_syncs_were_killed_until_one_had_no_further_step(killed):
    _, again, first = killed
    assert "killed" in first
    assert again == ["killed"] * again.count("killed") + ["done"] * again.count("done")
    assert "killed" in again
    assert again[-1] == "done"


@pytest.mark.parametrize("number", STEPS)
def test_a_killed_sync_leaves_each_hour_as_it_was_or_as_it_is(killed, number):
    folder, _, _ = killed
    copy = folder / "again" / str(number)
    with read(copy) as lake:
        kinds = lake.values("kind", "demo.things")
        assert lake.loaded.quarantined == 1
    ways = [
        sorted([*own, "two", *other, *new])
        for own in (["one", "one", "lost"], ["changed"])
        for other in (["three"], [])
        for new in ([], ["new"])
    ]
    assert kinds in ways
    assert_is_finished_by_the_next_sync(folder, copy)


@pytest.mark.parametrize("number", FIRST_STEPS)
def test_a_first_sync_that_is_killed_is_finished_by_the_next_one(killed, number):
    folder, _, _ = killed
    copy = folder / "first" / str(number)
    if list((copy / HIDDEN).rglob("manifest.json")):
        with read(copy) as lake:
            assert lake.values("kind", "demo.things") in (["changed", "two"], AFTER)
    assert_is_finished_by_the_next_sync(folder, copy)
