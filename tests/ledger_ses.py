"""What records of SES tell of whom; and what makes an open or a click a machine's.

A part of the ledger: plain dictionaries, and nothing of the package.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from datetime import datetime, timedelta

from ledger_messages import Fact, Record

MACHINE_OPEN_MS = 2_000
BARE_OPEN_MS = 60_000
BOT_CLICK_MS = 5_000
BOT_WORDS = (
    "bot", "crawl", "spider", "scanner", "barracuda", "proofpoint", "mimecast", "safelinks",
    "headless", "phantomjs", "curl", "wget", "python-requests", "go-http-client", "java/",
    "+http://", "+https://",
)  # fmt: skip
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
OWN_OBJECTS = {
    # kind of event: its own object, where that has a time, and what it tells
    "Send": (None, "sent"),
    "Reject": (None, "rejected"),
    "Rendering Failure": (None, "rendering_failed"),
    "Delivery": ("delivery", "delivered"),
    "Open": ("open", "opened"),
    "Click": ("click", "clicked"),
    "Bounce": ("bounce", "bounced"),
    "Complaint": ("complaint", "complained"),
    "DeliveryDelay": ("deliveryDelay", "delayed"),
    "Subscription": ("subscription", "unsubscribed"),
}


def is_machine_open(agent: str, after_ms: int) -> bool:
    """Before anybody can have the mail, a proxy's prefetch, or an agent that says what it is."""
    bare = agent.strip() == "Mozilla/5.0" and after_ms <= BARE_OPEN_MS
    return after_ms < MACHINE_OPEN_MS or bare or says_what_it_is(agent)


def is_bot_click(agent: str, after_ms: int) -> bool:
    """Faster than a person, an agent that says what it is, or one that is no browser."""
    browser = agent.lower().lstrip().startswith(("mozilla/", "opera/")) or not agent.strip()
    return after_ms < BOT_CLICK_MS or says_what_it_is(agent) or not browser


def says_what_it_is(agent: str) -> bool:
    """Whether an agent names a robot; the name of a maker of telephones is none."""
    said = agent.lower().replace("cubot", "")
    return any(word in said for word in BOT_WORDS)


def milliseconds(text: str) -> int:
    """The milliseconds since 1970 of an ISO time."""
    return round((datetime.fromisoformat(text) - EPOCH) / timedelta(milliseconds=1))


def own_object(record: Record) -> Record:
    name, _ = OWN_OBJECTS[record["eventType"]]
    found: Record = record[name] if name else {}
    return found


def event_key(record: Record) -> Hashable:
    """What tells one event from another, without the recipient: the stream has no id of its own."""
    kind, message_id = record["eventType"], record["mail"]["messageId"]
    own = own_object(record)
    if kind in ("Bounce", "Complaint"):
        return kind, own["feedbackId"]
    if not own:
        return kind, message_id
    particulars = [own.get(name) for name in ("ipAddress", "link", "userAgent", "contactList")]
    return kind, message_id, own["timestamp"], *particulars


def facts(record: Record, family: str = "ses") -> Iterator[Fact]:
    """What a record tells of each recipient whom it is about."""
    mail = record["mail"]
    _, kind = OWN_OBJECTS[record["eventType"]]
    own = own_object(record)
    sent_at = milliseconds(mail["timestamp"])
    at = milliseconds(own["timestamp"]) if own else sent_at
    if kind == "complained" and own.get("complaintFeedbackType") == "not-spam":
        kind = "marked_not_spam"
    if kind == "unsubscribed" and not _leaves(own):
        kind = "preferences_changed"
    for address in _concerned(record, own):
        yield Fact(
            family, "email", kind, mail["messageId"], address, at, event_key(record),
            sent_at=sent_at, is_machine=_is_machine(kind, own, at - sent_at),
            recipients=len(mail["destination"]), origin=_origin(record),
            bounce=(own["bounceType"], own["bounceSubType"]) if kind == "bounced" else None,
        )  # fmt: skip


def _concerned(record: Record, own: Record) -> list[str]:
    """The addresses in small letters; an open of a mail to several is nobody's."""
    listed = own.get("recipients") or [
        each["emailAddress"]
        for name in ("bouncedRecipients", "complainedRecipients", "delayedRecipients")
        for each in own.get(name, ())
    ]
    destination = record["mail"]["destination"]
    if not listed and (not own or len(destination) == 1):
        listed = destination
    return [_bare(each) for each in listed]


def _bare(address: str) -> str:
    named = re.search(r"<([^<>]+)>", address)
    return (named[1] if named else address).strip().lower()


def _is_machine(kind: str, own: Record, after_ms: int) -> bool:
    if kind not in ("opened", "clicked"):
        return False
    if "isBotEvent" in own:  # SES's own judgement, where it gives one
        return bool(own["isBotEvent"] == "Likely")
    rule = is_machine_open if kind == "opened" else is_bot_click
    return rule(own["userAgent"], after_ms)


def _leaves(subscription: Record) -> bool:
    """Whether somebody leaves all topics, or one that they had not left before."""
    new, old = subscription["newTopicPreferences"], subscription["oldTopicPreferences"]
    return (new["unsubscribeAll"] and not old["unsubscribeAll"]) or bool(_left(new) - _left(old))


def _left(preferences: Record) -> set[str]:
    return {
        topic["topicName"]
        for topic in preferences["topicSubscriptionStatus"]
        if topic["subscriptionStatus"] == "OptOut"
    }


def _origin(record: Record) -> dict[str, str | None]:
    tags = record["mail"].get("tags", {})

    def first(*names: str) -> str | None:
        return next((tags[name][0] for name in names if name in tags), None)

    return {
        "campaign": first("campaign", "Campaign"),
        "journey": first("journeyId", "journey_id"),
        "tenant": first("ses:tenant-name", "tenant", "Tenant"),
        "configuration_set": first("ses:configuration-set"),
        "attempt_of": first("application_message_id"),
        "template": first("template", "Template") or record.get("failure", {}).get("templateName"),
    }
