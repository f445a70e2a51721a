"""Files under no hour in a copy: one unit, of which a window sees a part."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.lake_copies import assert_reads_alike, data_files, done, read, record, sync
from tests.lake_files import FOLDER, HOUR, hours, write

FIRST, SECOND = "dt=2026-10-19", "dt=2026-10-20"
ON_FIRST = hours(HOUR, 1)
ON_SECOND = hours(HOUR + timedelta(days=1), 1)
ELSEWHERE = hours(HOUR + timedelta(days=40), 1)


def at(day: str) -> str:
    return f"{day.removeprefix('dt=')}T05:00:00Z"


def kinds(copy):
    with read(copy) as found:
        return found.values("kind", "demo.things")


@pytest.fixture
def days(tmp_path):
    """A lake with a file for each day, and a copy of it."""
    for day in (FIRST, SECOND):
        write(tmp_path / "events", f"{day}/a", [record(day[-2:], at(day))])
    sync(tmp_path / "events", tmp_path / "copy")
    return tmp_path


def test_a_window_leaves_alone_what_the_copy_has_of_other_days(days):
    write(days / "events", f"{SECOND}/new", [record("new", at(SECOND))])
    result = sync(days / "events", days / "copy", window=ON_SECOND)
    assert done(result) == ["written"]
    assert kinds(days / "copy") == ["19", "20", "new"]
    assert_reads_alike(days)


def test_a_window_without_any_of_the_files_leaves_them_alone(days):
    write(days / "events", f"{ELSEWHERE.first_hour:%Y/%m/%d/%H}/a", [record("far")])
    result = sync(days / "events", days / "copy", window=ELSEWHERE)
    assert done(result) == ["written", "unchanged"]
    assert kinds(days / "copy") == ["19", "20", "far"]


def test_a_mirror_with_a_window_drops_nothing_of_other_days(days):
    result = sync(days / "events", days / "copy", window=ON_SECOND, mirror=True)
    assert done(result) == ["unchanged"]
    assert kinds(days / "copy") == ["19", "20"]


def test_a_mirror_with_a_window_drops_what_is_gone(days):
    (days / "events" / SECOND / "a").unlink()
    write(days / "events", f"{FOLDER}/filed", [record("filed")])
    sync(days / "events", days / "copy", window=ON_FIRST, mirror=True)
    assert kinds(days / "copy") == ["19", "filed"]


def test_a_first_sync_with_a_window_copies_only_its_days_and_the_next_one_more(tmp_path):
    for day in (FIRST, SECOND):
        write(tmp_path / "events", f"{day}/a", [record(day[-2:], at(day))])
    sync(tmp_path / "events", tmp_path / "copy", window=ON_FIRST)
    assert kinds(tmp_path / "copy") == ["19"]
    sync(tmp_path / "events", tmp_path / "copy", window=ON_SECOND)
    assert kinds(tmp_path / "copy") == ["19", "20"]


def test_files_that_are_gone_are_not_given_up_for_new_ones(days):
    (days / "events" / FIRST / "a").unlink()
    write(days / "events", f"{SECOND}/new", [record("new", at(SECOND))])
    (found,) = sync(days / "events", days / "copy").hours
    assert (found.done.value, found.objects_gone) == ("failed", 1)
    assert "--mirror takes what is there" in str(found.reason)
    assert kinds(days / "copy") == ["19", "20"]
    assert done(sync(days / "events", days / "copy", mirror=True)) == ["written"]
    assert kinds(days / "copy") == ["20", "new"]
    assert_reads_alike(days)


def test_a_damaged_manifest_of_them_leaves_no_stale_file_behind(days):
    manifest = days / "copy" / "_dueng_copy" / "hours" / "no-hour" / "manifest.json"
    manifest.write_text("{}")
    write(days / "events", f"{FIRST}/a", [record("changed", at(FIRST))])
    assert done(sync(days / "events", days / "copy", window=ON_FIRST)) == ["written"]
    assert_reads_alike(days)
    assert len(data_files(days / "copy")) == 2
