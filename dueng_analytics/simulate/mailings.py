"""What is sent on which day: mailings of campaigns, steps of journeys, notices.

A mailing belongs to a campaign that lives longer than it, and the same campaigns go on under
another service where Pinpoint has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import md5

import numpy as np

from dueng_analytics.simulate import kinds, world
from dueng_analytics.simulate.plan import PINPOINT_END, Plan
from dueng_analytics.simulate.text_arrays import DAY_MS, HOUR_MS, Numbers

# share of each kind, while Pinpoint runs and after it
_SHARES: dict[str, tuple[dict[int, float], dict[int, float]]] = {
    "email": ({kinds.PINPOINT_MAIL: 0.6, kinds.SES_MAIL: 0.4}, {kinds.SES_MAIL: 1.0}),
    "sms": ({kinds.SMS: 0.65, kinds.PINPOINT_SMS: 0.35}, {kinds.SMS: 1.0}),
    "mixed": (
        {
            kinds.PINPOINT_MAIL: 0.36,
            kinds.SES_MAIL: 0.24,
            kinds.PINPOINT_SMS: 0.08,
            kinds.SMS: 0.14,
            kinds.PUSH: 0.12,
            kinds.WHATSAPP: 0.06,
        },
        {kinds.SES_MAIL: 0.65, kinds.SMS: 0.25, kinds.WHATSAPP: 0.10},
    ),
    "migration": (
        {kinds.PINPOINT_MAIL: 0.7, kinds.PINPOINT_SMS: 0.2, kinds.PUSH: 0.1},
        {kinds.SES_MAIL: 0.75, kinds.SMS: 0.25},
    ),
}
_CAMPAIGNS, _JOURNEYS, _STEPS = 6, 3, 3
_ORIGIN_SHARES = {
    kinds.CAMPAIGN: 0.62,
    kinds.JOURNEY: 0.2,
    kinds.NOTICE: 0.18,
}


@dataclass(frozen=True, slots=True)
class Run:
    """One mailing of a campaign, or a step of a journey or a kind of notice on one day.

    Attributes:
        start_ms: when a mailing begins; None for what goes out all day long.
        length_ms: how long it takes.
        weight: share of the day's messages of its kind.
    """

    kind: int
    origin: int
    day: int
    weight: float
    start_ms: int | None = None
    length_ms: int = 0
    campaign: str | None = None
    activity: str | None = None
    is_split: bool = False
    journey: str | None = None
    journey_run: str | None = None
    step: str | None = None
    subject: str = ""
    sender: str = ""
    tenant: str | None = None
    configuration_set: str = ""
    template: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every run of a lake, and how the messages are spread over days and kinds.

    Attributes:
        runs: in the order of their numbers; a message holds the number of its run.
        runs_of: the numbers of a day's runs of a kind.
        shares: the share of each day (rows) and kind (columns) of all messages.
        start_ms: midnight of the first day.
    """

    runs: tuple[Run, ...]
    runs_of: dict[tuple[int, int], Numbers]
    shares: Numbers
    start_ms: int


def milliseconds(day: date) -> int:
    """Midnight of a day in milliseconds since 1970."""
    return (day - date(1970, 1, 1)).days * DAY_MS


def pinpoint_end_ms() -> int:
    """The first moment after Pinpoint's last day."""
    return milliseconds(PINPOINT_END + timedelta(days=1))


def make_schedule(plan: Plan) -> Schedule:
    """The runs of a plan, the same for the same seed and profile."""
    runs: list[Run] = []
    runs_of: dict[tuple[int, int], Numbers] = {}
    shares = np.zeros((plan.days, len(kinds.FAMILIES)))
    before, after = _SHARES[plan.profile]
    start = milliseconds(plan.first)
    for day in range(plan.days):
        today = plan.first + timedelta(days=day)
        draw = np.random.default_rng([plan.seed, 1, day])
        busy = (0.55 if today.weekday() >= 5 else 1.0) * draw.uniform(0.8, 1.2)
        mailings = _mailings(draw, today)
        for kind, share in (before if today <= PINPOINT_END else after).items():
            first = len(runs)
            runs += _day_runs(plan, kind, day, start + day * DAY_MS, mailings)
            runs_of[day, kind] = np.arange(first, len(runs), dtype=np.uint16)
            shares[day, kind] = busy * share
    return Schedule(tuple(runs), runs_of, shares / shares.sum(), start)


@dataclass(frozen=True, slots=True)
class _Mailing:
    campaign: int
    hour: float
    length_h: float
    size: float


def _mailings(draw: np.random.Generator, day: date) -> Sequence[_Mailing]:
    """What the marketing department sends on a day, whatever service carries it."""
    count = 1 if day.weekday() >= 5 else int(draw.integers(1, 4))
    return [
        _Mailing(
            int(draw.integers(_CAMPAIGNS)),
            float(draw.choice([7, 9, 10, 14, 17])) + float(draw.uniform(0, 0.9)),
            float(draw.uniform(0.7, 2.0)),
            float(draw.uniform(0.4, 1.6)),
        )
        for _ in range(count)
    ]


def _name(plan: Plan, *parts: object) -> str:
    return md5(" ".join(map(str, (plan.seed, *parts))).encode(), usedforsecurity=False).hexdigest()


def _day_runs(
    plan: Plan, kind: int, day: int, midnight_ms: int, mailings: Sequence[_Mailing]
) -> list[Run]:
    is_mail = kind in kinds.MAILS
    channel = kinds.CHANNELS[kind]
    total = sum(mailing.size for mailing in mailings)
    has_all = kind != kinds.PUSH
    runs = []
    for number, mailing in enumerate(mailings):
        runs.append(
            Run(
                kind,
                kinds.CAMPAIGN,
                day,
                _ORIGIN_SHARES[kinds.CAMPAIGN] * mailing.size / total,
                start_ms=midnight_ms + int(mailing.hour * HOUR_MS),
                length_ms=int(mailing.length_h * HOUR_MS),
                campaign=_name(plan, "campaign", channel, mailing.campaign),
                activity=_name(plan, "activity", kind, day, number),
                is_split=mailing.campaign % 3 == 0,
                subject=world.SUBJECTS[(mailing.campaign * 3 + day) % len(world.SUBJECTS)],
                sender=f"news@{world.SENDER_DOMAIN}",
                configuration_set=world.CONFIGURATION_SETS[0],
            )
        )
    if not has_all:
        return runs
    for journey in range(_JOURNEYS):
        for step in range(_STEPS):
            runs.append(
                Run(
                    kind,
                    kinds.JOURNEY,
                    day,
                    _ORIGIN_SHARES[kinds.JOURNEY] / (_JOURNEYS * (step + 1.5)),
                    journey=_name(plan, "journey", channel, journey),
                    journey_run=_name(plan, "journey run", channel, journey, day // 7),
                    step=_name(plan, "step", channel, journey, step)[:10],
                    subject=world.STEP_SUBJECTS[step],
                    sender=f"news@{world.SENDER_DOMAIN}",
                    configuration_set=world.CONFIGURATION_SETS[0],
                    template=f"step-{step + 1}" if kind == kinds.SES_MAIL else None,
                )
            )
    for number, notice in enumerate(world.NOTICES):
        tenant = world.TENANTS[number % len(world.TENANTS)]
        runs.append(
            Run(
                kind,
                kinds.NOTICE,
                day,
                _ORIGIN_SHARES[kinds.NOTICE] / (number + 1.5),
                subject=world.NOTICE_SUBJECTS[number] if is_mail else "",
                sender=f"orders@{world.SENDER_DOMAIN}",
                tenant=tenant if kind == kinds.SES_MAIL else None,
                configuration_set=world.CONFIGURATION_SETS[1],
                template=notice if kind == kinds.SES_MAIL else None,
            )
        )
    return runs


def units_of(plan: Plan, schedule: Schedule, messages: int, at_once: int) -> list[kinds.Unit]:
    """The pieces in which a lake of so many messages is made, none with more than ``at_once``."""
    wanted = _whole(schedule.shares.ravel() * messages).reshape(schedule.shares.shape)
    units: list[kinds.Unit] = []
    for day, counts in enumerate(wanted):
        parts = max(1, -(-int(counts.sum()) // at_once))
        edges = [counts * number // parts for number in range(parts + 1)]
        for part in range(parts):
            piece = edges[part + 1] - edges[part]
            units.append(kinds.Unit(len(units), day, part, tuple(int(count) for count in piece)))
    return units


def _whole(amounts: Numbers) -> Numbers:
    """Whole numbers of the same sum, each next to its amount."""
    floors = np.floor(amounts + 1e-9).astype(np.int64)
    missing = round(float(amounts.sum())) - int(floors.sum())
    order = np.argsort(floors - amounts, kind="stable")
    floors[order[:missing]] += 1
    return floors
