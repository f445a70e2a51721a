"""What rows of the engagement database tell: the events of the services, as they published them.

A part of the ledger: plain dictionaries, and nothing of the package.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator

import ledger_phone
import ledger_ses
import ledger_whatsapp
from ledger_messages import Fact, Record

FAMILY = "engagementdb"


def published(row: Record) -> Record:
    """The event of the service; of WhatsApp the entry, without the service's header."""
    event: Record = json.loads(row["rawEvent"])
    return event


def event_key(row: Record) -> Hashable:
    event = published(row)
    if row["channel"] == "email":
        return ledger_ses.event_key(event)
    if row["channel"] == "whatsapp":
        return json.dumps(event, sort_keys=True)
    return ledger_phone.event_key(event)


def facts(row: Record) -> Iterator[Fact]:
    """What a row tells, as the same event does in its own stream."""
    event = published(row)
    if row["channel"] == "email":
        yield from ledger_ses.facts(event, FAMILY)
    elif row["channel"] == "whatsapp":
        yield from ledger_whatsapp.entry_facts(event, FAMILY)
    else:
        yield from ledger_phone.facts(event, FAMILY)


def conversation_key(row: Record) -> Hashable:
    return row["sessionId"], row["messageId"]


def conversation_facts(row: Record) -> Iterator[Fact]:
    """A chat with an assistant is no message that was sent."""
    yield from ()
