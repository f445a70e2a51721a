"""The fixtures recounted by hand: json, gzip and dictionaries, and nothing of the package.

It shares no code with what it checks, neither with the SQL nor with the story's own telling, so
that both can be wrong only in different ways. The rules are those of the documents: one message to
one recipient is counted once however often its records were stored, an open is a machine's if a
bare agent asks for it within a minute, and so on; each stands where it is applied.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ledger_messages import Message, concerned, feedback_id, judged, mail_event

Record = dict[str, Any]
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

# --- what lies in the files -------------------------------------------------------------------


@dataclass(frozen=True)
class Stored:
    """A record, and the object and hour in which it was found."""

    file: str
    hour: str
    record: Record


@dataclass
class Lake:
    """Everything below a folder."""

    stored: list[Stored] = field(default_factory=list)
    undelivered: list[Record] = field(default_factory=list)
    """What Firehose wrote under its error prefix, decoded."""
    damaged: list[str] = field(default_factory=list)
    strays: list[Any] = field(default_factory=list)
    """Documents that are no event of Pinpoint."""

    @property
    def quarantined(self) -> int:
        return len(self.undelivered) + len(self.damaged) + len(self.strays)

    @property
    def records(self) -> list[Record]:
        return [each.record for each in self.stored]


@cache
def read_lake(folder: Path) -> Lake:
    """Every document below the hour folders of a folder."""
    lake = Lake()
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if not path.is_file() or len(parts) < 5 or not all(map(str.isdigit, parts[-5:-1])):
            continue
        body = path.read_bytes()
        text = (gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body).decode()
        for line in filter(None, text.split("\n")):
            for document in _documents(line, lake):
                if "rawData" in document:
                    lake.undelivered.append(json.loads(base64.b64decode(document["rawData"])))
                elif {"event_type", "event_timestamp", "application"} <= document.keys():
                    lake.stored.append(Stored(path.name, "/".join(parts[-5:-1]), document))
                else:
                    lake.strays.append(document)
    return lake


def _documents(line: str, lake: Lake) -> Iterator[Any]:
    """The documents of a line: mostly one, sometimes many without anything between them."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(line):
        try:
            document, at = decoder.raw_decode(line, at)
        except ValueError:
            lake.damaged.append(line[at:])
            return
        yield document


def hour_start(hour: str) -> int:
    """The first millisecond of an hour like ``2026/10/19/06``."""
    start = datetime.strptime(f"{hour}+0000", "%Y/%m/%d/%H%z")
    return round((start - EPOCH) / timedelta(milliseconds=1))


# --- what makes two records the same event ----------------------------------------------------


def event_key(record: Record) -> Hashable:
    """What tells one event from another; records with the same are the same one, stored twice."""
    kind = record["event_type"]
    attributes = record["attributes"]
    if kind.startswith("_email."):
        mail = mail_event(record)["mail"]
        if kind in ("_email.open", "_email.click", "_email.unsubscribe"):
            arrived, feedback = record["arrival_timestamp"], attributes["feedback"]
            return kind, mail["message_id"], arrived, feedback
        if kind in ("_email.hardbounce", "_email.softbounce", "_email.complaint"):
            return kind, feedback_id(record), tuple(sorted(concerned(record)))
        return kind, mail["message_id"], mail["destination"][0].lower()
    moment = record["event_timestamp"]
    if kind.startswith("_SMS."):
        return kind, attributes["message_id"], attributes["record_status"], moment
    client = record["client"]["client_id"]
    if kind == "_campaign.send":
        return kind, attributes["campaign_activity_id"], client
    if kind == "_journey.send":
        return kind, attributes["journey_run_id"], attributes["journey_activity_id"], client, moment
    session = record["session"].get("session_id")
    described = json.dumps(attributes, sort_keys=True)
    return kind, record["application"]["app_id"], client, session, moment, described


def distinct(records: Iterable[Record]) -> list[Record]:
    """One record of every event."""
    return list({event_key(record): record for record in records}.values())


def messages(records: Iterable[Record]) -> list[Message]:
    """Every message of every channel, each to each recipient once."""
    return judged(distinct(records))


# --- counts by whatever is asked --------------------------------------------------------------


def sent_between(
    found: Iterable[Message], first_day: str, last_day: str, zone: str = "UTC"
) -> list[Message]:
    """The messages that were sent on the days, both included, of a time zone."""
    first, last = date.fromisoformat(first_day), date.fromisoformat(last_day)
    return [message for message in found if first <= local_day(message, zone) <= last]


def local_day(message: Message, zone: str = "UTC") -> date:
    moment = EPOCH + timedelta(milliseconds=message.sent_at)
    return moment.astimezone(ZoneInfo(zone)).date()


def totals(
    found: Iterable[Message], by: Callable[[Message], Hashable]
) -> Mapping[Hashable, Counter[str]]:
    """Sums of all measures, by whatever is asked; messages to the simulator are none."""
    sums: dict[Hashable, Counter[str]] = defaultdict(Counter)
    for message in found:
        if not message.is_test:
            sums[by(message)].update(message.counts)
    return sums


def cost_usd(found: Iterable[Message]) -> float:
    """What the messages cost, each once."""
    return sum(message.price_usd or 0.0 for message in found)


def events_by_type(records: Iterable[Record]) -> Mapping[str, tuple[int, int]]:
    """How many records of each type are stored, and how many events they are."""
    records = list(records)
    stored = Counter(record["event_type"] for record in records)
    events = Counter(record["event_type"] for record in distinct(records))
    return {kind: (stored[kind], events[kind]) for kind in sorted(stored)}
