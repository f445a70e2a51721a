"""WhatsApp through End User Messaging: templates sent, what became of them, what people wrote."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from . import plan
from .cast import ACCOUNT, COUNTRIES, phone, subscriber
from .chance import between, digits, pick, share
from .clock import DAY, HOUR, MINUTE, SECOND, at, awake, iso, moment
from .envelope import Event, Record, compact
from .text_incidents import notification

TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:shop-whatsapp"
BUSINESS_ACCOUNT, BUSINESS_NUMBER_ID = "503131219500000", "462716690000000"
BUSINESS_NUMBER = "12065550100"
_ARN = f"arn:aws:social-messaging:us-east-1:{ACCOUNT}"
_WHERE = COUNTRIES[0], COUNTRIES[3], COUNTRIES[4], COUNTRIES[4]


@dataclass(frozen=True)
class Chat:
    """One message of ours to one person."""

    name: str
    sent_at: int
    number: str
    category: str = "utility"
    callback: str | None = None
    """What the send call gave as ``biz_opaque_callback_data``."""

    @property
    def wamid(self) -> str:
        return wamid(self.number, self.name)

    @property
    def aws_id(self) -> str:
        key = digits(32, "whatsapp", self.name)
        return f"{key[:8]}-{key[8:12]}-4{key[13:16]}-8{key[17:20]}-{key[20:]}"


@dataclass(frozen=True)
class Tick:
    """A status, whole seconds after sending."""

    status: str
    after_s: int
    pricing: str = "regular"
    """``""`` for a status that says nothing of it."""
    error: Mapping[str, object] = field(default_factory=dict)
    knows_sender: bool = True
    """Whether the callback text comes back."""
    landed_after_s: int | None = None


def wamid(number: str, *name: object) -> str:
    """An id as WhatsApp makes them: letters that hide the number and a code."""
    hidden = b"\x1d\x18" + bytes([len(number)]) + number.encode() + b"\x15\x02\x00\x11\x18\x12"
    code = digits(18, "wamid", *name).upper().encode()
    return f"wamid.{base64.b64encode(hidden + code + bytes(1)).decode()}"


def header(change: Record, received_at: int, aws_id: str) -> Record:
    """The service's header around an entry of the webhook."""
    entry = {"id": BUSINESS_ACCOUNT, "changes": [change]}
    return {
        "context": {
            "MetaWabaIds": [{
                "wabaId": BUSINESS_ACCOUNT, "arn": f"{_ARN}:waba/fb2594b8a7974770b128a409e2a00000",
            }],
            "MetaPhoneNumberIds": [{
                "metaPhoneNumberId": BUSINESS_NUMBER_ID,
                "arn": f"{_ARN}:phone-number-id/976c72a700aac43eaf573ae050a00000",
            }],
        },
        "whatsAppWebhookEntry": compact(entry),
        "aws_account_id": ACCOUNT,
        "message_timestamp": f"{iso(received_at)[:-1]}279391Z",
        "messageId": aws_id,
    }  # fmt: skip


def status_change(chat: Chat, tick: Tick) -> Record:
    seconds = chat.sent_at // SECOND + tick.after_s
    status: Record = {
        "id": chat.wamid,
        "status": tick.status,
        "timestamp": str(seconds),
        "recipient_id": chat.number,
    }
    if tick.status in ("sent", "delivered") and tick.pricing:
        is_billable = tick.pricing == "regular"
        status["pricing"] = {
            "billable": is_billable, "pricing_model": "PMP", "type": tick.pricing,
            "category": chat.category,
        }  # fmt: skip
    if chat.callback is not None and tick.knows_sender and tick.status in ("sent", "delivered"):
        status["biz_opaque_callback_data"] = chat.callback
    if tick.error:
        status["errors"] = [dict(tick.error)]
    return {"value": {**_metadata(), "statuses": [status]}, "field": "messages"}


def _metadata() -> Record:
    return {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": BUSINESS_NUMBER, "phone_number_id": BUSINESS_NUMBER_ID,
        },
    }  # fmt: skip


def status_header(chat: Chat, tick: Tick) -> Record:
    received_at = (chat.sent_at // SECOND + tick.after_s) * SECOND + _lag(chat, tick)
    return header(status_change(chat, tick), received_at, chat.aws_id)


def _lag(chat: Chat, tick: Tick) -> int:
    return between(400, 1_900, "whatsapp lag", chat.name, tick.status)


def _events(chat: Chat, ticks: list[Tick]) -> Iterator[Event]:
    for tick in ticks:
        happened = (chat.sent_at // SECOND + tick.after_s) * SECOND
        landed_after = tick.after_s if tick.landed_after_s is None else tick.landed_after_s
        landed = (chat.sent_at // SECOND + landed_after) * SECOND + _lag(chat, tick) + 300
        yield published(status_header(chat, tick), happened + _lag(chat, tick), landed)


def published(told: Record, received_at: int, landed_at: int) -> Event:
    """By SNS: in its envelope, but raw on the day on which raw delivery was tried."""
    is_raw = at(plan.RAW_DELIVERY[0]) <= landed_at < at(plan.RAW_DELIVERY[1])
    return Event(told if is_raw else notification(TOPIC, told, received_at + 60), landed_at)


def chat_events() -> Iterator[Event]:
    """All statuses of the messages that the shop sent."""
    for chat, ticks in chats():
        yield from _events(chat, ticks)


def chats() -> Iterator[tuple[Chat, list[Tick]]]:
    """Every message of ours with its statuses."""
    yield from _parcel_notices()
    yield from _singles_day()
    yield from _incidents()


def _parcel_notices() -> Iterator[tuple[Chat, list[Tick]]]:
    for day, count in plan.PARCELS_BY_WHATSAPP.items():
        for place in range(count):
            number = 9000 + (at(day) - at(plan.CHANGE_OF_SERVICE)) // DAY * 20 + place
            clock = plan.ORDER_TIMES[place % len(plan.ORDER_TIMES)]
            sent_at = awake(at(f"{day} {clock}")) + between(0, 4 * MINUTE, "chat", number)
            callback = compact({"campaignId": "parcel-whatsapp", "tenantId": "shop-eu"})
            yield _with_ticks(Chat(f"parcel/{number}", sent_at, _number(number), callback=callback))


def _singles_day() -> Iterator[tuple[Chat, list[Tick]]]:
    start = at(plan.SINGLES_DAY_CHATS)
    for number in range(plan.SINGLES_DAY_READERS):
        person = subscriber(400 + number).user_id
        yield _with_ticks(Chat(
            f"singles/{number}", start + number * 2 * SECOND, _number(50 + number), "marketing",
            f"{plan.SINGLES_DAY}|{person}",
        ))  # fmt: skip


def _with_ticks(chat: Chat) -> tuple[Chat, list[Tick]]:
    arrived = between(1, 4, "arrived", chat.name)
    ticks = [Tick("sent", 1), Tick("delivered", 1 + arrived)]
    if share("accepted", chat.name) < 0.5:
        ticks.insert(0, Tick("accepted", 0))
    drawn = share("chat fate", chat.name)
    if drawn < 0.08:  # the phone is off
        return chat, ticks[:-1]
    if drawn < 0.62:
        read = awake(chat.sent_at + between(30 * SECOND, 20 * HOUR, "reads", chat.name))
        ticks.append(Tick("read", read // SECOND - chat.sent_at // SECOND))
    return chat, ticks


def _number(number: int) -> str:
    country = pick(_WHERE, "chat country", number)
    return phone(country, number).removeprefix("+")


NO_SUCH_PERSON = {
    "code": 131026,
    "title": "Message undeliverable",
    "message": "Message undeliverable",
    "error_data": {"details": "Message Undeliverable."},
}
TOO_LATE = {
    "code": 131047,
    "title": "Re-engagement message",
    "message": "Re-engagement message",
    "error_data": {"details": "More than 24 hours have passed since the customer last replied."},
}


def _incidents() -> Iterator[tuple[Chat, list[Tick]]]:
    day = at("2026-11-05 18:05:00")
    told = {"callback": "parcel-whatsapp|user-0007"}
    yield (  # read without ever having been delivered
        Chat("once/read", day, _number(1), **told),
        [Tick("sent", 1), Tick("read", 70)],
    )
    yield (  # nobody there
        Chat("once/nobody", day + 4 * SECOND, _number(2), **told),
        [Tick("accepted", 0), Tick("failed", 2, error=NO_SUCH_PERSON)],
    )
    yield (  # an answer within the day is free
        Chat("once/answer", day + 40 * MINUTE, _number(3), "service"),
        [Tick("sent", 1, "free_customer_service"), Tick("delivered", 2, "free_customer_service")],
    )
    yield (  # an answer after the day is over
        Chat("once/late", day + 44 * MINUTE, _number(4), "service"),
        [Tick("failed", 1, error=TOO_LATE)],
    )
    yield (  # delivered in the lake before it was sent there; both in one second
        Chat("once/order", at("2026-11-06 07:50:00"), _number(5), **told),
        [Tick("sent", 1, landed_after_s=3_000), Tick("delivered", 1)],
    )
    yield (  # only the first status brings the callback text back
        Chat("once/text", at("2026-11-06 07:50:10"), _number(6), **told),
        [Tick("sent", 1), Tick("delivered", 3, knows_sender=False), Tick("read", 3)],
    )


# --- what people wrote, and what came over EventBridge ------------------------------------------

WRITTEN = (
    # when, who, what kind, the object of that kind, whether it answers our first incident
    ("2026-11-05 18:12:00", 1, "text", {"body": "Hi, where is my parcel?"}, False),
    ("2026-11-05 18:14:00", 1, "image", {
        "mime_type": "image/jpeg", "sha256": "BTD0xlqSZ7l02oUusiNStlEZhAurkvKf143UqjkAAAA=",
        "id": "530339869520000",
    }, False),
    ("2026-11-05 18:16:00", 1, "interactive", {
        "type": "button_reply", "button_reply": {"id": "confirm:42", "title": "Got it"},
    }, True),
    ("2026-11-06 07:55:00", 5, "text", {"body": "Danke! \N{THUMBS UP SIGN}"}, False),
    ("2026-11-10 18:20:00", 51, "text", {"body": "STOP"}, False),
)  # fmt: skip


def written_to_us() -> Iterator[Event]:
    for place, (when, who, kind, content, answers) in enumerate(WRITTEN):
        wrote_at = at(when)
        told = written_header(place, who, kind, content, answers)
        yield published(told, wrote_at + 800, wrote_at + 1_200)
    changed_at = at("2026-11-04 12:05:00")
    change = {
        "value": {
            "event": "APPROVED", "message_template_id": 1031, "reason": "NONE",
            "message_template_name": "parcel_on_its_way", "message_template_language": "de",
        },
        "field": "message_template_status_update",
    }  # fmt: skip
    told = header(change, changed_at, Chat("template", changed_at, "").aws_id)
    yield published(told, changed_at, changed_at + 400)


def written_header(
    place: int, who: int, kind: str, content: Mapping[str, object], answers: bool
) -> Record:
    """The header of a message that somebody wrote to us."""
    number = _number(who)
    wrote_at = at(WRITTEN[place][0])
    message: Record = {}
    if answers:
        ours = next(chat for chat, _ in _incidents())
        message["context"] = {"from": BUSINESS_NUMBER, "id": ours.wamid}
    message |= {
        "from": number,
        "id": wamid(number, "written", place),
        "timestamp": str(wrote_at // SECOND),
        "type": kind,
        kind: dict(content),
    }
    name = subscriber(400 + who).address.partition(".")[0].capitalize()
    change = {
        "value": {
            **_metadata(),
            "contacts": [{"profile": {"name": name}, "wa_id": number}],
            "messages": [message],
        },
        "field": "messages",
    }
    return header(change, wrote_at + 800, Chat(f"written/{place}", wrote_at, number).aws_id)


def bus_events() -> Iterator[Event]:
    """Statuses of one message once more, from the bus: flat, and without the person's number."""
    chat = next(chat for chat, _ in _incidents())
    for place, (word, after_s) in enumerate((("sent", 1), ("read", 70))):
        happened = chat.sent_at + after_s * SECOND
        key = digits(32, "whatsapp bus", place)
        record = {
            "version": "0",
            "id": f"{key[:8]}-{key[8:12]}-4{key[13:16]}-8{key[17:20]}-{key[20:]}",
            "detail-type": f"WhatsApp Message {word.capitalize()}",
            "source": "aws.social-messaging",
            "account": ACCOUNT,
            "time": f"{moment(happened + 2_000):%Y-%m-%dT%H:%M:%SZ}",
            "region": "us-east-1",
            "resources": [],
            "detail": {
                "wabaId": BUSINESS_ACCOUNT,
                "originationPhoneNumber": BUSINESS_NUMBER,
                "originationPhoneNumberId": BUSINESS_NUMBER_ID,
                "messageId": chat.aws_id,
                "status": word,
                "eventTimestamp": str(happened // SECOND),
            },
        }
        yield Event(record, happened + 3_000)
