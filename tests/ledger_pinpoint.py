"""What records of Pinpoint tell: mail and texts as facts, pushes and in-app messages whole.

A part of the ledger: plain dictionaries, and nothing of the package.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator

from ledger_messages import Fact, Message, Record, count_visits
from ledger_ses import is_bot_click, is_machine_open

PUSH_CHANNELS = (
    "ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", "GCM", "PUSH",
)  # fmt: skip
HELD_BACK = (
    "DAILY_CAP", "EXPIRED", "QUIET_TIME", "QUIET_TIME_MISSING_TIMEZONE", "HOLDOUT",
    "DUPLICATE_ADDRESS", "CAMPAIGN_CAP", "UNSUPPORTED_CHANNEL",
)  # fmt: skip
"""Why an endpoint got nothing on purpose: no message was tried."""
MAIL_KINDS = {
    "send": "sent",
    "delivered": "delivered",
    "open": "opened",
    "click": "clicked",
    "unsubscribe": "unsubscribed",
    "hardbounce": "bounced",
    "softbounce": "bounced",
    "complaint": "complained",
    "rejected": "rejected",
    "rendering_failure": "rendering_failed",
}


def mail_event(record: Record) -> Record:
    event: Record = record["facets"]["email_channel"]["mail_event"]
    return event


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


def event_key(record: Record) -> Hashable:
    """What tells one event from another; records with the same are the same one, stored twice."""
    kind = record["event_type"]
    attributes = record["attributes"]
    if kind.startswith("_email."):
        event = mail_event(record)
        mail = event["mail"]
        if kind in ("_email.open", "_email.click", "_email.unsubscribe"):
            arrived, feedback = record["arrival_timestamp"], attributes["feedback"]
            return kind, mail["message_id"], arrived, feedback
        if kind in ("_email.hardbounce", "_email.softbounce", "_email.complaint"):
            feedback_id = (event.get("bounce") or event["complaint"])["feedback_id"]
            return kind, feedback_id, tuple(sorted(concerned(record)))
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


def facts(record: Record) -> Iterator[Fact]:
    """What a record tells of mail or of a text; nothing, if it is about something else."""
    kind = record["event_type"]
    if kind.startswith("_email."):
        yield from _of_mail(record)
    elif kind.startswith("_SMS."):
        yield _of_text(record)


def _of_mail(record: Record) -> Iterator[Fact]:
    event = mail_event(record)
    mail = event["mail"]
    kind = MAIL_KINDS[record["event_type"].removeprefix("_email.")]
    addresses = concerned(record)
    several = len(mail["destination"]) > 1
    if several and kind in ("opened", "clicked", "unsubscribed"):
        return  # among several nobody can tell who it was
    if kind == "complained" and event["complaint"].get("complaint_feedback_type") == "not-spam":
        kind = "marked_not_spam"
    visit = event.get("open") or event.get("click") or {}
    after = record["arrival_timestamp"] - record["event_timestamp"]
    bounce = event.get("bounce")
    for address in addresses:
        yield Fact(
            "pinpoint", "email", kind, mail["message_id"], address,
            record["arrival_timestamp"], event_key(record),
            sent_at=mail["message_send_timestamp"],
            is_machine=is_machine_open(visit.get("user_agent", ""), after) if kind == "opened"
            else bool(visit) and is_bot_click(visit["user_agent"], after),
            recipients=len(mail["destination"]), origin=_origin(record),
            bounce=bounce and (bounce["bounce_type"], bounce["bounce_sub_type"]),
        )  # fmt: skip


def _of_text(record: Record) -> Fact:
    attributes = record["attributes"]
    what = record["event_type"].removeprefix("_SMS.")
    kinds = {
        "BUFFERED": "sent",
        "FAILURE": "failed",
        "OPTOUT": "unsubscribed",
        "SUCCESS": "delivered" if attributes["record_status"] == "DELIVERED" else "accepted",
    }
    price = record.get("metrics", {}).get("price_in_millicents_usd")
    return Fact(
        "pinpoint", "sms", kinds[what], attributes["message_id"],
        attributes["destination_phone_number"], record["event_timestamp"], event_key(record),
        sent_at=record["event_timestamp"] if what == "BUFFERED" else None,
        origin=_origin(record), country=attributes["iso_country_code"],
        reason=attributes["record_status"], parts=int(attributes["number_of_message_parts"]),
        price_usd=None if price is None else price / 100_000,
    )  # fmt: skip


def _origin(record: Record) -> dict[str, str | None]:
    names = "campaign", "journey", "treatment"
    return {name: record["attributes"].get(f"{name}_id") for name in names}


def pushes(records: Iterable[Record]) -> Iterator[Message]:
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
        _count(message, "opened", _those(life, ".opened_notification"))
        yield message


def in_app(records: Iterable[Record]) -> Iterator[Message]:
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
        _count(message, "clicked", _those(life, ".message_clicked"))
        yield message


def _count(message: Message, measure: str, records: list[Record]) -> None:
    """The app's own word: no machine opens a push."""
    count_visits(message.counts, measure, [
        Fact("pinpoint", message.channel, measure, message.id, message.recipient,
             record["event_timestamp"], event_key(record))
        for record in records
    ])  # fmt: skip


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
        for name, value in _origin(record).items():
            setattr(message, name, getattr(message, name) or value)
