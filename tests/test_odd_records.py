"""Odd records that a fuzzed lake held and that were read wrongly once, each as small as can be."""

from __future__ import annotations

import json
import zlib
from datetime import datetime
from pathlib import Path

import pytest
from exhaustive import exhaustive

from dueng_analytics import open_lake
from tests.lake_accounts import written
from tests.lake_files import event
from tests.mutated_records import ENVELOPE, INBOUND

HOUR = datetime(2026, 10, 19, 5)
SAMPLES = Path(__file__).parent / "samples" / "pinpoint.ndjson"
CHATS = "engagementdb.engagementdb-conversations-table"


UNPARTITIONED = """\
description: Notes of a shop.
owner: tests
recognise:
  all_of: [noteId, said]
columns:
  - {name: noteid, type: string, wire: noteId, description: Its id.}
  - {name: said, type: string, description: What it says.}
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A project with a source that has no partitions; its events are to lie in ``events``."""
    (tmp_path / "sql" / "shop" / "sources").mkdir(parents=True)
    (tmp_path / "sql" / "shop" / "sources" / "notes.yaml").write_text(UNPARTITIONED, "utf-8")
    (tmp_path / "dueng.toml").write_text("", "utf-8")
    return tmp_path


@pytest.mark.parametrize("said", [["open", "shut"], ["open", 1.5]])
def test_a_source_without_partitions_has_its_declared_columns_however_it_is_read(
    notes: Path, said: list[object]
):
    records = [{"noteId": "1", "said": each} for each in said]
    written(notes / "events", [f"{json.dumps(record)}\n".encode() for record in records], HOUR)
    with open_lake(notes / "events", project=notes) as lake:
        lake.read_events()
        found = lake.engine.run("select * from shop.notes order by said")
    assert found.column_names == ["noteid", "said"]
    assert found.column("said").to_pylist() == sorted(map(str, said))


@pytest.mark.parametrize("end", ["1.", "-", "tru", '"\\u00'])
def test_a_number_that_a_gzip_stream_cuts_is_put_aside_once(tmp_path: Path, end: str):
    stream = zlib.compressobj(wbits=31)
    text = f'{json.dumps(event())}\n{{"event_type": "x", "event_timestamp": {end}'
    written(tmp_path, [stream.compress(text.encode()) + stream.flush(zlib.Z_SYNC_FLUSH)], HOUR)
    with open_lake(tmp_path) as lake:
        loaded = lake.read_events()
        assert (sum(loaded.records.values()), loaded.quarantined) == (1, 1)


def test_keys_that_differ_by_case_collapse_in_an_object_that_is_shown_as_text(tmp_path: Path):
    record = event(attributes={"custom": {"a": 1, "b": 2, "A": 3}})
    written(tmp_path, [f"{json.dumps(record)}\n".encode()], HOUR)
    with open_lake(tmp_path) as lake:
        [row] = lake.query("select attributes from pinpoint.all_events").rows()
        assert row["attributes"]["custom"] == '{"b":2,"A":3}'


@pytest.mark.parametrize("time", [2**62, -(2**62)])
def test_a_time_that_is_none_spoils_no_other_record(tmp_path: Path, time: int):
    records = [event(), event(at=time)]
    written(tmp_path, ["".join(f"{json.dumps(r)}\n" for r in records).encode()], HOUR)
    with open_lake(tmp_path) as lake:
        assert lake.query("select * from pinpoint.email_all_events").to_arrow().num_rows == 2


def test_of_a_telling_key_in_two_cases_the_last_one_counts(tmp_path: Path):
    record = json.dumps({**ENVELOPE, "Message": json.dumps(INBOUND)})
    text = '{"Message": "x", "MESSAGE": "x", ' + record[1:]
    written(tmp_path, [f"{text}\n".encode()], HOUR)
    with open_lake(tmp_path) as lake:
        assert lake.read_events().records == {"sms.sms_inbound": 1}


@exhaustive("test_odd_records.py")
def test_a_time_in_microseconds_hides_no_message(tmp_path: Path):
    records = [json.loads(line) for line in SAMPLES.read_text("utf-8").splitlines()]
    times = (253402300800000, 1_760_000_000_000_000, 2**62)
    late = [{**record, "arrival_timestamp": time} for time in times for record in records]
    written(tmp_path, ["".join(f"{json.dumps(r)}\n" for r in (*records, *late)).encode()], HOUR)
    with open_lake(tmp_path) as lake:
        shown = lake.query("select message_id, is_clicked from messages").rows()
    mails = {
        record["facets"]["email_channel"]["mail_event"]["mail"]["message_id"]
        for record in records
        if record["event_type"].startswith("_email.")
    }
    assert mails <= {row["message_id"] for row in shown}
    assert any(row["is_clicked"] for row in shown)
