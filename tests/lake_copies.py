"""A small lake and its copy, as tests of the sync need them."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.lake.copies import FOLDER, manifest_text, read_manifest
from dueng_analytics.lake.paths import parse_event_path
from dueng_analytics.lake.storage import Storage
from dueng_analytics.lake.syncing import SyncRequest, SyncResult, sync_lake
from dueng_analytics.model.definitions import Source
from tests.lake_files import FOLDER as HOUR_FOLDER
from tests.lake_files import ReadLake, lines, source, write
from tests.lake_files import read as read_files

OTHER_HOUR = "2026/10/19/06"
THINGS = replace(
    source(
        {
            "kind": "string",
            "at": "string",
            "client": "struct<id:string>",
            "attributes": "map<string,string>",
        },
        all_of=("kind",),
    ),
    type_column="kind",
)
"""A source of few columns: what a sync does with an hour depends on none of them."""
read = partial(read_files, sources=(THINGS,))


def record(kind: str, at: str | None = "2026-10-19T05:00:00Z", **values: Any) -> dict[str, Any]:
    """A record of it in wire format."""
    return {"kind": kind, "at": at, **values}


def a_lake(root: Path) -> Path:
    """Two hours of records with a repeat, one that cannot be read, a lost value, an odd field."""
    write(root, f"{HOUR_FOLDER}/a.gz", [record("one"), record("one"), record("lost", client=5)])
    write(root, f"{HOUR_FOLDER}/b", lines([record("two", new_field=1)]) + "no record\n")
    write(root, f"{OTHER_HOUR}/c.gz", [record("three", attributes={"A key": "Ü", "b": ""})])
    return root


def request(events: str | Path, target: str | Path, **options: Any) -> SyncRequest:
    """What is to be copied; by default things."""
    sources: Sequence[Source] = options.pop("sources", (THINGS,))
    made = SyncRequest((parse_event_path(str(events)),), str(target), tuple(sources), Storage())
    return replace(made, **options)


def sync(events: str | Path, target: str | Path, **options: Any) -> SyncResult:
    """What a sync did."""
    return sync_lake(request(events, target, **options), engine())


@cache
def engine() -> DuckDBEngine:
    """One engine of all syncs: a start takes as long as a sync of a small lake."""
    return DuckDBEngine(memory_limit="1GB", threads=2)


def done(result: SyncResult) -> list[str]:
    """What was done with each hour, in order."""
    return [hour.done.value for hour in result.hours]


def contents(lake: ReadLake) -> dict[str, Counter[str]]:
    """All that a lake holds: rows, what is put aside, what reads as NULL."""
    return {
        name: Counter(repr(row) for row in lake.rows(f"select * from {name}"))
        for name in ("demo.things", "lake.quarantine", "lake.deviations")
    }


def counters(lake: ReadLake) -> dict[str, Any]:
    """All that a lake counts of itself, but what its files are."""
    loaded = lake.loaded
    return {"last_event_at": lake.last_event_at} | {
        name: getattr(loaded, name)
        for name in loaded.__slots__
        if name not in ("files_read", "bytes_read", "folder")
    }


def data_files(copy: Path) -> list[Path]:
    """The files of records of a copy, in order."""
    return sorted(path for path in copy.rglob("*.parquet") if FOLDER not in path.parts)


def files_of(copy: Path) -> dict[str, bytes]:
    """Every file of a copy but its lock, with its content."""
    return {
        str(path.relative_to(copy)): path.read_bytes()
        for path in sorted(copy.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


@pytest.fixture(scope="module")
def synced(tmp_path_factory):
    """A lake and a whole copy of it, for tests that change neither."""
    folder = tmp_path_factory.mktemp("synced")
    events = a_lake(folder / "events")
    sync(events, folder / "copy")
    return folder


@pytest.fixture
def lake(synced, tmp_path):
    """A lake and a whole copy of it; the copy is of this very lake."""
    shutil.copytree(synced / "events", tmp_path / "events")
    shutil.copytree(synced / "copy", tmp_path / "copy")
    for path in (tmp_path / "copy").rglob("*.json"):
        _name_anew(path, str(synced), str(tmp_path))
    return tmp_path


def _name_anew(path, old, new):
    """Move a copy to another original; the times of change stay, for copytree keeps them."""
    if path.name == "copy.json":
        path.write_text(path.read_text().replace(old, new))
        return
    manifest = read_manifest(path.read_bytes(), "")
    objects = tuple(
        replace(entry, identity=entry.identity.replace(old, new)) for entry in manifest.objects
    )
    path.write_bytes(manifest_text(replace(manifest, objects=objects)))


def assert_reads_alike(lake, **options):
    with read(lake / "events", **options) as original:
        expected = contents(original), counters(original)
    with read(lake / "copy", **options) as copy:
        assert (contents(copy), counters(copy)) == expected
