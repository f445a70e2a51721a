"""Files as they should not be: what is readable is read, the rest is said with its place."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import UnreadableLake
from dueng_analytics.lake.loading import load_lake
from dueng_analytics.lake.paths import parse_event_path
from dueng_analytics.lake.planning import plan_lake
from tests.exhaustive import exhaustive
from tests.lake_files import FOLDER, HOUR, all_events, event, lines, read, write

ROOT = Path(__file__).parents[1]


def records(count):
    return [event(f"{index:05}") for index in range(count)]


def test_of_a_truncated_gzip_file_all_whole_records_are_read(tmp_path):
    whole = gzip.compress(lines(records(2_000)).encode("utf-8"))
    file = write(tmp_path, f"{FOLDER}/x.json", whole[: len(whole) // 2])
    with read(tmp_path) as lake:
        kinds = lake.values("event_type")
        assert 0 < len(kinds) < 2_000
        assert kinds == [f"{index:05}" for index in range(len(kinds))]
        [row] = lake.quarantine
        assert row["reason"] == "the gzip stream ends early: the object was cut off"
        assert (row["file"], row["hour"]) == (str(file), HOUR)
        assert row["position"] == len(lines(records(len(kinds))))
        assert lines([event(f"{len(kinds):05}")]).startswith(row["raw"])


def test_a_gzip_file_with_a_wrong_checksum_says_so(tmp_path):
    data = bytearray(gzip.compress(lines(records(3)).encode("utf-8")))
    data[-6] ^= 0xFF
    write(tmp_path, f"{FOLDER}/x.json", bytes(data))
    with read(tmp_path) as lake:
        assert len(lake.values("event_type")) == 3
        [reason] = lake.reasons
        assert reason.startswith("the gzip stream is damaged: CRC check failed")


@exhaustive("test_lake_bad_files.py")
def test_a_gzip_file_with_a_damaged_middle_keeps_what_comes_before(tmp_path):
    data = bytearray(gzip.compress(os.urandom(0) + lines(records(5_000)).encode("utf-8")))
    middle = len(data) // 2
    data[middle : middle + 200] = b"\xff" * 200
    write(tmp_path, f"{FOLDER}/x.json", bytes(data))
    with read(tmp_path) as lake:
        kinds = lake.values("event_type")
        assert kinds[:100] == [f"{index:05}" for index in range(100)]
        assert any(reason.startswith("the gzip stream is damaged") for reason in lake.reasons)


def test_bytes_behind_a_gzip_stream_are_said(tmp_path):
    data = gzip.compress(lines(records(3)).encode("utf-8"))
    write(tmp_path, f"{FOLDER}/x.json", data + b"not gzip")
    with read(tmp_path) as lake:
        assert len(lake.values("event_type")) == 3
        assert len(lake.quarantine) == 1


def test_zero_bytes_behind_a_gzip_stream_are_padding(tmp_path):
    data = gzip.compress(lines(records(3)).encode("utf-8"))
    write(tmp_path, f"{FOLDER}/x.json", data + b"\0" * 512)
    with read(tmp_path) as lake:
        assert len(lake.values("event_type")) == 3
        assert lake.quarantine == []


def test_a_file_of_no_bytes_holds_no_record(tmp_path):
    for name in ("x.json", "x.parquet"):
        write(tmp_path, f"{FOLDER}/{name}", b"")
    (tmp_path / FOLDER / "x.gz").write_bytes(gzip.compress(b""))
    with read(tmp_path) as lake:
        assert lake.loaded.records == {}
        assert lake.quarantine == []
        assert lake.loaded.empty_families == ("pinpoint",)


def test_invalid_json_in_the_middle_of_a_file_is_the_only_thing_lost(tmp_path):
    bad = '{"event_type":"bad","event_timestamp":}\n'
    before = lines(records(10))
    write(tmp_path, f"{FOLDER}/x", before + bad + lines(records(10)))
    with read(tmp_path) as lake:
        assert lake.loaded.records == {"pinpoint.all_events": 20}
        [row] = lake.quarantine
        assert (row["position"], row["raw"]) == (len(before), bad.strip())


@pytest.mark.parametrize("size", [1, 100, 100_000, 3_000_000])
def test_binary_garbage_is_in_quarantine_and_does_no_harm(tmp_path, size):
    garbage = random.Random(size).randbytes(size).replace(b"PAR1", b"PAR2")
    write(tmp_path, f"{FOLDER}/garbage", garbage)
    write(tmp_path, f"{FOLDER}/good", [event()])
    with read(tmp_path) as lake:
        assert lake.values("event_type") == ["_email.send"]
        assert 1 <= lake.loaded.quarantined < size / 100 + 2


def test_text_in_utf16_is_one_entry_that_names_it(tmp_path):
    write(tmp_path, f"{FOLDER}/x", lines(records(3)).encode("utf-16"))
    with read(tmp_path) as lake:
        assert lake.reasons == ["text in UTF-16, where JSON lines are in UTF-8"]


def test_nul_bytes_between_records_are_an_entry_and_in_a_text_they_stay(tmp_path):
    content = lines([event("a")]) + "\0" * 1_000 + "\n" + lines([event("b\0c")])
    content = content.replace("\\u0000", "\0")
    write(tmp_path, f"{FOLDER}/x", content)
    with read(tmp_path) as lake:
        assert lake.values("event_type") == ["a", "b\0c"]
        assert lake.reasons == ["binary data"]


@pytest.mark.parametrize("depth", [50, 900, 5_000, 100_000])
def test_deep_nesting_does_no_harm(tmp_path, depth):
    deep = json.dumps(event("deep"))[:-1] + ',"x":' + '{"a":[' * depth + "]}" * depth + "}\n"
    write(tmp_path, f"{FOLDER}/x", lines([event("a")]) + deep + lines([event("z")]))
    with read(tmp_path) as lake:
        kinds = lake.values("event_type")
        assert kinds in (["a", "z"], ["a", "deep", "z"])
        assert len(kinds) + lake.loaded.quarantined == 3
        if depth == 50:
            assert "deep" in kinds


def test_deep_nesting_in_a_declared_column_does_no_harm(tmp_path):
    deep = event("deep", attributes={"x": "DEEP"})
    text = json.dumps(deep).replace('"DEEP"', "[" * 400 + "]" * 400) + "\n"
    write(tmp_path, f"{FOLDER}/x", lines([event("a")]) + text)
    with read(tmp_path) as lake:
        assert lake.values("event_type") == ["a", "deep"]


def test_a_link_into_nowhere_is_an_error_that_names_it(tmp_path):
    write(tmp_path, f"{FOLDER}/x", [event()])
    (tmp_path / FOLDER / "y").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UnreadableLake) as caught, read(tmp_path):
        pass
    assert caught.value.where == str(tmp_path / FOLDER / "y")
    assert "No such file" in caught.value.what
    assert caught.value.hint


def test_a_file_that_vanishes_before_it_is_read_is_an_error_that_names_it(tmp_path):
    file = write(tmp_path, f"{FOLDER}/x", [event()])
    plan = plan_lake([parse_event_path(str(tmp_path))], [all_events()])
    file.unlink()
    with DuckDBEngine() as engine, pytest.raises(UnreadableLake) as caught:
        load_lake(plan, engine, [all_events()])
    assert caught.value.where == str(file)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read")
def test_a_file_that_cannot_be_read_is_an_error_that_names_it(tmp_path):
    write(tmp_path, f"{FOLDER}/x", [event()])
    (tmp_path / FOLDER / "mem").symlink_to("/proc/self/mem")
    with pytest.raises(UnreadableLake) as caught, read(tmp_path):
        pass
    assert caught.value.where == str(tmp_path / FOLDER / "mem")


def test_devices_and_pipes_are_no_event_files(tmp_path):
    write(tmp_path, f"{FOLDER}/x", [event()])
    os.mkfifo(tmp_path / FOLDER / "pipe")
    with read(tmp_path) as lake:
        assert lake.loaded.files_read == 1


def test_odd_names_of_files_are_names_like_any(tmp_path):
    names = ["a'b", 'a"b', "a b", "a%20b", "ü€", "a*b", "a[b]", "a\\b", "x" * 250, "a\nb"]
    for name in names:
        write(tmp_path, f"{FOLDER}/{name}", [event(), event("odd", client=5)])
    with read(tmp_path) as lake:
        assert lake.loaded.records == {"pinpoint.all_events": 2 * len(names)}
        assert {Path(row["file"]).name for row in lake.deviations} == set(names)


MEMORY = """
import resource, sys
from pathlib import Path
from tests.lake_files import read
with read(sys.argv[1]) as lake:
    kinds = lake.values("event_type")
    longest = lake.rows("select max(length(attributes['text'])) as n from pinpoint.all_events")
    print(len(kinds), longest[0]["n"], lake.loaded.quarantined)
status = Path("/proc/self/status")
if status.exists():  # the other figure begins with what the parent process held
    [peak] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    print(int(peak.split()[1]) * 1024, file=sys.stderr)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


LONG_LINES = {
    # what the line is: the kinds of events that are read, the longest text, the lines put aside
    "record": (["a", "b", "large"], True, 0),
    "cut": (["a", "b"], False, 1),
    "unknown": (["a", "b"], False, 1),
    "garbage": (["a", "b"], False, 1),
}


def write_a_long_line(root, shape, length):
    """A line of a length between two records."""
    text = "x" * length
    line = {
        "record": json.dumps(event("large", attributes={"text": text})),
        "unknown": json.dumps({"what": text}),
        "garbage": text,
        "cut": json.dumps(event("cut", attributes={"text": text}))[:-10],
    }[shape]
    write(root, f"{FOLDER}/x", lines([event("a")]) + line + "\n" + lines([event("b")]))


@pytest.mark.parametrize("shape", LONG_LINES)
def test_a_long_line_is_read_or_put_aside_whole(tmp_path, shape):
    write_a_long_line(tmp_path, shape, 2_000_000)
    kinds, is_read, put_aside = LONG_LINES[shape]
    with read(tmp_path) as lake:
        assert lake.values("event_type") == kinds
        longest = lake.values("max(length(attributes['text']))")
        assert longest == [2_000_000 if is_read else None]
        assert lake.loaded.quarantined == len(lake.quarantine) == put_aside


@exhaustive("test_lake_bad_files.py")
@pytest.mark.parametrize("shape", LONG_LINES)
def test_a_line_of_50_mb_is_read_within_500_mb(tmp_path, shape):
    write_a_long_line(tmp_path, shape, 50_000_000)
    ran = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    kinds, is_read, put_aside = LONG_LINES[shape]
    assert ran.stdout.split() == [
        str(len(kinds)),
        str(50_000_000 if is_read else None),
        str(put_aside),
    ]
    assert int(ran.stderr.splitlines()[-1]) < 500_000_000
