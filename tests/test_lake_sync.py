"""A copy of an event lake: what a sync writes, what it leaves alone, and how the copy reads."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from dueng_analytics import open_lake
from dueng_analytics.errors import UsageError
from dueng_analytics.resources import packaged
from tests.documents import run
from tests.exhaustive import exhaustive
from tests.lake_copies import (
    OTHER_HOUR,
    THINGS,
    assert_reads_alike,
    data_files,
    done,
    files_of,
    lake,  # noqa: F401  (a fixture)
    read,
    record,
    sync,
    synced,  # noqa: F401  (a fixture)
)
from tests.lake_files import FOLDER, HOUR, event, hours, source, write
from tests.lake_files import read as read_files

# ruff: noqa: F811
only_everything = exhaustive("test_lake_sync.py")


# Reading a copy


def test_a_copy_reads_as_its_original_with_all_that_is_counted(synced):
    assert_reads_alike(synced)
    with read(synced / "copy") as copy:
        assert copy.loaded.records == {"demo.things": 5}
        assert (copy.loaded.quarantined, copy.loaded.values_lost) == (1, 1)
        assert copy.loaded.unknown_fields == {"demo.things": ("new_field",)}
        assert copy.values("kind", "demo.things") == ["lost", "one", "one", "three", "two"]


def test_a_window_of_a_copy_is_that_of_its_original(synced):
    assert_reads_alike(synced, window=hours(HOUR + timedelta(hours=1), 1))


def test_records_under_no_hour_are_copied_into_their_own(tmp_path):
    late = HOUR + timedelta(days=2)
    loose = [
        record("early"),
        record("late", f"{late:%Y-%m-%dT%H:%M:%SZ}"),
        record("timeless", at=None),
    ]
    write(tmp_path / "events", "loose", loose)
    write(tmp_path / "events", f"{FOLDER}/a", [record("filed")])
    result = sync(tmp_path / "events", tmp_path / "copy")
    assert [hour.hour for hour in result.hours] == [HOUR, None]
    assert_reads_alike(tmp_path)
    assert_reads_alike(tmp_path, window=hours(late, 1))
    folders = {path.parent.relative_to(tmp_path / "copy") for path in data_files(tmp_path / "copy")}
    assert {str(folder) for folder in folders} == {
        f"demo/things/{FOLDER}",
        f"demo/things/{late:%Y/%m/%d/%H}",
        "demo/things/no-hour",
    }


def test_a_source_without_a_layout_is_copied_too(tmp_path):
    bare = replace(THINGS, layouts=())
    write(tmp_path / "events", f"{FOLDER}/a", [record("filed")])
    write(tmp_path / "events", "loose", [record("loose")])
    sync(tmp_path / "events", tmp_path / "copy", sources=(bare,))
    assert_reads_alike(tmp_path, sources=(bare,))


def test_a_copy_says_itself_which_family_its_records_are_of(synced):
    with (
        pytest.raises(UsageError, match="is a copy, and says itself"),
        read(f"demo={synced / 'copy'}"),
    ):
        pass


def test_a_source_that_nobody_declares_any_more_is_put_aside(synced):
    with read_files(synced / "copy", sources=[source({"id": "string"}, name="others")]) as lake:
        assert lake.loaded.unknown_shapes == 5
        assert "no source is named" in lake.reasons[0]


@only_everything
def test_every_relation_of_the_packaged_events_is_the_same_over_a_copy(tmp_path, monkeypatch):
    shutil.copytree(packaged("fixtures"), tmp_path / "events")
    monkeypatch.chdir(tmp_path)
    assert run(["lake", "sync", "--events", "events", "--to-dir", "copy"])[0] == 0
    names = tmp_path / "events" / "names.csv"
    with open_lake("events", names=names) as original, open_lake("copy", names=names) as copy:
        assert _rows(original.quarantine().table) == _rows(copy.quarantine().table) != []
        for name in original.catalog.relations:
            family, _, relation = name.partition(".")
            query = f'select * from {family}."{relation}"'
            expected = _rows(original.query(query).table)
            assert _rows(copy.query(query).table) == expected, name


def _rows(table):
    return sorted(repr(row) for row in table.to_pylist(maps_as_pydicts="strict"))


# What is written


def test_the_files_of_an_hour_are_sorted_and_have_the_declared_columns(synced):
    stored = pq.read_table(data_files(synced / "copy")[0])
    assert stored["kind"].to_pylist() == ["lost", "one", "one", "two"]
    assert stored.column_names == [column.name for column in THINGS.columns]
    metadata = pq.ParquetFile(data_files(synced / "copy")[0]).metadata
    assert metadata.row_group(0).column(0).compression == "ZSTD"


def test_a_second_sync_changes_nothing(lake):
    before = files_of(lake / "copy")
    result = sync(lake / "events", lake / "copy")
    assert done(result) == ["unchanged", "unchanged"]
    assert sum(hour.bytes_read + hour.bytes_written for hour in result.hours) == 0
    assert files_of(lake / "copy") == before


def test_only_the_hour_with_a_new_object_is_written_anew(lake):
    kept = data_files(lake / "copy")[1]
    write(lake / "events", f"{FOLDER}/new", [record("new")])
    assert done(sync(lake / "events", lake / "copy")) == ["written", "unchanged"]
    assert_reads_alike(lake)
    files = data_files(lake / "copy")
    assert len(files) == 2
    assert files[1] == kept


def test_an_object_that_has_changed_is_copied_again(lake):
    write(lake / "events", f"{FOLDER}/a.gz", [record("other")])
    assert done(sync(lake / "events", lake / "copy")) == ["written", "unchanged"]
    assert_reads_alike(lake)


def test_an_hour_that_was_read_by_other_declarations_is_written_anew(lake):
    fewer = replace(THINGS, columns=THINGS.columns[:-1])
    assert done(sync(lake / "events", lake / "copy", sources=(fewer,))) == ["written"] * 2


def test_hours_outside_the_window_are_not_looked_at(lake):
    write(lake / "events", f"{FOLDER}/new", [record("new")])
    window = hours(HOUR + timedelta(hours=1), 1)
    result = sync(lake / "events", lake / "copy", window=window)
    assert [hour.hour for hour in result.hours] == [HOUR + timedelta(hours=1)]


def test_what_is_gone_from_the_original_stays_in_the_copy(lake):
    (lake / "events" / FOLDER / "b").unlink()
    shutil.rmtree(lake / "events" / OTHER_HOUR)
    result = sync(lake / "events", lake / "copy")
    assert done(result) == ["kept", "kept"]
    assert [hour.objects_gone for hour in result.hours] == [1, 1]
    with read(lake / "copy") as copy:
        assert copy.values("kind", "demo.things") == ["lost", "one", "one", "three", "two"]


def test_an_original_that_is_gone_as_a_whole_stays_in_the_copy(lake):
    shutil.rmtree(lake / "events" / "2026")
    assert done(sync(lake / "events", lake / "copy")) == ["kept", "kept"]


def test_an_hour_of_which_objects_were_put_together_is_written_anew(lake):
    (lake / "events" / FOLDER / "a.gz").unlink()
    (lake / "events" / FOLDER / "b").unlink()
    write(lake / "events", f"{FOLDER}/together", [record("one"), record("two")])
    result = sync(lake / "events", lake / "copy")
    assert done(result) == ["written", "unchanged"]
    assert [hour.objects_gone for hour in result.hours] == [2, 0]
    assert_reads_alike(lake)


def test_a_mirror_drops_what_is_gone(lake):
    (lake / "events" / FOLDER / "b").unlink()
    shutil.rmtree(lake / "events" / OTHER_HOUR)
    assert done(sync(lake / "events", lake / "copy", mirror=True)) == ["written", "dropped"]
    assert_reads_alike(lake)
    assert len(data_files(lake / "copy")) == 1


# The command


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder of a lake of Pinpoint's events."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dueng.toml").touch()
    write(tmp_path / "events", f"{FOLDER}/a.gz", [event("one"), event("two")])
    return tmp_path


@only_everything
def test_the_command_tells_what_it_did_and_fails_where_an_hour_was_not_copied(here):
    code, out, _ = run(["lake", "sync", "--events", "events", "--to-dir", "copy"])
    assert code == 0
    assert "1 hour looked at: 1 written, 0 unchanged" in out
    assert "1 object, 2 records, 0 quarantined" in out
    (here / "events" / FOLDER / "link").symlink_to("nowhere")
    code, out, _ = run(["lake", "sync", "--events", "events", "--to-dir", "copy", "--json"])
    figures = json.loads(out)
    assert (code, figures["hours_failed"]) == (1, 1)
    assert figures["failures"][0]["hour"] == "2026-10-19 05:00"


@only_everything
def test_the_command_says_that_objects_are_not_in_the_copy_any_more(here):
    run(["lake", "sync", "--events", "events", "--to-dir", "copy"])
    for path in (here / "events" / FOLDER).iterdir():
        path.rename(path.with_name("together"))
    code, _, err = run(["lake", "sync", "--events", "events", "--to-dir", "copy"])
    assert (code, "1 hour written anew without objects that are gone" in err) == (0, True)


@only_everything
def test_the_tables_of_a_copy_begin_with_its_first_hour(here):
    run(["lake", "sync", "--events", "events", "--to-dir", "copy"])
    code, out, _ = run(["lake", "ddl", "copy", "--location", "s3://lake/copy"])
    assert code == 0
    assert out.count("CREATE EXTERNAL TABLE") == 1
    assert "LOCATION 's3://lake/copy/pinpoint/all_events/'" in out
    assert "'s3://lake/copy/pinpoint/all_events/${datehour}'" in out
    assert "'2026/10/19/00," in out
    code, _, err = run(["lake", "ddl", "events"])
    assert (code, "is no copy" in err) == (2, True)
