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
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Record = dict[str, Any]
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
MACHINE_OPEN_MS = 60_000
BOT_CLICK_MS = 5_000
BOT_WORDS = (
    "bot", "crawl", "spider", "scanner", "barracuda", "proofpoint", "mimecast", "safelinks",
    "headless", "phantomjs", "curl", "wget", "python-requests", "go-http-client", "okhttp", "java/",
)  # fmt: skip
PUSH_CHANNELS = (
    "ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", "GCM", "PUSH",
)  # fmt: skip
SIMULATOR = "simulator.amazonses.com"


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
        mail = _mail_event(record)["mail"]
        if kind in ("_email.open", "_email.click", "_email.unsubscribe"):
            arrived, feedback = record["arrival_timestamp"], attributes["feedback"]
            return kind, mail["message_id"], arrived, feedback
        if kind in ("_email.hardbounce", "_email.softbounce", "_email.complaint"):
            return kind, _feedback_id(record), tuple(sorted(_concerned(record)))
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


def _mail_event(record: Record) -> Record:
    event: Record = record["facets"]["email_channel"]["mail_event"]
    return event


def _feedback_id(record: Record) -> str:
    event = _mail_event(record)
    feedback_id: str = (event.get("bounce") or event["complaint"])["feedback_id"]
    return feedback_id


def _concerned(record: Record) -> list[str]:
    """The addresses that an e-mail event is about, in small letters."""
    event = _mail_event(record)
    if "delivery" in event:
        addresses = event["delivery"]["recipients"]
    elif "bounce" in event:
        addresses = [each["email_address"] for each in event["bounce"]["bounced_recipients"]]
    elif "complaint" in event:
        addresses = [each["email_address"] for each in event["complaint"]["complained_recipients"]]
    else:
        addresses = event["mail"]["destination"]
    return [address.lower() for address in addresses]


# --- what became of each message to each recipient --------------------------------------------


@dataclass
class Message:
    """One message to one recipient: what its events say, taken together."""

    channel: str
    id: str
    recipient: str
    sent_at: int
    campaign: str | None = None
    journey: str | None = None
    treatment: str | None = None
    country: str | None = None
    recipients: int = 1
    counts: Counter[str] = field(default_factory=Counter)
    """The measures, 0 or 1 each, and numbers of opens, clicks and parts."""
    price_usd: float | None = None
    bounce: tuple[str, str] | None = None
    failure: str | None = None

    @property
    def domain(self) -> str | None:
        return self.recipient.rpartition("@")[2] if self.channel == "email" else None

    @property
    def is_test(self) -> bool:
        return self.domain == SIMULATOR

    @property
    def origin(self) -> tuple[str, str | None]:
        if self.campaign is not None:
            return "campaign", self.campaign
        return ("journey", self.journey) if self.journey is not None else ("transactional", None)


def messages(records: Iterable[Record]) -> list[Message]:
    """Every message of every channel, each to each recipient once."""
    found = distinct(records)
    return [*_mails(found), *_texts(found), *_pushes(found)]


def _mails(records: Iterable[Record]) -> Iterator[Message]:
    lives: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        if record["event_type"].startswith("_email."):
            message_id = _mail_event(record)["mail"]["message_id"]
            for address in _concerned(record):
                lives[message_id, address].append(record)
    for (message_id, address), life in lives.items():
        mail = _mail_event(life[0])["mail"]
        message = Message(
            "email", message_id, address, mail["message_send_timestamp"],
            recipients=len(mail["destination"]),
        )  # fmt: skip
        _take_origin(message, life)
        _judge_mail(message, life)
        yield message


def _judge_mail(message: Message, life: list[Record]) -> None:
    by_kind: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(life, key=lambda record: record["arrival_timestamp"]):
        by_kind[record["event_type"].removeprefix("_email.")].append(record)
    counts = message.counts
    counts["messages"] = 1
    counts["rejected"] = min(1, len(by_kind["rejected"]))
    counts["rendering_failed"] = min(1, len(by_kind["rendering_failure"]))
    counts["sent"] = int(not counts["rejected"] and not counts["rendering_failed"])

    bounces = sorted(
        by_kind["hardbounce"] + by_kind["softbounce"],
        key=lambda record: record["arrival_timestamp"],
    )
    delivered = [record["arrival_timestamp"] for record in by_kind["delivered"]]
    if bounces and (not delivered or bounces[-1]["arrival_timestamp"] >= delivered[-1]):
        # a bounce that came after the delivery is the last word
        bounce = _mail_event(bounces[-1])["bounce"]
        message.bounce = bounce["bounce_type"], bounce["bounce_sub_type"]
        suppressed = bounce["bounce_sub_type"] in ("Suppressed", "OnAccountSuppressionList")
        counts["bounced"] = 1
        counts["suppressed"] = int(suppressed)
        counts["hard_bounced"] = int(bounce["bounce_type"] == "Permanent" and not suppressed)
        counts["soft_bounced"] = int(bounce["bounce_type"] == "Transient")
    else:
        counts["delivered"] = int(bool(delivered))
    counts["complained"] = int(
        any(
            _mail_event(record)["complaint"].get("complaint_feedback_type") != "not-spam"
            for record in by_kind["complaint"]
        )
    )
    if message.recipients == 1:  # among several nobody can tell who it was
        _count_visits(counts, "opened", by_kind["open"], _is_machine_open)
        _count_visits(counts, "clicked", by_kind["click"], _is_bot_click)
        left = [record for record in by_kind["unsubscribe"] if not _is_bot_click(record)]
        counts["unsubscribed"] = int(bool(left))


def _count_visits(
    counts: Counter[str],
    measure: str,
    visits: list[Record],
    is_machine: Callable[[Record], bool],
) -> None:
    human = [visit for visit in visits if not is_machine(visit)]
    counts[measure] = int(bool(visits))
    counts[f"human_{measure}"] = int(bool(human))
    counts[f"{measure}_times"] = len(visits)
    counts[f"human_{measure}_times"] = len(human)


def _is_machine_open(record: Record) -> bool:
    """A bare agent within a minute of sending, as a privacy proxy's prefetch shows itself."""
    agent = _mail_event(record)["open"]["user_agent"].strip()
    return agent == "Mozilla/5.0" and _since_sending(record) <= MACHINE_OPEN_MS


def _is_bot_click(record: Record) -> bool:
    """Faster than a person, or an agent that says what it is."""
    agent = _mail_event(record)["click"]["user_agent"].lower()
    return _since_sending(record) < BOT_CLICK_MS or any(word in agent for word in BOT_WORDS)


def _since_sending(record: Record) -> int:
    sent: int = record["event_timestamp"]
    arrived: int = record["arrival_timestamp"]
    return arrived - sent


def _texts(records: Iterable[Record]) -> Iterator[Message]:
    lives: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record["event_type"].startswith("_SMS."):
            lives[record["attributes"]["message_id"]].append(record)
    for message_id, life in lives.items():
        life.sort(key=lambda record: record["event_timestamp"])
        attributes = life[0]["attributes"]
        message = Message(
            "sms", message_id, attributes["destination_phone_number"], life[0]["event_timestamp"],
            country=attributes["iso_country_code"],
        )  # fmt: skip
        _take_origin(message, life)
        counts = message.counts
        counts["messages"] = 1
        counts["parts"] = int(attributes["number_of_message_parts"])
        final = [each for each in life if each["event_type"] in ("_SMS.SUCCESS", "_SMS.FAILURE")]
        counts["pending"] = int(not final)
        if final:  # the last final word holds
            is_delivered = final[-1]["event_type"] == "_SMS.SUCCESS"
            counts["delivered"], counts["failed"] = int(is_delivered), int(not is_delivered)
            if not is_delivered:
                message.failure = final[-1]["attributes"]["record_status"]
        priced = [each for each in final or life if "metrics" in each] or [
            each for each in life if "metrics" in each
        ]
        if priced:
            counts["priced"] = 1
            message.price_usd = priced[-1]["metrics"]["price_in_millicents_usd"] / 100_000
        counts["opted_out"] = int(any(each["event_type"] == "_SMS.OPTOUT" for each in life))
        yield message


def _pushes(records: Iterable[Record]) -> Iterator[Message]:
    for record in records:
        attributes, kind = record["attributes"], record["event_type"]
        if kind == "_campaign.send":
            channel, status = attributes["delivery_type"], attributes["campaign_send_status"]
            message_id = attributes["campaign_activity_id"]
        elif kind == "_journey.send":
            channel, status = attributes["journey_activity_type"], attributes["journey_send_status"]
            message_id = attributes["journey_activity_id"]
        else:
            continue
        if channel not in PUSH_CHANNELS:
            continue
        client = record["client"]["client_id"]
        message = Message("push", message_id, client, record["event_timestamp"])
        _take_origin(message, [record])
        message.counts["messages"] = 1
        message.counts["sent"] = int(status == "SUCCESS")
        message.counts["failed"] = int(status != "SUCCESS")
        yield message


def _take_origin(message: Message, life: list[Record]) -> None:
    for record in life:
        attributes = record["attributes"]
        message.campaign = message.campaign or attributes.get("campaign_id")
        message.journey = message.journey or attributes.get("journey_id")
        message.treatment = message.treatment or attributes.get("treatment_id")


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
