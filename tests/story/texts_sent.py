"""SMS, MMS, calls and RCS through End User Messaging in quantity."""

from __future__ import annotations

from collections.abc import Iterator

from . import plan
from .cast import COUNTRIES, phone, subscriber
from .chance import between, pick, share
from .clock import DAY, HOUR, MINUTE, SECOND, at, awake, day_of
from .envelope import Event
from .texts import CARRIED, PENDING, QUEUED, Status, Text, text_events

_US, _CHICAGO, _CA, _GB, _DE, _FR, _AU, _JM = COUNTRIES
HOME = _US, _US, _CHICAGO, _CA, _GB
EVERYWHERE = _US, _CA, _JM, _GB, _DE, _FR, _AU
FAILURES = "UNREACHABLE", "CARRIER_UNREACHABLE", "CARRIER_BLOCKED", "SPAM", "TTL_EXPIRED"


def _way(text: Text) -> list[Status]:
    """The statuses of a message, by the habits of its country."""
    name, country = text.name, text.country
    if share("v2 fails", name) < country.failing:
        status = pick(FAILURES, "v2 failure", name)
        after = between(3 * SECOND, 4 * MINUTE, "v2 failed", name)
        return [QUEUED, CARRIED, Status(status, after, is_final=True)]
    if not country.handset_receipts:
        return [QUEUED, Status("SUCCESSFUL", 390, is_final=True)]
    received = between(1_200, 6_700, "v2 received", name)
    steps = [CARRIED, Status("DELIVERED", received, is_final=True)]
    return [QUEUED, PENDING, *steps] if share("waits", name) < 0.3 else [QUEUED, *steps]


def codes() -> Iterator[Event]:
    """One-time codes: a few on trial from the 27th, all of them after the change."""
    for day, count in plan.CODES_BY_TEXT.items():
        for place in range(count):
            number = _number(day, place)
            country = pick(HOME, "v2 country", number)
            clock = plan.ORDER_TIMES[place % len(plan.ORDER_TIMES)]
            sent_at = awake(at(f"{day} {clock}")) + between(0, 4 * MINUTE, "v2 code", number)
            text = Text(
                f"v2 code/{number}", sent_at, country, phone(country, number),
                context={"purpose": "sign-in", "applicationMessageId": f"login-{number}"},
            )  # fmt: skip
            yield from text_events(text, _way(text))


def welcome_texts() -> Iterator[Event]:
    """The journey's coupon goes on: who joined by the 29th gets it five days later."""
    joined = {**plan.JOINING, **plan.JOINING_BY_SES}
    for day, count in joined.items():
        for place in range(0, min(count, 6), 3):
            number = 3000 + _number(day, place)
            moment = awake(at(day) + 5 * DAY + between(9 * HOUR, 20 * HOUR, "v2 coupon", number))
            if not plan.CHANGE_OF_SERVICE <= day_of(moment) < day_of(at(plan.STORY_END)):
                continue
            country = pick(HOME, "v2 coupon country", number)
            text = Text(
                f"v2 coupon/{number}", moment, country, phone(country, number),
                type="PROMOTIONAL",
                context={"journeyId": plan.WELCOME, "userId": subscriber(number).user_id},
            )  # fmt: skip
            yield from text_events(text, _way(text))


def singles_day_texts() -> Iterator[Event]:
    """The campaign of 10 November by SMS; some Americans get it with a picture."""
    start = at(plan.SINGLES_DAY_TEXTS)
    for number in range(plan.SINGLES_DAY_NUMBERS):
        country = pick(EVERYWHERE, "singles country", number)
        is_unicode = country.code in ("DE", "FR")
        text = Text(
            f"v2 singles/{number}", start + number * 1_700, country, phone(country, 30 + number),
            parts=2 if is_unicode else 1, type="PROMOTIONAL",
            encoding="UNICODE" if is_unicode else "GSM",
            context={"campaignId": plan.SINGLES_DAY, "treatmentId": "ab"[number % 2]},
        )  # fmt: skip
        yield from text_events(text, _way(text))
    for number in range(plan.SINGLES_DAY_PICTURES):
        text = Text(
            f"v2 picture/{number}", start + (200 + number) * SECOND, _US,
            phone(_US, 70 + number), "MEDIA", context={"campaignId": plan.SINGLES_DAY},
        )  # fmt: skip
        yield from text_events(text, _picture_way(number))


def _picture_way(number: int) -> list[Status]:
    if number == 2:
        return [Status("FILE_TYPE_UNSUPPORTED", 80, is_final=True)]
    return [QUEUED, PENDING, CARRIED, Status("DELIVERED", 3_900, is_final=True)]


def calls() -> Iterator[Event]:
    """Codes that are read out, for those who asked for it."""
    ringing = [Status("INITIATED", 380), Status("RINGING", 2_100)]
    for place, day in enumerate(sorted(plan.CODES_BY_TEXT)[3:]):
        number = _number(day, 50)
        country = (_US, _US, _GB)[place % 3]
        sent_at = awake(at(f"{day} 12:00")) + between(0, 4 * MINUTE, "call", number)
        text = Text(
            f"call/{number}", sent_at, country, phone(country, number), "VOICE",
            context={"purpose": "sign-in"},
        )  # fmt: skip
        if place % 5 == 3:
            outcome = ("BUSY", "NO_ANSWER")[place % 2]
            yield from text_events(text, [*ringing, Status(outcome, 24_000, is_final=True)])
            continue
        lasted = between(18, 75, "lasted", number)
        minutes = -(-lasted // 60)
        ended = Status(
            "COMPLETED", 9_200 + lasted * SECOND, is_final=True,
            more={
                "callDurationInSeconds": lasted,
                "totalDurationInMinutes": minutes,
                "totalMessagePrice": round(0.013 * minutes, 5),
            },
        )  # fmt: skip
        yield from text_events(text, [*ringing, Status("ANSWERED", 9_200), ended])


def rich_messages() -> Iterator[Event]:
    """Parcel notices by RCS, a trial in the United States."""
    for place, day in enumerate(sorted(plan.CODES_BY_TEXT)[5:]):
        number = _number(day, 70)
        sent_at = awake(at(f"{day} 18:00")) + between(0, 4 * MINUTE, "rcs", number)
        text = Text(
            f"rcs/{number}", sent_at, _US, phone(_US, number), "RCS", encoding="UNICODE",
            context={"campaignId": "parcel-rcs"},
        )  # fmt: skip
        sent = [QUEUED, Status("SENT", 300)]
        rich = {"rcsMetadata": {"billingEventType": "RICH"}}
        arrived = Status("DELIVERED", 2_400, is_final=True, more=rich)
        if place % 6 == 4:
            yield from text_events(text, [*sent, Status("FAILED", 4_000, is_final=True)])
        elif place % 2:
            read_at = awake(sent_at + between(MINUTE, 9 * HOUR, "read", number)) - sent_at
            yield from text_events(text, [*sent, arrived, Status("READ", read_at, is_final=True)])
        else:
            yield from text_events(text, [*sent, arrived])


def _number(day: str, place: int) -> int:
    return 8000 + (at(day) - at(plan.FIRST_DAY)) // DAY * 80 + place
