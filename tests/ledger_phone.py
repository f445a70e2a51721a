"""What records of End User Messaging tell of texts, MMS, calls and RCS, and what people wrote back.

A part of the ledger: plain dictionaries, and nothing of the package.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterator

from ledger_messages import Fact, Record
from ledger_ses import milliseconds

CHANNELS = {"TEXT": "sms", "MEDIA": "mms", "VOICE": "voice", "RCS": "rcs"}
KINDS = {
    **dict.fromkeys(("QUEUED", "PENDING", "SENT", "INITIATED", "RINGING"), "sent"),
    **dict.fromkeys(("SUCCESSFUL", "ANSWERED"), "accepted"),
    **dict.fromkeys(("DELIVERED", "COMPLETED"), "delivered"),
    "READ": "opened",
}
"""Every other outcome is a failure."""
OPT_OUTS = (
    "ARRET", "CANCEL", "END", "OPT-OUT", "OPTOUT", "QUIT", "REMOVE", "STOP", "TD", "UNSUBSCRIBE",
)  # fmt: skip


def event_key(record: Record) -> Hashable:
    """The same for the record of the stream and its copy over EventBridge."""
    return record["messageId"], record["eventType"], record["eventTimestamp"]


def facts(record: Record, family: str = "sms") -> Iterator[Fact]:
    """What a record of the stream tells; a copy without the number tells of nobody."""
    medium, _, outcome = record["eventType"].partition("_")
    origination = record.get("originationPhoneNumber", "")
    number = record.get("destinationPhoneNumber")
    if number is None:
        return
    fees = [record.get(name) for name in ("totalCarrierFee", "conversationSessionFee")]
    charged = [fee for fee in fees if fee is not None]
    status = record["messageStatus"]
    yield Fact(
        family,
        "rcs" if origination.startswith("rcs-") else CHANNELS[medium],
        KINDS.get(outcome, "failed"),
        record["messageId"],
        number,
        record["eventTimestamp"],
        event_key(record),
        sent_at=record["messageRequestTimestamp"],
        is_final=record["isFinal"],
        origin=origin(record.get("context", {})),
        country=record.get("isoCountryCode"),
        reason=outcome if status == "FAILED" else status,
        parts=record.get("totalMessageParts"),
        price_usd=record.get("totalMessagePrice"),
        fee_usd=sum(charged) if charged else None,
    )


def origin(context: dict[str, str]) -> dict[str, str | None]:
    """The sender's own words; the text ``null`` is none."""

    def first(*names: str) -> str | None:
        found = next((context[name] for name in names if name in context), None)
        return None if found == "null" else found

    return {
        "campaign": first("campaignId", "campaign_id", "campaign"),
        "treatment": first("treatmentId", "treatment_id"),
        "journey": first("journeyId", "journey_id"),
        "tenant": first("tenantId", "tenant_id", "tenant"),
        "attempt_of": first("applicationMessageId", "application_message_id"),
    }


# --- EventBridge -------------------------------------------------------------------------------


def bridge_key(record: Record) -> Hashable:
    return event_key(record["detail"])


def bridge_facts(record: Record) -> Iterator[Fact]:
    yield from facts(record["detail"])


# --- texts that people wrote back --------------------------------------------------------------


def unwrapped(record: Record) -> Record:
    """The service's own object, out of the envelope of its topic if it is in one."""
    inner: Record = json.loads(record["Message"]) if "Message" in record else record
    return inner


def reply_key(record: Record) -> Hashable:
    return unwrapped(record)["inboundMessageId"]


def reply_facts(record: Record) -> Iterator[Fact]:
    """An opt-out tells something of the message that it answers; any other text tells nothing."""
    reply = unwrapped(record)
    if not is_opt_out(reply):
        return
    is_rcs = "rcsBusinessId" in reply or reply["destinationNumber"].startswith("rcs-")
    yield Fact(
        "sms", "rcs" if is_rcs else "sms", "unsubscribed", reply["previousPublishedMessageId"],
        reply["originationNumber"],
        milliseconds(record["Timestamp"]) if "Timestamp" in record else 0,
        ("reply", reply["inboundMessageId"]),
    )  # fmt: skip


def is_opt_out(reply: Record) -> bool:
    """The whole text is such a word, whatever stops are around it; or the keyword is."""
    whole = re.sub(r"^[^A-Za-z]+|[^A-Za-z]+$", "", reply["messageBody"])
    return whole.upper() in OPT_OUTS or reply["messageKeyword"].upper() in OPT_OUTS
