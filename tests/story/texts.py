"""What End User Messaging publishes of texts, MMS, calls and RCS messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .cast import Country
from .chance import between, digits
from .clock import HOUR
from .envelope import Event, Record

AGENT = "rcs-0a1b2c3d4e5f60718293a4b5c6d7e8f9"
BUSINESS = "example_outfitters_0a1b2c3d_agent"
NETWORKS = {
    # country: mobile country code, network code, carrier
    "US": ("310", "800", "Example Wireless"),
    "CA": ("302", "720", "Example Mobile"),
    "JM": ("338", "050", "Example Island"),
    "GB": ("234", "05", "Example Cellular"),
    "DE": ("262", "02", "Beispiel Mobil"),
    "FR": ("208", "01", "Exemple Télécom"),
    "AU": ("505", "01", "Example Outback"),
}
CARRIER_FEES = {"US": 0.00302, "CA": 0.0085}
"""Per part; elsewhere carriers take none beside the price."""
PROTECTION = "protect-0123456789abcdef0123456789abcdef"
DESCRIPTIONS = {
    "QUEUED": "Message is queued for delivery",
    "PENDING": "Message is pending delivery",
    "SENT": "Message is pending delivery",
    "SUCCESSFUL": "Message has been accepted by phone carrier",
    "DELIVERED": "Message has been accepted by phone",
    "READ": "Message has been read by recipient",
    "INVALID": "Invalid phone number",
    "UNREACHABLE": "Phone is currently unreachable/unavailable",
    "CARRIER_UNREACHABLE": "Phone carrier is currently unreachable/unavailable",
    "BLOCKED": "Phone has blocked SMS",
    "CARRIER_BLOCKED": "Phone carrier has blocked this message",
    "SPAM": "Blocked as spam by phone carrier",
    "UNKNOWN": "Unknown error attempting to reach phone",
    "TTL_EXPIRED": "The delivery TTL has expired",
    "PROTECT_BLOCKED": "Message blocked by protect configuration",
    "FILE_TYPE_UNSUPPORTED": "Media file type is not supported",
    "FAILED": "Message could not be delivered",
    "FALLEN_BACK_TO_SMS": "Message fell back to SMS",
}
STATUSES = {
    # event, where its status is another word
    "MEDIA_FILE_TYPE_UNSUPPORTED": "FAILED",
    "RCS_SENT": "PENDING",
    "RCS_FAILED": "UNDELIVERABLE",
    "RCS_TTL_EXPIRED": "TTL_EXPIRATION_REVOKED",
}
FREE = "INVALID", "BLOCKED", "PROTECT_BLOCKED", "FILE_TYPE_UNSUPPORTED"
"""Outcomes that cost nothing."""


@dataclass(frozen=True)
class Text:
    """One text, MMS, call or RCS message to one number."""

    name: str
    sent_at: int
    country: Country
    number: str
    medium: str = "TEXT"
    parts: int = 1
    type: str = "TRANSACTIONAL"
    encoding: str = "GSM"
    context: Mapping[str, str] = field(default_factory=dict)

    @property
    def message_id(self) -> str:
        key = digits(32, "text", self.name)
        return f"{key[:8]}-{key[8:12]}-4{key[13:16]}-8{key[17:20]}-{key[20:]}"


@dataclass(frozen=True)
class Status:
    """What happens to a message some time after it was asked for."""

    what: str
    after: int
    is_final: bool = False
    landed_after: int | None = None
    """Milliseconds until the record is in the lake, where that took longer."""
    more: Mapping[str, object] = field(default_factory=dict)
    """Fields of this event alone."""


QUEUED, PENDING = Status("QUEUED", 40), Status("PENDING", 180)
CARRIED = Status("SUCCESSFUL", 370)


def text_events(text: Text, statuses: Iterable[Status]) -> list[Event]:
    """The records of a message, in the given order."""
    told = []
    for status in statuses:
        landed = status.after if status.landed_after is None else status.landed_after
        lag = between(200, 1_500, "text lag", text.name, status.what)
        told.append(Event(text_record(text, status), text.sent_at + landed + lag))
    return told


def text_record(text: Text, status: Status) -> Record:
    kind = f"{text.medium}_{status.what}"
    record: Record = {"contentType": "MMS"} if text.medium == "MEDIA" else {}
    record |= {
        "eventType": kind,
        "eventVersion": "1.0",
        "eventTimestamp": text.sent_at + status.after,
        "isFinal": status.is_final,
    }
    if status.what != "BLOCKED" or text.medium != "TEXT":  # nobody had sent it yet
        origin = AGENT if text.medium == "RCS" else text.country.origination
        record["originationPhoneNumber"] = origin
    record |= {"destinationPhoneNumber": text.number, "isoCountryCode": text.country.code}
    if text.medium in ("TEXT", "RCS") and status.what != "PROTECT_BLOCKED":
        record["isInternationalSend"] = text.country.code not in ("US", "CA")
    if text.medium == "TEXT" and status.what not in ("BLOCKED", "INVALID"):
        record |= _network(text, status)
    record |= {"messageId": text.message_id, "messageRequestTimestamp": text.sent_at}
    if text.medium in ("TEXT", "RCS"):
        record["messageEncoding"] = text.encoding
    if text.medium != "VOICE":
        record["messageType"] = text.type
    record["messageStatus"] = STATUSES.get(kind, status.what)
    if text.medium != "VOICE":
        record["messageStatusDescription"] = DESCRIPTIONS[status.what]
    if text.context:
        record["context"] = dict(text.context)
    if text.medium != "VOICE":
        record |= _charge(text, status)
    if text.medium == "TEXT":
        record |= _protection(status)
    record |= status.more
    if text.medium == "RCS":
        record |= {"rcsBusinessId": BUSINESS, "agentIsoCountryCode": "US"}
    return record


def _network(text: Text, status: Status) -> Record:
    country_code, network, carrier = NETWORKS[text.country.code]
    told = {"mcc": country_code, "mnc": network}
    return told if status.what == "PROTECT_BLOCKED" else told | {"carrierName": carrier}


def _charge(text: Text, status: Status) -> Record:
    """The price of the whole message, which every one of its events repeats; RCS only once."""
    rate, fee = text.country.price_per_part / 100_000, CARRIER_FEES.get(text.country.code, 0.0)
    if text.medium == "MEDIA":
        rate, fee = 0.0195, 0.00266
    if text.medium == "RCS":
        rate, fee = (0.007, 0.00494) if status.what == "DELIVERED" else (0.0, 0.0)
    if status.what in FREE:
        return {"totalMessageParts": text.parts, "totalMessagePrice": 0, "totalCarrierFee": 0}
    return {
        "totalMessageParts": text.parts,
        "totalMessagePrice": round(rate * text.parts, 5),
        "totalCarrierFee": round(fee * text.parts, 5),
    }


def _protection(status: Status) -> Record:
    if status.what != "PROTECT_BLOCKED":
        return {"protectConfiguration": {
            "protectConfigurationId": PROTECTION, "protectStatus": "ALLOW",
        }}  # fmt: skip
    return {
        "protectConfiguration": {"protectConfigurationId": PROTECTION, "protectStatus": "FILTER"},
        "protectConfigurationAssessment": {
            "protectRecommendation": "BLOCK",
            "protectInsights": {"blockReason": "AIT_SUSPECTED"},
        },
    }


NEVER_TOLD = Status("UNKNOWN", 72 * HOUR, is_final=True)
"""What the service itself reports when no receipt came."""
