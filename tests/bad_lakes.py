"""Event files as they should not be, and what a command over them is expected to say."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

SAMPLES = Path(__file__).parent / "samples" / "pinpoint.ndjson"
RECORDS = [json.loads(line) for line in SAMPLES.read_text("utf-8").splitlines()]
HOUR = "2025/10/29/14"
PERIOD = ["--from", "2025-10-29", "--to", "2025-10-29"]
COUNT = "select event_type, count(*) as n from all_events group by event_type"


def record(kind: str, **changes: object) -> dict[str, object]:
    """The sample of an event type, changed as the test wants it."""
    found = next(record for record in RECORDS if record["event_type"] == kind)
    return {**found, **changes}


def lines(*records: object) -> bytes:
    return "".join(json.dumps(value) + "\n" for value in records).encode()


SEND, DELIVERED = record("_email.send"), record("_email.delivered")
GOOD = lines(SEND, DELIVERED)
GOOD_COUNTS = {"_email.send": 1, "_email.delivered": 1}


# --- lakes -------------------------------------------------------------------------------------


def missing(hour: Path) -> None:
    """Not even a folder."""


def empty(hour: Path) -> None:
    hour.parents[3].mkdir()


def loop(hour: Path) -> None:
    """A file that nobody can open, not even an administrator."""
    good(hour)
    (hour / "events-2").symlink_to("events-2")


def forbidden(hour: Path) -> None:
    good(hour)
    (hour / "events-2").write_bytes(GOOD)
    (hour / "events-2").chmod(0)


def good(hour: Path) -> None:
    hour.mkdir(parents=True, exist_ok=True)
    (hour / "events-1").write_bytes(GOOD)


def truncated_gzip(hour: Path) -> None:
    good(hour)
    unlike = random.Random(1)
    many = [record("_email.open", session={"id": unlike.randbytes(64).hex()}) for _ in range(40)]
    whole = gzip.compress(lines(*many))
    (hour / "events-2.gz").write_bytes(whole[: len(whole) * 3 // 4])


def gzip_without_suffix(hour: Path) -> None:
    good(hour)
    (hour / "events-2").write_bytes(gzip.compress(lines(record("_email.open"))))


def changed_parquet(hour: Path) -> None:
    """One column is text where numbers are declared, and one of the texts is none."""
    good(hour)
    table = pa.table(
        {
            "event_type": ["_email.open", "_email.open"],
            "event_timestamp": ["1761746402000", "soon"],
            "arrival_timestamp": pa.array([1761746402645, 1761746402645], pa.int64()),
            "event_version": ["3.1", "3.1"],
            "application": [{"app_id": "a"}] * 2,
        }
    )
    pq.write_table(table, hour / "events-2.parquet")


def broken_json(hour: Path) -> None:
    good(hour)
    opened, clicked = lines(record("_email.open")), lines(record("_email.click"))
    (hour / "events-2").write_bytes(opened + b'{"event_type": "_email.send", oops\n' + clicked)


def garbage(hour: Path) -> None:
    good(hour)
    noise = random.Random(2).randbytes(4000)
    (hour / "events-2").write_bytes(noise)
    (hour / "events-3.gz").write_bytes(b"\x1f\x8b" + noise)
    (hour / "events-4.parquet").write_bytes(b"PAR1" + noise)


def long_line(hour: Path) -> None:
    good(hour)
    padded = record("_email.open")
    padded["attributes"] = {"padding": "x" * 50_000_000}
    (hour / "events-2").write_bytes(lines(record("_email.click"), padded, record("_email.click")))


@dataclass(frozen=True)
class Case:
    """A lake, and what a command that reads it says and counts."""

    make: Callable[[Path], None]
    code: int
    says: tuple[str, ...]
    counts: dict[str, int] | None = None
    quarantined: int | None = None
    """None where it depends on how noise falls into lines, but is not nothing."""

    @property
    def quick(self) -> bool:
        """Whether it is made and refused at once: run by every command, whatever is asked for."""
        return bool(self.code)

    @property
    def name(self) -> str:
        return self.make.__name__


LAKES = [
    Case(missing, 1, ("there is no file or folder", "s3:// prefix")),
    Case(empty, 1, ("there is no event file", "holds the year folders")),
    Case(loop, 1, ("cannot be", "Too many levels of symbolic links")),
    Case(forbidden, 1, ("events-2", "cannot be read", "Permission denied")),
    Case(truncated_gzip, 0, ("1 record could not be read",), {"_email.open": -1}, 1),
    Case(gzip_without_suffix, 0, (), {"_email.open": 1}, 0),
    Case(changed_parquet, 0, ("1 value did not fit its declared type",), {"_email.open": 2}, 0),
    Case(broken_json, 0, ("1 record could not be read",), {"_email.open": 1, "_email.click": 1}, 1),
    Case(garbage, 0, ("could not be read", "`dueng quarantine` lists them"), {}, None),
    Case(long_line, 0, (), {"_email.open": 1, "_email.click": 2}, 0),
]
READERS = ("query", "quarantine", "report")
OTHERS = {
    "config": ["config"],
    "demo": None,  # reads what is packaged and nothing else
    "lake": None,  # tests/test_lake_sync.py
    "lint": ["lint", "email_send"],
    "simulate": None,  # tests/test_simulate.py
    "list": ["list"],
    "show": ["show", "email_send"],
    "source": ["source", "ddl", "all_events"],
    "sql": ["sql", "email_send"],
    "test": ["test", "email_send"],
}


def arguments(command: str, events: Path) -> list[str]:
    return {
        "query": ["query", COUNT, "--json", "--events", str(events)],
        "quarantine": ["quarantine", "--json", "--events", str(events)],
        "report": ["report", "campaign_performance", *PERIOD, "--events", str(events)],
    }[command]


def assert_told(outcome: tuple[int, str, str], code: int, *says: str) -> None:
    """The exit code is the documented one, and the message holds what helps."""
    assert outcome[0] == code, outcome[2]
    assert "Traceback" not in outcome[1] + outcome[2]
    for text in says:
        assert text in outcome[2]
