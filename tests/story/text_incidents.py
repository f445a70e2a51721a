"""What happened once to texts: each told by hand, because a rule hangs on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .cast import ACCOUNT, COUNTRIES, Country, phone
from .chance import digits
from .clock import DAY, MINUTE, at, iso, moment
from .envelope import Event, compact
from .texts import (
    BUSINESS,
    CARRIED,
    NEVER_TOLD,
    PENDING,
    QUEUED,
    Status,
    Text,
    text_events,
    text_record,
)

_US, _, _CA, _GB, _DE, _FR, _, _JM = COUNTRIES
_DELIVERED = Status("DELIVERED", 4_120, is_final=True)
_SENT = Status("SENT", 300)
_RICH = {"rcsMetadata": {"billingEventType": "RICH"}}


@dataclass(frozen=True)
class TextIncident:
    """A message with a life of its own."""

    what: str
    sent: str
    country: Country
    statuses: tuple[Status, ...]
    medium: str = "TEXT"
    parts: int = 1
    encoding: str = "GSM"
    context: dict[str, str] = field(default_factory=dict)
    number: int = 0
    """Whose: messages with the same one go to the same person."""


INCIDENTS = (
    TextIncident(
        "taken by the carrier, given up a day later: a final failure beats a success that is none",
        "2026-11-02 07:10:00", _GB,
        (QUEUED, CARRIED, Status("UNREACHABLE", DAY, is_final=True)), number=1,
    ),
    TextIncident(
        "the receipts come in the wrong order",
        "2026-11-03 12:10:00", _US,
        (Status("QUEUED", 40, landed_after=50 * MINUTE), _DELIVERED,
         Status("SUCCESSFUL", 370, landed_after=48 * MINUTE)), number=2,
    ),
    TextIncident(
        "a success that is not final, reported after the final failure",
        "2026-11-03 12:11:00", _US,
        (QUEUED, Status("CARRIER_BLOCKED", 900, is_final=True), Status("SUCCESSFUL", 1_400)),
        number=3,
    ),
    TextIncident(
        "nobody ever says what became of it; the service gives up after 72 hours",
        "2026-11-04 07:10:00", _DE, (QUEUED, CARRIED, NEVER_TOLD), number=4,
    ),
    TextIncident(
        "taken by the carrier, and nothing more before the story ends",
        "2026-11-10 18:10:00", _FR, (QUEUED, PENDING, CARRIED), number=5,
    ),
    TextIncident(
        "on its way when the story ends",
        "2026-11-10 18:11:00", _GB, (QUEUED, PENDING), number=6,
    ),
    TextIncident(
        "the first of two attempts at one message",
        "2026-11-05 12:10:00", _US,
        (QUEUED, Status("CARRIER_UNREACHABLE", 5_200, is_final=True)),
        context={"campaignId": "parcel-texts", "applicationMessageId": "parcel-5521"}, number=7,
    ),
    TextIncident(
        "the second attempt",
        "2026-11-05 12:25:00", _US, (QUEUED, CARRIED, _DELIVERED),
        context={"campaignId": "parcel-texts", "applicationMessageId": "parcel-5521"}, number=7,
    ),
    TextIncident(
        "kept back by the protect configuration, free of charge",
        "2026-11-06 12:10:00", _JM, (Status("PROTECT_BLOCKED", 60, is_final=True),),
        number=8,
    ),
    TextIncident(
        "blocked before anybody had sent it, four parts and free of charge",
        "2026-11-06 12:11:00", _US, (Status("BLOCKED", 89, is_final=True),), parts=4, number=9,
    ),
    TextIncident(
        "no such number",
        "2026-11-06 12:12:00", _CA, (Status("INVALID", 120, is_final=True),), number=10,
    ),
    TextIncident(
        "three parts, in letters beyond GSM's",
        "2026-11-07 12:10:00", _DE, (QUEUED, CARRIED, _DELIVERED), parts=3, encoding="UNICODE",
        context={"campaign_id": "Größenberatung", "tenantId": "shop-eu"}, number=11,
    ),
    TextIncident(
        "a context that says null",
        "2026-11-07 12:11:00", _US, (QUEUED, CARRIED, _DELIVERED),
        context={"campaignId": "null"}, number=12,
    ),
    TextIncident(
        "asked for before midnight, delivered after",
        "2026-11-08 23:59:58", _US,
        (QUEUED, CARRIED, Status("DELIVERED", 6_000, is_final=True)), number=13,
    ),
    TextIncident(
        "read before it was delivered, as the service tells it",
        "2026-11-06 18:10:00", _US,
        (QUEUED, _SENT, Status("READ", 2_100, is_final=True),
         Status("DELIVERED", 2_400, is_final=True, more=_RICH)),
        "RCS", encoding="UNICODE", context={"campaignId": "parcel-rcs"}, number=14,
    ),
    TextIncident(
        "falls back to SMS, and goes on under the same id",
        "2026-11-06 18:11:00", _US,
        (QUEUED, _SENT, Status("FALLEN_BACK_TO_SMS", 1_500, is_final=True)),
        "RCS", encoding="UNICODE", context={"campaignId": "parcel-rcs"}, number=15,
    ),
    TextIncident(
        "the first message of a conversation, whose fee stands here",
        "2026-11-07 18:10:00", _US,
        (QUEUED, _SENT, Status("DELIVERED", 2_500, is_final=True, more={
            "totalMessagePrice": 0.0, "totalCarrierFee": 0.0,
            "rcsMetadata": {"billingEventType": "BASIC"},
            "conversationInitiatingMessageId": "177930985040408106520000",
            "conversationInitiatingMessageType": "OUTBOUND", "conversationSessionFee": 0.012,
        })),
        "RCS", encoding="UNICODE", context={"campaignId": "parcel-rcs"}, number=16,
    ),
    TextIncident(
        "the second message of the conversation costs nothing",
        "2026-11-07 18:12:00", _US,
        (QUEUED, _SENT, Status("DELIVERED", 2_500, is_final=True, more={
            "totalMessagePrice": 0.0, "totalCarrierFee": 0.0,
            "rcsMetadata": {"billingEventType": "BASIC"},
            "conversationInitiatingMessageId": "177930985040408106520000",
            "conversationInitiatingMessageType": "OUTBOUND", "conversationSessionFee": 0.0,
        })),
        "RCS", encoding="UNICODE", context={"campaignId": "parcel-rcs"}, number=16,
    ),
    TextIncident(
        "answered, and the line breaks before the end is told",
        "2026-11-10 18:12:00", _US,
        (Status("INITIATED", 380), Status("RINGING", 2_100), Status("ANSWERED", 9_200)), "VOICE",
        context={"purpose": "sign-in"}, number=17,
    ),
)  # fmt: skip


def text_incidents() -> Iterator[Event]:
    for number, incident in enumerate(INCIDENTS):
        text = _text(number)
        yield from text_events(text, incident.statuses)
        if incident.what.startswith("falls back"):
            again = Text(text.name, text.sent_at, text.country, text.number, context=text.context)
            later = [Status("SUCCESSFUL", 2_300), Status("DELIVERED", 5_900, is_final=True)]
            yield from text_events(again, later)


def _text(number: int) -> Text:
    incident = INCIDENTS[number]
    return Text(
        f"v2 incident/{number}", at(incident.sent), incident.country,
        phone(incident.country, 40 + incident.number), incident.medium, incident.parts,
        encoding=incident.encoding, context=incident.context,
    )  # fmt: skip


# --- copies over EventBridge, and what people wrote back ----------------------------------------

TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:shop-replies"


def eventbridge_copies() -> Iterator[Event]:
    """The last statuses of some messages once more, from the bus; two without the number."""
    for number in (0, 1, 7, 12):
        text = _text(number)
        for place, status in enumerate(INCIDENTS[number].statuses[-2:]):
            detail = text_record(text, status)
            if number == 1:
                del detail["destinationPhoneNumber"]
            happened = text.sent_at + status.after
            record = {
                "version": "0",
                "id": _uuid("bridge", number, place),
                "detail-type": "Text Message Delivery Status Updated",
                "source": "aws.sms-voice",
                "account": ACCOUNT,
                "time": f"{moment(happened):%Y-%m-%dT%H:%M:%SZ}",
                "region": "us-east-1",
                "resources": [],
                "detail": detail,
            }
            yield Event(record, happened + 2_000)


REPLIES = (
    # when, which message of ours it answers, keyword, what was written
    ("2026-11-02 18:20:00", 0, "KEYWORD_1", "Where is my parcel?"),
    ("2026-11-05 18:20:00", 7, "STOP", "STOP"),
    ("2026-11-07 18:20:00", 11, "SHOP", " Stop. "),
    ("2026-11-07 18:21:00", 12, "HELP", "HELP"),
    ("2026-11-08 12:20:00", 13, "SHOP", "Thanks, it fits! stop by when you are in town"),
    ("2026-11-08 12:20:30", 2, "STOP", "Stop writing to me please"),
    ("2026-11-08 12:21:00", 12, "ARRET", "arret"),
)


def replies() -> Iterator[Event]:
    """Texts of customers, as the topic hands them on; the last one by raw delivery."""
    for place, (when, number, keyword, body) in enumerate(REPLIES):
        text = _text(number)
        wrote_at = at(when)
        notice = {
            "originationNumber": text.number,
            "destinationNumber": "+18445550123",
            "messageKeyword": keyword,
            "messageBody": body,
            "previousPublishedMessageId": text.message_id,
            "inboundMessageId": _uuid("inbound", place),
        }
        is_raw = place == len(REPLIES) - 1
        yield Event(notice if is_raw else notification(TOPIC, notice, wrote_at), wrote_at + 700)
    text = _text(14)
    wrote_at = at("2026-11-06 18:40:00")
    notice = {
        "originationNumber": text.number,
        "destinationNumber": "rcs-0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "messageKeyword": "KEYWORD_2",
        "messageBody": "Unsubscribe",
        "previousPublishedMessageId": text.message_id,
        "inboundMessageId": _uuid("inbound", "rcs"),
        "rcsBusinessId": BUSINESS,
        "agentIsoCountryCode": "US",
    }
    yield Event(notification(TOPIC, notice, wrote_at), wrote_at + 700)


def notification(topic: str, message: dict[str, object], sent_at: int) -> dict[str, object]:
    """What SNS makes of a message without raw delivery."""
    text = compact(message)
    return {
        "Type": "Notification",
        "MessageId": _uuid("notification", text),
        "TopicArn": topic,
        "Message": text,
        "Timestamp": iso(sent_at),
        "SignatureVersion": "1",
        "Signature": f"{digits(60, 'signature', text)}==",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
        "UnsubscribeURL": f"https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe"
        f"&SubscriptionArn={topic}:7c1e4a5b-4c6d-4e7f-90a1-b2c3d4e5f607",
    }


def _uuid(*name: object) -> str:
    key = digits(32, *name)
    return f"{key[:8]}-{key[8:12]}-4{key[13:16]}-8{key[17:20]}-{key[20:]}"
