"""The fixtures recounted by hand: json, gzip and dictionaries, and nothing of the package.

It shares no code with what it checks, neither with the SQL nor with the story's own telling, so
that both can be wrong only in different ways. The rules are those of the documents: one message to
one recipient is counted once however often its records were stored and however many streams tell
of it, an open is a machine's if a bare agent asks for it within a minute, and so on; each stands
where it is applied: for each service in a module of its own.
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

import ledger_engagementdb
import ledger_phone
import ledger_pinpoint
import ledger_ses
import ledger_whatsapp
from ledger_messages import Fact, Message, Record, judged
from ledger_ses import EPOCH

PINPOINT, SES = "pinpoint.all_events", "ses.ses_events"
SMS, SMS_BUS = "sms.sms_events", "sms.sms_eventbridge_events"
SMS_REPLIES, WHATSAPP = "sms.sms_inbound", "whatsapp.whatsapp_events"
PILOT = "engagementdb.engagementdb-events-table"
CONVERSATIONS = "engagementdb.engagementdb-conversations-table"

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

    by_source: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    undelivered: list[Record] = field(default_factory=list)
    """What Firehose wrote under its error prefix, decoded."""
    damaged: list[str] = field(default_factory=list)
    strays: list[Any] = field(default_factory=list)
    """Documents that are a record of no source."""

    @property
    def quarantined(self) -> int:
        return len(self.undelivered) + len(self.damaged) + len(self.strays)

    @property
    def stored(self) -> list[Stored]:
        """The records of Pinpoint with their places."""
        return self.by_source[PINPOINT]

    @property
    def records(self) -> list[Record]:
        """The records of Pinpoint alone."""
        return [each.record for each in self.stored]

    @property
    def everything(self) -> list[Record]:
        """The records of all sources."""
        return [each.record for stored in self.by_source.values() for each in stored]


def source_of(record: Record) -> str | None:
    """The source of a record, by what only its records have."""
    keys = record.keys()
    if {"event_type", "event_timestamp", "application"} <= keys:
        return PINPOINT
    if {"eventType", "mail"} <= keys:
        return SES
    if {"eventType", "eventTimestamp", "messageId", "messageRequestTimestamp"} <= keys:
        return SMS
    if record.get("source") == "aws.sms-voice":
        return SMS_BUS
    if "inboundMessageId" in keys or '"inboundMessageId":' in record.get("Message", ""):
        return SMS_REPLIES
    if (
        "whatsAppWebhookEntry" in keys
        or '"whatsAppWebhookEntry":' in record.get("Message", "")
        or record.get("source") == "aws.social-messaging"
    ):
        return WHATSAPP
    if {"channel", "status", "rawEvent"} <= keys:
        return PILOT
    if {"direction", "sessionId", "message"} <= keys:
        return CONVERSATIONS
    return None


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
                source = source_of(document)
                if "rawData" in document:
                    lake.undelivered.append(json.loads(base64.b64decode(document["rawData"])))
                elif source is not None:
                    stored = Stored(path.name, "/".join(parts[-5:-1]), document)
                    lake.by_source[source].append(stored)
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


def moment_of(source: str, record: Record) -> int | None:
    """When a record says that it came to be, in milliseconds; NULL where it does not tell."""
    if source == PINPOINT:
        arrived: int = record["arrival_timestamp"]
        return arrived
    if source in (SMS, SMS_BUS):
        reported: int = record.get("detail", record)["eventTimestamp"]
        return reported
    if source in (PILOT, CONVERSATIONS):
        stored: int = record["timestamp"]
        return stored
    if source == SES:
        parts = [
            part
            for part in record.values()
            if isinstance(part, dict) and part is not record["mail"]
        ]
        text = next(
            (part["timestamp"] for part in parts if "timestamp" in part),
            record["mail"]["timestamp"],
        )
    else:
        text = record.get("Timestamp") or record.get("message_timestamp") or record.get("time")
    if text is None:
        return None
    return round(datetime.fromisoformat(text[:23].removesuffix("Z") + "+00:00").timestamp() * 1000)


def hour_start(hour: str) -> int:
    """The first millisecond of an hour like ``2026/10/19/06``."""
    start = datetime.strptime(f"{hour}+0000", "%Y/%m/%d/%H%z")
    return round((start - EPOCH) / timedelta(milliseconds=1))


# --- what makes two records the same event ----------------------------------------------------

KEYS: dict[str, Callable[[Record], Hashable]] = {
    PINPOINT: ledger_pinpoint.event_key,
    SES: ledger_ses.event_key,
    SMS: ledger_phone.event_key,
    SMS_BUS: ledger_phone.bridge_key,
    SMS_REPLIES: ledger_phone.reply_key,
    WHATSAPP: ledger_whatsapp.event_key,
    PILOT: ledger_engagementdb.event_key,
    CONVERSATIONS: ledger_engagementdb.conversation_key,
}
FACTS: dict[str, Callable[[Record], Iterable[Fact]]] = {
    PINPOINT: ledger_pinpoint.facts,
    SES: ledger_ses.facts,
    SMS: ledger_phone.facts,
    SMS_BUS: ledger_phone.bridge_facts,
    SMS_REPLIES: ledger_phone.reply_facts,
    WHATSAPP: ledger_whatsapp.facts,
    PILOT: ledger_engagementdb.facts,
    CONVERSATIONS: ledger_engagementdb.conversation_facts,
}


def event_key(record: Record) -> Hashable:
    """What tells one event from another; records with the same are the same one, stored twice."""
    source = source_of(record)
    assert source is not None
    return source, KEYS[source](record)


def distinct(records: Iterable[Record]) -> list[Record]:
    """One record of every event."""
    return list({event_key(record): record for record in records}.values())


def messages(records: Iterable[Record]) -> list[Message]:
    """Every message of every channel, each to each recipient once."""
    facts: list[Fact] = []
    of_pinpoint: list[Record] = []
    for record in distinct(records):
        source = source_of(record)
        assert source is not None
        facts += FACTS[source](record)
        if source == PINPOINT:
            of_pinpoint.append(record)
    return [
        *judged(facts), *ledger_pinpoint.pushes(of_pinpoint), *ledger_pinpoint.in_app(of_pinpoint)
    ]  # fmt: skip


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
    """What the messages cost, each once: price and carrier's fee."""
    return sum(message.cost_usd for message in found)


def events_by_type(records: Iterable[Record]) -> Mapping[str, tuple[int, int]]:
    """How many records of each type are stored, and how many events they are."""
    records = list(records)
    stored = Counter(map(type_of, records))
    events = Counter(map(type_of, distinct(records)))
    return {kind: (stored[kind], events[kind]) for kind in sorted(stored)}


def type_of(record: Record) -> str:
    """What kind of event a record is, in the words of its source."""
    source = source_of(record)
    if source == SMS_REPLIES:
        return "reply"
    if source == WHATSAPP:
        return ledger_whatsapp.type_of(record)
    if source == PILOT:
        return f"{record['channel']}: {record['status']}"
    if source == CONVERSATIONS:
        return str(record["direction"])
    told = record["detail"] if source == SMS_BUS else record
    return str(told["event_type" if source == PINPOINT else "eventType"])
