"""What WhatsApp tells of messages that were sent: statuses inside an entry inside a header.

A part of the ledger: plain dictionaries, and nothing of the package.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from ledger_messages import Fact, Record
from ledger_phone import origin

KINDS = {
    "accepted": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "opened",
    "failed": "failed",
    "deleted": "other",
    "warning": "other",
}


def header(record: Record) -> Record:
    """The service's header, out of SNS's envelope if it is in one."""
    inner: Record = json.loads(record["Message"]) if "Message" in record else record
    return inner


def entry(record: Record) -> Record:
    """The webhook's entry; an event of EventBridge has none."""
    found: Record = json.loads(header(record).get("whatsAppWebhookEntry", '{"changes": []}'))
    return found


def type_of(record: Record) -> str:
    """The status, the kind of what somebody wrote, or the field of another change."""
    if "detail" in record:
        return f"over EventBridge: {record['detail']['status']}"
    (change,) = entry(record)["changes"]
    for status in change["value"].get("statuses", ()):
        return str(status["status"])
    for message in change["value"].get("messages", ()):
        return f"received: {message['type']}"
    return str(change["field"])


def event_key(record: Record) -> Hashable:
    """What the record tells, whichever envelope it came in."""
    if "detail" in record:
        detail = record["detail"]
        return "bus", detail["messageId"], detail["status"], detail["eventTimestamp"]
    return json.dumps(entry(record), sort_keys=True)


def facts(record: Record) -> Iterator[Fact]:
    yield from entry_facts(entry(record))


def entry_facts(told: Record, family: str = "whatsapp") -> Iterator[Fact]:
    """What the statuses of an entry tell; what people wrote tells of no message of ours."""
    for change in told["changes"]:
        for status in change["value"].get("statuses", ()):
            yield _fact(status, family)


def _fact(status: Record, family: str) -> Fact:
    kind = KINDS[status["status"]]
    at = int(status["timestamp"]) * 1000
    errors = status.get("errors") or [{}]
    reason = f"{errors[0].get('code', '')} {errors[0].get('title', '')}".strip()
    return Fact(
        family, "whatsapp", kind, status["id"], f"+{status['recipient_id']}", at,
        (status["id"], status["status"], status["timestamp"]),
        sent_at=at if kind == "sent" else None,
        origin=_origin(status.get("biz_opaque_callback_data")),
        reason=reason or status["status"],
    )  # fmt: skip


def _origin(callback: str | None) -> dict[str, str | None]:
    """Of a JSON object its texts; of any other text what stands before the first stroke."""
    if callback is None:
        return {}
    try:
        values: Any = json.loads(callback)
    except ValueError:
        values = None
    if isinstance(values, dict):
        return origin(values)
    return {"campaign": callback.partition("|")[0] or None}


def charged_messages(entries: Iterable[Record]) -> Counter[tuple[str, str]]:
    """Messages that say what WhatsApp takes for them, by category and type: each counted once."""
    pricing: dict[str, tuple[str, str]] = {}
    for told in entries:
        for change in told["changes"]:
            for status in change["value"].get("statuses", ()):
                if "pricing" in status:
                    asked = status["pricing"]
                    pricing[status["id"]] = asked["category"], asked["type"]
    return Counter(pricing.values())
