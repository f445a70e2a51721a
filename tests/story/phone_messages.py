"""SMS: a campaign, the journey's coupon, sign-in codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from . import plan
from .cast import COUNTRIES, Country, phone, subscriber
from .chance import between, digits, pick, share
from .clock import DAY, HOUR, MINUTE, SECOND, at, awake, day_of
from .envelope import Event, campaign_send, compact, endpoint_text, journey_send, service_record

FAILURES = (
    "UNREACHABLE",
    "CARRIER_UNREACHABLE",
    "CARRIER_BLOCKED",
    "SPAM",
    "TTL_EXPIRED",
    "BLOCKED",
)
HOME = COUNTRIES[0], COUNTRIES[0], COUNTRIES[1], COUNTRIES[2], COUNTRIES[3]
ABROAD = COUNTRIES[3], COUNTRIES[4], COUNTRIES[5], COUNTRIES[6]


@dataclass(frozen=True)
class TextMessage:
    """One SMS to one number."""

    name: str
    sent_at: int
    country: Country
    number: str
    client_id: str
    parts: int = 1
    type: str = "Transactional"
    origin: Mapping[str, str] = field(default_factory=dict)
    context: str | None = None
    """The text of ``customer_context``."""


@dataclass(frozen=True)
class Receipt:
    """A record of a message's way, some time after it was asked for."""

    kind: str
    status: str
    after: int
    is_priced: bool = True
    landed_after: int | None = None


BUFFERED = Receipt("BUFFERED", "SUCCESSFUL", 380)


def sms_events(message: TextMessage, *receipts: Receipt) -> list[Event]:
    """The records of a message, in the given order."""
    return [_event(message, receipt) for receipt in receipts]


def _event(message: TextMessage, receipt: Receipt) -> Event:
    moment = message.sent_at + receipt.after
    request = digits(4, "request", message.name)
    # the service stamps what it reports somewhat later than it took it in
    arrival = moment - between(350, 560, "ahead", message.name, receipt.kind)
    attributes: dict[str, str | None] = {
        "sender_request_id": f"{request}c07b-b82e-4320-a365-0c1d2e3f4a5b",
        "destination_phone_number": message.number,
        "record_status": receipt.status,
        "iso_country_code": message.country.code,
        "number_of_message_parts": str(message.parts),
        "message_id": f"t3{digits(5, 'sms', message.name)}a91d4e5f60718293a4b5c6d7e8f90a1b2",
        "message_type": message.type,
    }
    if receipt.kind != "BUFFERED":  # unknown until the message leaves
        attributes["origination_phone_number"] = message.country.origination
    attributes |= message.origin
    if message.context is not None:
        attributes["customer_context"] = message.context
    price = message.country.price_per_part * message.parts if receipt.is_priced else 0.0
    metrics = {"metrics": {"price_in_millicents_usd": price}} if receipt.kind != "OPTOUT" else {}
    record = service_record(
        f"_SMS.{receipt.kind}", moment, arrival, message.client_id, attributes, **metrics
    )
    landed = moment if receipt.landed_after is None else message.sent_at + receipt.landed_after
    return Event(record, landed + 400)


def _way(message: TextMessage) -> tuple[Receipt, ...]:
    """The receipts of a message, by the habits of its country."""
    name, country = message.name, message.country
    if share("fails", name) < country.failing:
        status = pick(FAILURES, "failure", name)
        if status == "BLOCKED":
            return (Receipt("FAILURE", status, 700, is_priced=False),)
        return BUFFERED, Receipt("FAILURE", status, between(3 * SECOND, 5 * MINUTE, "failed", name))
    quick = between(2 * SECOND, 11 * SECOND, "carrier", name)
    if not country.handset_receipts:
        return BUFFERED, Receipt("SUCCESS", "SUCCESSFUL", quick)
    if share("slow", name) < 0.03:  # the handset was off for days
        on_again = awake(message.sent_at + between(20 * HOUR, 70 * HOUR, "on again", name))
        return (
            BUFFERED,
            Receipt("SUCCESS", "SUCCESSFUL", quick),
            Receipt("SUCCESS", "DELIVERED", on_again - message.sent_at),
        )
    return BUFFERED, Receipt("SUCCESS", "DELIVERED", quick)


def sign_in_codes() -> Iterator[Event]:
    """One-time codes: no campaign, the context of the request."""
    for day, count in plan.SIGN_IN_CODES.items():
        for place in range(count):
            number = int(day[-2:]) * 20 + place
            country = pick(HOME, "country", number)
            clock = plan.ORDER_TIMES[place % len(plan.ORDER_TIMES)]
            sent_at = awake(at(f"{day} {clock}")) + between(0, 4 * MINUTE, "code", number)
            message = TextMessage(
                f"code/{number}", sent_at, country, phone(country, number),
                f"ep-sms-{number:05d}",
                context=compact({"purpose": "sign-in", "orderId": f"A-{number}"}),
            )  # fmt: skip
            yield from sms_events(message, *_way(message))


def flash_sale() -> Iterator[Event]:
    """The SMS campaign; its text takes two parts where letters beyond GSM's alphabet are used."""
    start = at(plan.FLASH_SALE_START)
    for number in range(plan.FLASH_SALE_NUMBERS):
        country = pick((*HOME, *ABROAD), "flash country", number)
        client_id = f"ep-sms-{1000 + number:05d}"
        origin = {"campaign_id": plan.FLASH_SALE.id, "treatment_id": "0",
                  "campaign_activity_id": plan.FLASH_SALE_ACTIVITY}  # fmt: skip
        message = TextMessage(
            f"flash/{number}", start + number * 1500, country, phone(country, 20 + number),
            client_id, parts={"FR": 2, "DE": 2}.get(country.code, 1), type="Promotional",
            origin=origin, context=compact({"userId": f"user-{number:04d}"}),
        )  # fmt: skip
        yield campaign_send(
            message.sent_at, client_id, campaign=plan.FLASH_SALE.id,
            activity=plan.FLASH_SALE_ACTIVITY, treatment="0", channel="SMS",
            endpoint=endpoint_text("SMS", "2026-10-01T09:30:00.000Z", f"user-{number:04d}"),
        )  # fmt: skip
        receipts = _way(message)
        yield from sms_events(message, *receipts)
        if receipts[-1].status == "DELIVERED" and number % 40 == 7:
            answered = awake(message.sent_at + between(MINUTE, 5 * HOUR, "stop", number))
            stop = Receipt("OPTOUT", "DELIVERED", answered - message.sent_at)
            yield from sms_events(message, stop)


def coupons() -> Iterator[Event]:
    """The journey's SMS, five days after its beginning."""
    for day, count in plan.JOINING.items():
        for place in range(0, count, 2):
            number = 3000 + int(day[-2:]) * 40 + place
            moment = awake(at(day) + 5 * DAY + between(9 * HOUR, 20 * HOUR, "coupon", number))
            if day_of(moment) > plan.LAST_DAY:
                continue
            country = pick(HOME, "coupon country", number)
            client_id = f"ep-sms-{number:05d}"
            quiet = share("quiet", number) < 0.06
            yield journey_send(
                moment, client_id, journey=plan.WELCOME, run=plan.WELCOME_RUN,
                activity=plan.COUPON_SMS, channel="SMS",
                endpoint=endpoint_text(
                    "SMS", "2026-10-01T09:30:00.000Z", subscriber(number).user_id
                ),
                **({"status": "QUIET_TIME", "code": "400"} if quiet else {}),
            )  # fmt: skip
            if quiet:
                continue
            message = TextMessage(
                f"coupon/{number}", moment, country, phone(country, number), client_id,
                origin={"journey_id": plan.WELCOME, "journey_run_id": plan.WELCOME_RUN,
                        "journey_activity_id": plan.COUPON_SMS, "treatment_id": "0"},
                context=compact({"userId": subscriber(number).user_id}),
            )  # fmt: skip
            yield from sms_events(message, *_way(message))
