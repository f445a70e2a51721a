"""The same JSON events as few or as many files, and one line that is far too long."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from pathlib import Path

FIRST_HOUR = datetime(2026, 9, 1)


def write_files(folder: Path, files: int, total_bytes: int) -> int:
    """The number of records written: about as many bytes in all, over as many files, by hours."""
    done = folder / "complete"
    if done.exists():
        return int(done.read_text())
    each = total_bytes // files
    records = 0
    for number in range(files):
        hour = FIRST_HOUR + timedelta(hours=number % 720)
        target = folder / "events" / f"{hour:%Y/%m/%d/%H}"
        target.mkdir(parents=True, exist_ok=True)
        lines: list[str] = []
        size = 0
        while size < each:
            line = record(records, hour)
            lines.append(line)
            size += len(line) + 1
            records += 1
        (target / f"stream-1-{number:06}").write_text("\n".join(lines) + "\n", "utf-8")
    done.write_text(str(records))
    return records


def write_long_line(folder: Path, line_bytes: int) -> None:
    """A file whose second of three lines is as long as asked."""
    target = folder / "events" / f"{FIRST_HOUR:%Y/%m/%d/%H}"
    target.mkdir(parents=True, exist_ok=True)
    long = json.loads(record(1, FIRST_HOUR))
    long["attributes"]["note"] = "x" * line_bytes
    lines = [record(0, FIRST_HOUR), json.dumps(long), record(2, FIRST_HOUR)]
    with gzip.open(target / "stream-1-long.gz", "wt", encoding="utf-8", compresslevel=1) as file:
        file.write("\n".join(lines) + "\n")


def record(number: int, hour: datetime) -> str:
    sent_ms = int(hour.timestamp() * 1000) + number % 3_600_000
    return json.dumps(
        {
            "event_type": "_email.send",
            "event_timestamp": sent_ms,
            "arrival_timestamp": sent_ms + 400,
            "event_version": "3.1",
            "application": {"app_id": "f00dfeed000000000000000000000001", "sdk": {}},
            "client": {"client_id": f"endpoint-{number % 50_000}"},
            "device": {"platform": {}},
            "session": {},
            "attributes": {"feedback": "received", "campaign_id": f"campaign-{number % 40}"},
            "client_context": {"custom": {"legacy_identifier": "f00dfeed"}},
            "awsAccountId": "111122223333",
            "facets": {
                "email_channel": {
                    "mail_event": {
                        "mail": {
                            "message_id": f"0100019a{number:016x}-000000",
                            "message_send_timestamp": sent_ms,
                            "from_address": "news@example.com",
                            "destination": [f"person{number % 50_000}@example.org"],
                            "headers_truncated": False,
                            "headers": [{"name": "Subject", "value": "Letter"}],
                            "common_headers": {
                                "from": "news@example.com",
                                "to": [f"person{number % 50_000}@example.org"],
                                "subject": "Letter",
                            },
                        },
                        "send": {},
                    }
                }
            },
        }
    )
