"""What became of each message to each recipient, out of its different events.

A part of the ledger: plain dictionaries, and nothing of the package.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]
MACHINE_OPEN_MS = 60_000
BOT_CLICK_MS = 5_000
BOT_WORDS = (
    "bot", "crawl", "spider", "scanner", "barracuda", "proofpoint", "mimecast", "safelinks",
    "headless", "phantomjs", "curl", "wget", "python-requests", "go-http-client", "okhttp", "java/",
)  # fmt: skip
PUSH_CHANNELS = (
    "ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", "GCM", "PUSH",
)  # fmt: skip
HELD_BACK = (
    "DAILY_CAP", "EXPIRED", "QUIET_TIME", "QUIET_TIME_MISSING_TIMEZONE", "HOLDOUT",
    "DUPLICATE_ADDRESS", "CAMPAIGN_CAP", "UNSUPPORTED_CHANNEL",
)  # fmt: skip
"""Why an endpoint got nothing on purpose: no message was tried."""
SIMULATOR = "simulator.amazonses.com"


def mail_event(record: Record) -> Record:
    event: Record = record["facets"]["email_channel"]["mail_event"]
    return event


def feedback_id(record: Record) -> str:
    event = mail_event(record)
    found: str = (event.get("bounce") or event["complaint"])["feedback_id"]
    return found


def concerned(record: Record) -> list[str]:
    """The addresses that an e-mail event is about, in small letters."""
    event = mail_event(record)
    if "delivery" in event:
        addresses = event["delivery"]["recipients"]
    elif "bounce" in event:
        addresses = [each["email_address"] for each in event["bounce"]["bounced_recipients"]]
    elif "complaint" in event:
        addresses = [each["email_address"] for each in event["complaint"]["complained_recipients"]]
    else:
        addresses = event["mail"]["destination"]
    return [address.lower() for address in addresses]


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


def judged(events: list[Record]) -> list[Message]:
    """Every message of every channel, each to each recipient once, out of different events."""
    return [*_mails(events), *_texts(events), *_pushes(events), *_in_app(events)]


def _mails(records: Iterable[Record]) -> Iterator[Message]:
    lives: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        if record["event_type"].startswith("_email."):
            message_id = mail_event(record)["mail"]["message_id"]
            for address in concerned(record):
                lives[message_id, address].append(record)
    for (message_id, address), life in lives.items():
        mail = mail_event(life[0])["mail"]
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
        bounce = mail_event(bounces[-1])["bounce"]
        message.bounce = bounce["bounce_type"], bounce["bounce_sub_type"]
        suppressed = bounce["bounce_sub_type"] in ("Suppressed", "OnAccountSuppressionList")
        counts["bounced"] = 1
        counts["suppressed"] = int(suppressed)
        counts["hard_bounced"] = int(bounce["bounce_type"] == "Permanent" and not suppressed)
        counts["soft_bounced"] = int(bounce["bounce_type"] == "Transient")
    else:
        counts["delivered"] = counts["confirmed"] = int(bool(delivered))
    counts["failed"] = counts["rendering_failed"]
    outcomes = ("rejected", "rendering_failed", "bounced", "delivered")
    counts["pending"] = int(not any(counts[outcome] for outcome in outcomes))
    counts["complained"] = int(
        any(
            mail_event(record)["complaint"].get("complaint_feedback_type") != "not-spam"
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
    agent = mail_event(record)["open"]["user_agent"].strip()
    return agent == "Mozilla/5.0" and _since_sending(record) <= MACHINE_OPEN_MS


def _is_bot_click(record: Record) -> bool:
    """Faster than a person, or an agent that says what it is."""
    agent = mail_event(record)["click"]["user_agent"].lower()
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
        counts["messages"] = counts["sent"] = 1
        counts["parts"] = int(attributes["number_of_message_parts"])
        final = [each for each in life if each["event_type"] in ("_SMS.SUCCESS", "_SMS.FAILURE")]
        counts["pending"] = int(not final)
        if final:  # the last final word holds
            is_delivered = final[-1]["event_type"] == "_SMS.SUCCESS"
            counts["delivered"], counts["failed"] = int(is_delivered), int(not is_delivered)
            statuses = {record["attributes"]["record_status"] for record in final}
            # elsewhere the carrier's word is the last one
            counts["confirmed"] = int(is_delivered and "DELIVERED" in statuses)
            if not is_delivered:
                message.failure = final[-1]["attributes"]["record_status"]
        priced = [each for each in final or life if "metrics" in each] or [
            each for each in life if "metrics" in each
        ]
        if priced:
            counts["priced"] = 1
            message.price_usd = priced[-1]["metrics"]["price_in_millicents_usd"] / 100_000
        counts["unsubscribed"] = int(bool(_those(life, ".OPTOUT")))
        yield message


def _pushes(records: Iterable[Record]) -> Iterator[Message]:
    """A push to an endpoint: what Pinpoint says of sending it, and its app of receiving it."""
    lives: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        family, _, what = record["event_type"].partition(".")
        attributes = record["attributes"]
        if family not in ("_campaign", "_journey"):
            continue
        channel = attributes.get("delivery_type") or attributes.get("journey_activity_type")
        if what == "send" and (channel not in PUSH_CHANNELS or _send_status(record) in HELD_BACK):
            continue
        execution = attributes.get("campaign_activity_id") or (
            f"{attributes['journey_run_id']}|{attributes['journey_activity_id']}"
        )
        lives[execution, record["client"]["client_id"]].append(record)
    for (execution, client), life in lives.items():
        message = Message("push", execution, client, _first_moment(life))
        _take_origin(message, life)
        counts = message.counts
        received = _those(life, ".received_foreground", ".received_background")
        statuses = [_send_status(record) for record in _those(life, ".send")]
        counts["messages"] = 1
        counts["delivered"] = counts["confirmed"] = int(bool(received))
        counts["sent"] = int("SUCCESS" in statuses or bool(received))
        counts["failed"] = int(any(status != "SUCCESS" for status in statuses) and not received)
        _count_visits(counts, "opened", _those(life, ".opened_notification"), lambda _: False)
        yield message


def _in_app(records: Iterable[Record]) -> Iterator[Message]:
    """A message within the app: a campaign's to an endpoint, however often it is displayed."""
    lives: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        if record["event_type"].startswith("_inapp."):
            campaign = record["attributes"]["campaign_id"]
            lives[campaign, record["client"]["client_id"]].append(record)
    for (campaign, client), life in lives.items():
        displayed = _those(life, ".message_displayed")
        message = Message("in_app", campaign, client, _first_moment(displayed or life))
        _take_origin(message, life)
        message.counts["messages"] = 1
        for measure in ("sent", "delivered", "confirmed"):
            message.counts[measure] = int(bool(displayed))
        _count_visits(message.counts, "clicked", _those(life, ".message_clicked"), lambda _: False)
        yield message


def _send_status(record: Record) -> str:
    attributes = record["attributes"]
    status: str = attributes.get("campaign_send_status") or attributes["journey_send_status"]
    return status


def _those(life: Iterable[Record], *endings: str) -> list[Record]:
    return [record for record in life if record["event_type"].endswith(endings)]


def _first_moment(life: Iterable[Record]) -> int:
    return min(int(record["event_timestamp"]) for record in life)


def _take_origin(message: Message, life: list[Record]) -> None:
    for record in life:
        attributes = record["attributes"]
        message.campaign = message.campaign or attributes.get("campaign_id")
        message.journey = message.journey or attributes.get("journey_id")
        message.treatment = message.treatment or attributes.get("treatment_id")
