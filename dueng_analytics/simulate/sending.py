"""The first pass: the messages of one unit, what happens to them, and the records of it."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from dueng_analytics.simulate import kinds, world
from dueng_analytics.simulate.event_log import EventLog
from dueng_analytics.simulate.faults import filed_records
from dueng_analytics.simulate.kinds import EVENT, MESSAGE, Unit
from dueng_analytics.simulate.mail_life import Recipients, live_mails
from dueng_analytics.simulate.mailings import (
    Schedule,
    make_schedule,
    pinpoint_end_ms,
    units_of,
)
from dueng_analytics.simulate.phone_life import announce, live_chats, live_pushes, live_texts
from dueng_analytics.simulate.plan import Plan
from dueng_analytics.simulate.text_arrays import DAY_MS, HOUR_MS, Numbers

_COUNTRY_SHARES = np.array([country.share for country in world.COUNTRIES])
_RHYTHM = np.cumsum(world.HOURS) / sum(world.HOURS)
_MOST_PEOPLE = 2_000_000


@dataclass(frozen=True, slots=True)
class Lives:
    """What became of the messages of a unit.

    Attributes:
        messages: a row each (:data:`~dueng_analytics.simulate.kinds.MESSAGE`).
        recipients: a row for each message and recipient, in the order of messages.
        charged: of each message, whether it costs anything.
        happenings: columns with a row for each event, in the order of messages and moments.
        is_published: of each event, whether a record of it ever left the service.
    """

    messages: Numbers
    recipients: Recipients
    charged: Numbers
    happenings: dict[str, Numbers]
    is_published: Numbers


def population_of(plan: Plan) -> int:
    """How many people there are; each gets some messages."""
    return min(_MOST_PEOPLE, max(2_000, plan.events // 20))


def generator(plan: Plan, *key: int) -> np.random.Generator:
    """Chance that depends on the plan's seed and profile, and on a key."""
    profile = sum(plan.profile.encode())
    return np.random.default_rng([plan.seed, profile, *key])


def live(plan: Plan, schedule: Schedule, unit: Unit, *, pilot: bool = False) -> Lives:
    """Everything that happens to the messages of a unit."""
    draw = generator(plan, 2, unit.day, unit.part, int(pilot))
    population = population_of(plan)
    messages = _messages(draw, plan, schedule, unit, population)
    log = EventLog()
    rows = np.arange(len(messages))
    kind = messages["kind"]
    announce(messages, rows, log)
    mails = rows[np.isin(kind, kinds.MAILS)]
    mailed = live_mails(draw, messages, mails, population, log)
    texts = rows[np.isin(kind, (kinds.PINPOINT_SMS, kinds.SMS))]
    text_fates, text_charged = live_texts(draw, messages, texts, log)
    chats = rows[kind == kinds.WHATSAPP]
    chat_fates = live_chats(draw, messages, chats, log)
    pushes = rows[kind == kinds.PUSH]
    push_fates = live_pushes(draw, messages, pushes, log)
    charged = np.zeros(len(messages), dtype=bool)
    charged[texts] = text_charged
    happenings = log.settled()
    is_pinpoint = kinds.SOURCE_OF_TYPE[happenings["type"]] == 0
    is_published = ~is_pinpoint | (happenings["occurred_ms"] < pinpoint_end_ms())
    others = np.concatenate([texts, chats, pushes])
    other_fates = np.concatenate([text_fates, chat_fates, push_fates])
    nowhere = np.zeros(len(others), dtype=np.uint8)
    together = Recipients(
        np.concatenate([mailed.rows, others]),
        np.concatenate([mailed.places, nowhere]),
        np.concatenate([mailed.persons, messages["person"][others].astype(np.int64)]),
        np.concatenate([mailed.domains, nowhere]),
        np.concatenate([mailed.fates, other_fates]),
    )
    # A message's recipients stay in the order of their places.
    order = np.argsort(together.rows, kind="stable")
    return Lives(
        messages, Recipients(*(column[order] for column in together)), charged, happenings,
        is_published,
    )  # fmt: skip


def _messages(
    draw: np.random.Generator, plan: Plan, schedule: Schedule, unit: Unit, population: int
) -> Numbers:
    pieces = []
    for kind, count in enumerate(unit.messages):
        if not count:
            continue
        runs = schedule.runs_of[unit.day, kind]
        weights = np.array([schedule.runs[run].weight for run in runs])
        piece = np.zeros(count, dtype=MESSAGE)
        piece["run"] = np.repeat(runs, draw.multinomial(count, weights / weights.sum()))
        piece["kind"] = kind
        pieces.append(piece)
    messages = np.concatenate(pieces) if pieces else np.zeros(0, dtype=MESSAGE)
    count = len(messages)
    runs_used = schedule.runs
    used = np.unique(messages["run"])
    midnight = schedule.start_ms + unit.day * DAY_MS
    messages["sent_ms"] = _daily(draw, midnight, count)
    split = np.zeros(count, dtype=bool)
    for number in used:
        run = runs_used[number]
        at = np.flatnonzero(messages["run"] == number)
        messages["origin"][at] = run.origin
        if run.start_ms is not None:
            messages["sent_ms"][at] = run.start_ms + (
                draw.random(len(at)) ** 1.4 * run.length_ms
            ).astype(np.int64)
        split[at] = run.is_split
    messages["treatment"] = split & (draw.random(count) < 0.5)
    messages["id_high"] = draw.integers(0, 2**64, count, dtype=np.uint64)
    messages["id_low"] = draw.integers(0, 2**64, count, dtype=np.uint64)
    messages["person"] = draw.integers(0, population, count)
    several = (messages["origin"] == kinds.NOTICE) & np.isin(messages["kind"], kinds.MAILS)
    more = several & (draw.random(count) < 0.08)
    messages["recipients"] = 1 + more * (1 + (draw.random(count) < 0.3))
    messages["country"] = np.searchsorted(
        np.cumsum(_COUNTRY_SHARES)[:-1], draw.random(count), side="right"
    )
    messages["parts"] = np.minimum(draw.geometric(0.68, count), 6)
    return messages


def _daily(draw: np.random.Generator, midnight_ms: int, count: int) -> Numbers:
    """Moments of a day, more of them where people are awake."""
    hours = np.searchsorted(_RHYTHM, draw.random(count), side="right")
    return midnight_ms + hours * HOUR_MS + draw.integers(0, HOUR_MS, count)


def spill(plan: Plan, unit: Unit, lives: Lives, folder: Path) -> dict[str, Numbers]:
    """What was stored of each event; the records and messages go to a folder for the second pass.

    Returns:
        Columns with a row for each event, as :func:`faults.filed_records` gives them.
    """
    draw = generator(plan, 3, unit.day, unit.part)
    records, stored = filed_records(draw, plan, lives, unit.number)
    for name, rows in (("messages", lives.messages), ("records", records)):
        # numpy writes into a file by itself, and does not say why it could not.
        content = BytesIO()
        np.save(content, rows)
        (folder / f"{unit.number:06d}-{name}.npy").write_bytes(content.getbuffer())
    return stored


def mean_events(plan: Plan, tried: int) -> float:
    """How many published events a message has on average, told by a trial of so many messages."""
    schedule = make_schedule(plan)
    events = messages = 0
    for unit in units_of(plan, schedule, tried, tried):
        lives = live(plan, schedule, unit, pilot=True)
        events += int(lives.is_published.sum())
        messages += len(lives.messages)
    return events / messages


def received_before(folder: Path, unit: int, moments_ms: Numbers) -> Numbers:
    """How many records of a unit arrive before each of some moments."""
    records = np.load(folder / f"{unit:06d}-records.npy", mmap_mode="r")
    return np.searchsorted(records["received_ms"], moments_ms)


def load_records(folder: Path, unit: int, start_ms: int, end_ms: int) -> tuple[Any, Any]:
    """The records of a unit that arrive in a span, and the message of each; copies in memory."""
    records = np.load(folder / f"{unit:06d}-records.npy", mmap_mode="r")
    first, last = np.searchsorted(records["received_ms"], [start_ms, end_ms])
    if first == last:
        return np.zeros(0, dtype=EVENT), np.zeros(0, dtype=MESSAGE)
    part = np.array(records[first:last])
    messages = np.load(folder / f"{unit:06d}-messages.npy", mmap_mode="r")
    return part, np.array(messages[part["row"]])
