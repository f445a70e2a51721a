"""Reading a plan: what is announced, what is refused, and what is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pytest

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import BudgetExceeded, QuarantineError, UnreadableLake
from dueng_analytics.lake import loading, spool, staging
from dueng_analytics.lake.loading import load_lake
from dueng_analytics.lake.paths import parse_event_path
from dueng_analytics.lake.planning import plan_lake
from tests.exhaustive import exhaustive
from tests.lake_files import FOLDER, HOUR, all_events, event, lines, read, write

ROOT = Path(__file__).parents[1]


def plan(*events):
    return plan_lake([parse_event_path(str(path)) for path in events], [all_events()])


def test_more_bytes_than_allowed_are_refused_before_anything_is_opened(tmp_path):
    (tmp_path / FOLDER).mkdir(parents=True)
    with (tmp_path / FOLDER / "large").open("wb") as file:
        file.truncate(20_000_000_000)
    with DuckDBEngine() as engine, pytest.raises(BudgetExceeded) as caught:
        load_lake(plan(tmp_path), engine, [all_events()], max_bytes=10_000_000_000)
    assert "20.0 GB of event files would be read, more than the 10.0 GB allowed" in str(
        caught.value
    )
    assert "--from" in str(caught.value.hint)
    assert "--max-bytes" in str(caught.value.hint)


def test_as_many_bytes_as_allowed_are_read(tmp_path):
    file = write(tmp_path, f"{FOLDER}/x", [event()])
    with read(tmp_path, max_bytes=file.stat().st_size) as lake:
        assert lake.loaded.bytes_read == file.stat().st_size


def test_progress_tells_bytes_and_files_up_to_all_of_them(tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "_BATCH_FILES", 2)
    for index in range(5):
        write(tmp_path, f"{FOLDER}/{index}", [event()])
    seen = []
    with read(tmp_path, progress=lambda *figures: seen.append(figures)) as lake:
        size = lake.plan.bytes // 5
        assert seen == [(2 * size, 5 * size, 2), (4 * size, 5 * size, 4), (5 * size, 5 * size, 5)]


@pytest.mark.parametrize(
    "batch",
    [
        3,
        pytest.param(1, marks=exhaustive("test_lake_loading.py")),
        pytest.param(100, marks=exhaustive("test_lake_loading.py")),
    ],
)
def test_rows_do_not_depend_on_how_files_are_put_together(tmp_path, monkeypatch, batch):
    monkeypatch.setattr(loading, "_BATCH_FILES", batch)
    monkeypatch.setattr(staging, "_FILES_AT_ONCE", batch)
    monkeypatch.setattr(spool, "_LARGEST_SPOOL_BYTES", 1_000)
    for index in range(10):
        hour = HOUR + timedelta(hours=index)
        records = [event(f"{index} {n}", client={"client_id": "c"}) for n in range(20)]
        if index % 2:
            records[5]["client"] = index
        write(tmp_path, f"{hour:%Y/%m/%d/%H}/x.{'gz' if index % 3 else 'json'}", records)
    with read(tmp_path) as lake:
        assert lake.values("event_type") == sorted(f"{i} {n}" for i in range(10) for n in range(20))
        assert lake.rows(
            "select count(*) as n from pinpoint.all_events where client.client_id = 'c'"
        ) == [{"n": 195}]
        assert len(lake.deviations) == 5


def test_staged_data_lies_in_the_spill_folder_and_is_removed_on_closing(tmp_path):
    write(tmp_path / "lake", f"{FOLDER}/x.gz", [event(), event(client=5)])
    folder = tmp_path / "deep" / "spill"
    with read(tmp_path / "lake", spill_folder=folder) as lake:
        assert lake.loaded.folder.parent == folder
        assert list(lake.loaded.folder.iterdir())
    assert list(folder.iterdir()) == []


def test_what_was_unpacked_is_removed_as_soon_as_it_was_read(tmp_path):
    write(tmp_path / "lake", f"{FOLDER}/x.gz", [event(str(n)) for n in range(1_000)])
    with read(tmp_path / "lake", spill_folder=tmp_path / "spill") as lake:
        left = [path for path in lake.loaded.folder.rglob("*") if path.is_file()]
        assert [path.suffix for path in left] == [".parquet"]


def test_an_error_while_reading_leaves_nothing_behind(tmp_path):
    write(tmp_path / "lake", f"{FOLDER}/a.gz", [event()])
    (tmp_path / "lake" / FOLDER / "z").symlink_to(tmp_path / "nowhere")
    spill = tmp_path / "spill"
    with pytest.raises(UnreadableLake), read(tmp_path / "lake", spill_folder=spill):
        pass
    assert list(spill.iterdir()) == []


def test_a_strict_reading_that_fails_leaves_nothing_behind(tmp_path):
    write(tmp_path / "lake", f"{FOLDER}/a", lines([event()]) + "oops")
    spill = tmp_path / "spill"
    with pytest.raises(QuarantineError), read(tmp_path / "lake", spill_folder=spill, strict=True):
        pass
    assert list(spill.iterdir()) == []


def test_a_spill_folder_that_cannot_be_made_is_an_error_with_its_name(tmp_path):
    write(tmp_path, "file", [event()])
    folder = tmp_path / "file" / "spill"
    with pytest.raises(UnreadableLake, match="file/spill") as caught:
        load_lake(plan(tmp_path), DuckDBEngine(), [all_events()], spill_folder=folder)
    assert "--spill-folder" in str(caught.value.hint)


@exhaustive("test_lake_loading.py")
@pytest.mark.skipif(sys.platform != "linux", reason="limits of a process are Linux's")
def test_a_disk_without_room_is_an_error_that_says_what_to_do(tmp_path):
    write(tmp_path / "lake", f"{FOLDER}/x.gz", [event(client=n) for n in range(20_000)])
    script = (
        "import resource, signal, sys\n"
        "from tests.lake_files import read\n"
        "from dueng_analytics.errors import DuengError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n"
        "    with read(sys.argv[1], spill_folder=__import__('pathlib').Path(sys.argv[2])):\n"
        "        pass\n"
        "except DuengError as error:\n"
        "    print(error)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "lake"), str(tmp_path / "spill")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--spill-folder" in ran.stdout
    assert list((tmp_path / "spill").iterdir()) == []


INTERRUPTED = """
import sys
from pathlib import Path
from tests.lake_files import read
print("begin", flush=True)
try:
    with read(sys.argv[1], spill_folder=Path(sys.argv[2])):
        pass
except KeyboardInterrupt:
    print("interrupted")
else:
    print("done")
"""


@exhaustive("test_lake_loading.py")
@pytest.mark.parametrize("kind", ["typed", "tolerant", "gzip"])
def test_an_interrupt_while_files_are_read_leaves_nothing_behind(tmp_path, kind):
    extra = {"client": 5} if kind == "tolerant" else {}
    record = event(attributes={"text": "x" * 500}, **extra)
    suffix = ".gz" if kind == "gzip" else ""
    for index in range(4):
        write(tmp_path / "lake", f"{FOLDER}/{index}{suffix}", lines([record]) * 30_000)
    spill = tmp_path / "spill"
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path / "lake"), str(spill)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "begin\n"
        # Until something is staged the reading has not begun.
        while process.poll() is None and not (spill.is_dir() and list(spill.rglob("*"))):
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGINT)
        outcome = process.stdout.read()
    process.wait()
    assert outcome in ("interrupted\n", "done\n")
    assert list(spill.iterdir()) == []


def test_nothing_is_left_in_the_systems_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    (tmp_path / "tmp").mkdir()
    write(tmp_path / "lake", f"{FOLDER}/x.gz", [event()])
    with read(tmp_path / "lake"):
        assert len(list((tmp_path / "tmp").iterdir())) == 1
    assert list((tmp_path / "tmp").iterdir()) == []
