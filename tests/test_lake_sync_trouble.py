"""A copy that is damaged, a target that is none, and what happens to the lake during a sync."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dueng_analytics.errors import EmptyLake, LakeError, UnreadableLake, UsageError
from dueng_analytics.lake import syncing
from dueng_analytics.lake.copy_target import FolderTarget
from dueng_analytics.lake.original import Original
from dueng_analytics.lake.syncing import sync_lake
from tests.exhaustive import exhaustive
from tests.lake_copies import (
    OTHER_HOUR,
    assert_reads_alike,
    data_files,
    done,
    engine,
    files_of,
    lake,  # noqa: F401  (a fixture)
    read,
    record,
    request,
    sync,
    synced,  # noqa: F401  (a fixture)
)
from tests.lake_files import FOLDER, HOUR, hours, write

# ruff: noqa: F811
only_everything = exhaustive("test_lake_sync_trouble.py")


# A copy that is damaged


def _cut(path):
    os.truncate(path, path.stat().st_size - 10)


def _alter(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param(_cut, "it has .* bytes and had", marks=only_everything),
        (_alter, "it was altered"),
        (Path.unlink, "it is gone"),
    ],
)
@pytest.mark.parametrize("part", ["data", pytest.param("quarantine", marks=only_everything)])
def test_a_damaged_file_is_named_and_the_next_sync_repairs_it(lake, damage, reason, part):
    pattern = "demo/**/*.parquet" if part == "data" else "_dueng_copy/quarantine/**/*.parquet"
    path = sorted((lake / "copy").glob(pattern))[0]
    damage(path)
    with pytest.raises(UnreadableLake, match=reason) as caught, read(lake / "copy"):
        pass
    assert caught.value.where == str(path)
    assert "dueng lake sync" in str(caught.value.hint)
    result = sync(lake / "events", lake / "copy")
    assert done(result) == ["written", "unchanged"]
    assert str(path) in str(result.hours[0].reason)
    assert_reads_alike(lake)


def test_a_damaged_manifest_is_named_and_the_next_sync_repairs_it(lake):
    path = lake / "copy" / "_dueng_copy" / "hours" / FOLDER / "manifest.json"
    path.write_text(path.read_text().replace('"rows": 4', '"rows": 3'))
    with pytest.raises(UnreadableLake, match="no whole manifest") as caught, read(lake / "copy"):
        pass
    assert caught.value.where == str(path)
    write(lake / "events", f"{FOLDER}/new", [record("new")])
    assert done(sync(lake / "events", lake / "copy")) == ["written", "unchanged"]
    assert_reads_alike(lake)
    assert len(data_files(lake / "copy")) == 2


def test_a_mirror_drops_an_hour_of_which_the_manifest_is_damaged_with_all_its_files(lake):
    (lake / "copy" / "_dueng_copy" / "hours" / FOLDER / "manifest.json").write_text("{}")
    shutil.rmtree(lake / "events" / FOLDER)
    result = sync(lake / "events", lake / "copy", mirror=True)
    assert done(result) == ["dropped", "unchanged"]
    assert not [path for path in files_of(lake / "copy") if FOLDER in path]


def test_an_hour_of_which_the_manifest_is_gone_is_copied_again_and_nothing_stays(lake):
    (lake / "copy" / "_dueng_copy" / "hours" / FOLDER / "manifest.json").unlink()
    write(lake / "events", f"{FOLDER}/a.gz", [record("changed")])
    assert done(sync(lake / "events", lake / "copy")) == ["written", "unchanged"]
    assert_reads_alike(lake)
    assert len(data_files(lake / "copy")) == 2


@pytest.mark.parametrize("content", ["", "[]", '{"manifest": 1}'])
def test_a_damaged_list_of_what_was_being_put_in_place_stops_nothing(lake, content):
    (lake / "copy" / "_dueng_copy" / "pending.json").write_text(content)
    assert done(sync(lake / "events", lake / "copy")) == ["unchanged", "unchanged"]
    assert not (lake / "copy" / "_dueng_copy" / "pending.json").exists()


def _emptied(path):
    path.write_text("")


@pytest.mark.parametrize("damage", [_emptied, Path.unlink])
def test_a_copy_that_does_not_say_of_what_it_is_one_is_mended_by_its_own_events(lake, damage):
    marker = lake / "copy" / "_dueng_copy" / "copy.json"
    before = marker.read_bytes()
    damage(marker)
    with read(lake / "copy") as copy:
        assert (copy.loaded.records, copy.loaded.quarantined) == ({"demo.things": 5}, 1)
    far = hours(HOUR + timedelta(days=40), 1)
    assert done(sync(lake / "events", lake / "copy", window=far)) == []
    assert marker.read_bytes() == before
    assert done(sync(lake / "events", lake / "copy")) == ["unchanged", "unchanged"]


def test_a_copy_that_does_not_say_of_what_it_is_one_is_not_taken_for_another(lake):
    write(lake / "more", f"{FOLDER}/a", [record("one")])
    _emptied(lake / "copy" / "_dueng_copy" / "copy.json")
    before = files_of(lake / "copy")
    with pytest.raises(UnreadableLake, match="of what this is a copy is damaged") as caught:
        sync(lake / "more", lake / "copy")
    assert "--events of which it is a copy" in str(caught.value.hint)
    assert files_of(lake / "copy") == before


def test_damage_that_the_original_cannot_repair_is_named(lake):
    _cut(data_files(lake / "copy")[0])
    shutil.rmtree(lake / "events" / FOLDER)
    result = sync(lake / "events", lake / "copy")
    assert done(result) == ["failed", "unchanged"]
    assert "gone from the original" in str(result.hours[0].reason)


# A target that is none


def test_a_folder_that_holds_something_else_is_refused(lake):
    (lake / "other").mkdir()
    (lake / "other" / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="holds something that is no copy"):
        sync(lake / "events", lake / "other")
    assert [path.name for path in (lake / "other").iterdir()] == ["letter.txt"]


def test_a_copy_of_another_lake_is_refused(lake):
    write(lake / "more", f"{FOLDER}/a", [record("one")])
    with pytest.raises(UsageError, match=re.escape(f"is a copy of {lake / 'events'}")):
        sync(lake / "more", lake / "copy")


@pytest.mark.parametrize("target", ["events", "events/copy", "."])
def test_a_copy_inside_of_its_original_or_around_it_is_refused(lake, target):
    with pytest.raises(UsageError, match="lie inside of one another"):
        sync(lake / "events", lake / target)


def test_a_copy_of_a_copy_is_refused(lake):
    with pytest.raises(UsageError, match="are a copy themselves"):
        sync(lake / "copy", lake / "again")


def test_a_file_as_the_target_is_refused(lake):
    with pytest.raises(UsageError, match="is a file"):
        sync(lake / "events", lake / "events" / FOLDER / "b")


@pytest.mark.parametrize(
    "target", ["", " ", "gs://bucket/copy", "S3://bucket/copy", "~nobody-at-all/a"]
)
def test_a_target_that_is_no_place_is_refused(lake, target, monkeypatch):
    monkeypatch.chdir(lake)
    with pytest.raises(UsageError, match="is no place for a copy") as caught:
        sync(lake / "events", target)
    assert "--to-dir" in str(caught.value.hint)
    assert sorted(path.name for path in lake.iterdir()) == ["copy", "events"]


def test_where_nothing_is_to_copy_nothing_is_made(tmp_path):
    (tmp_path / "events").mkdir()
    with pytest.raises(EmptyLake):
        sync(tmp_path / "events", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_two_syncs_at_once_are_refused(lake):
    with (
        FolderTarget(lake / "copy").alone(),
        pytest.raises(LakeError, match="another sync is writing"),
    ):
        sync(lake / "events", lake / "copy")


def test_a_copy_that_another_sync_began_meanwhile_is_not_written_into(lake, monkeypatch):
    write(lake / "more", f"{FOLDER}/a", [record("other")])
    listed = Original.by_hour
    others = [lake / "more"]

    def listing(original):
        if others:
            sync(others.pop(), lake / "new")
        return listed(original)

    monkeypatch.setattr(Original, "by_hour", listing)
    with pytest.raises(LakeError, match="another sync has begun a copy there meanwhile"):
        sync(lake / "events", lake / "new")
    with read(lake / "new") as copy:
        assert copy.values("kind", "demo.things") == ["other"]


# What goes wrong meanwhile


def test_an_object_that_changes_while_it_is_read_is_read_again(lake, monkeypatch):
    write(lake / "events", f"{FOLDER}/new", [record("new")])
    _meanwhile(monkeypatch, lambda: write(lake / "events", f"{FOLDER}/new", [record("newer")]), 1)
    assert done(sync(lake / "events", lake / "copy")) == ["written", "unchanged"]
    assert_reads_alike(lake)


@only_everything
def test_an_hour_that_never_rests_stays_as_it_was_and_is_named(lake, monkeypatch):
    texts = iter(("newer", "newest"))
    write(lake / "events", f"{FOLDER}/new", [record("new")])
    _meanwhile(
        monkeypatch, lambda: write(lake / "events", f"{FOLDER}/new", [record(next(texts))]), 2
    )
    result = sync(lake / "events", lake / "copy")
    assert done(result) == ["failed", "unchanged"]
    assert result.hours[0].reason == "its objects change while they are read"
    with read(lake / "copy") as copy:
        assert copy.values("kind", "demo.things") == ["lost", "one", "one", "three", "two"]


@only_everything
def test_an_object_that_vanishes_while_it_is_read_is_left_out(lake, monkeypatch):
    write(lake / "events", f"{FOLDER}/new", [record("new")])
    write(lake / "events", f"{FOLDER}/newer", [record("newer")])
    first = syncing.stage_hour

    def without(files, *rest):
        (lake / "events" / FOLDER / "new").unlink(missing_ok=True)
        return first(files, *rest)

    monkeypatch.setattr(syncing, "stage_hour", without)
    assert done(sync(lake / "events", lake / "copy")) == ["written", "unchanged"]
    assert_reads_alike(lake)


def _meanwhile(monkeypatch, change, times):
    """Do something after each of the next readings of an hour."""
    first = syncing.stage_hour
    left = [times]

    def reading(*arguments):
        staged = first(*arguments)
        if left[0]:
            left[0] -= 1
            change()
        return staged

    monkeypatch.setattr(syncing, "stage_hour", reading)


def test_an_object_that_cannot_be_read_fails_its_hour_alone(lake):
    (lake / "events" / FOLDER / "link").symlink_to("nowhere")
    write(lake / "events", f"{OTHER_HOUR}/new", [record("new")])
    result = sync(lake / "events", lake / "copy")
    assert done(result) == ["failed", "written"]
    assert str(lake / "events" / FOLDER / "link") in str(result.hours[0].reason)


def test_a_parquet_object_with_a_damaged_page_fails_its_hour_alone(lake):
    path = lake / "events" / FOLDER / "p.parquet"
    pq.write_table(pa.table({"kind": ["one"] * 900, "at": ["2026-10-19T05:00:00Z"] * 900}), path)
    data = path.read_bytes()
    path.write_bytes(data[:4] + bytes(60) + data[64:])
    write(lake / "events", f"{OTHER_HOUR}/new", [record("new")])
    result = sync(lake / "events", lake / "copy")
    assert done(result) == ["failed", "written"]
    assert f"{path}: not a whole Parquet file: " in str(result.hours[0].reason)


def test_a_folder_that_vanishes_meanwhile_names_the_hour(lake):
    write(lake / "events", f"{FOLDER}/new", [record("new")])
    write(lake / "events", f"{OTHER_HOUR}/new", [record("new")])

    def vanish(*_):
        shutil.rmtree(lake / "copy" / "_dueng_copy" / "incoming")

    with pytest.raises(LakeError, match="the hour 2026-10-19 06:00 cannot be copied") as caught:
        sync_lake(request(lake / "events", lake / "copy"), engine(), vanish)
    assert "incoming" in str(caught.value.where)


def test_a_full_disk_names_the_hour_and_leaves_the_copy_whole(lake):
    write(
        lake / "events",
        f"{FOLDER}/new",
        [record("new", attributes={"a": os.urandom(90_000).hex()})],
    )
    before = files_of(lake / "copy")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
    try:
        with pytest.raises(
            LakeError, match=r"the hour 2026-10-19 05:00 cannot be copied"
        ) as caught:
            sync(lake / "events", lake / "copy")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert caught.value.hint
    assert files_of(lake / "copy") == before
    assert done(sync(lake / "events", lake / "copy")) == ["written", "unchanged"]
