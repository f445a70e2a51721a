"""What becomes of texts, WhatsApp messages and push messages."""

from __future__ import annotations

import numpy as np

from dueng_analytics.simulate import kinds
from dueng_analytics.simulate.event_log import EventLog
from dueng_analytics.simulate.kinds import FATE, TYPE
from dueng_analytics.simulate.text_arrays import HOUR_MS, Numbers
from dueng_analytics.simulate.world import COUNTRIES

_RECEIPTS = np.array([country.receipts for country in COUNTRIES])
# why a text fails: its type, that of Pinpoint's statuses, and after how long at least and at most
_FAILURES = (
    (0.30, "TEXT_UNREACHABLE", 2, 1_800_000, 24 * HOUR_MS),
    (0.22, "TEXT_CARRIER_BLOCKED", 3, 1_500, 9_000),
    (0.16, "TEXT_INVALID", 4, 80, 1_200),
    (0.08, "TEXT_BLOCKED", 3, 80, 200),
    (0.06, "TEXT_SPAM", 3, 1_000, 5_000),
    (0.08, "TEXT_TTL_EXPIRED", 2, 60_000, 4 * HOUR_MS),
    (0.10, "TEXT_UNKNOWN", 5, 71 * HOUR_MS + 3_400_000, 71 * HOUR_MS + 3_590_000),
)
FREE_FAILURES = (TYPE["TEXT_INVALID"], TYPE["TEXT_BLOCKED"])
FREE_STATUS = kinds.OLDER_STATUSES.index("INVALID")


def live_texts(
    draw: np.random.Generator, messages: Numbers, rows: Numbers, log: EventLog
) -> tuple[Numbers, Numbers]:
    """The fates of the texts at ``rows``, and whether each is charged; both services."""
    count = len(rows)
    sent = messages["sent_ms"][rows]
    is_older = messages["kind"][rows] == kinds.PINPOINT_SMS
    confirms = _RECEIPTS[messages["country"][rows]]
    luck = draw.random(count)
    fates = np.where(confirms, FATE["delivered"], FATE["accepted"]).astype(np.uint8)
    fates[luck < 0.075] = FATE["failed"]
    fates[(luck >= 0.075) & (luck < 0.09)] = FATE["failed_after_success"]
    fates[(luck >= 0.09) & (luck < 0.1)] = FATE["silent"]
    older = rows[is_older]
    log.add(TYPE["_SMS.BUFFERED"], older, sent[is_older])
    for name, share, low, high in (("TEXT_QUEUED", 0.25, 20, 90), ("TEXT_PENDING", 0.4, 110, 200)):
        told = np.flatnonzero(~is_older & (draw.random(count) < share))
        log.add(TYPE[name], rows[told], sent[told] + draw.integers(low, high, len(told)))
    _successes(draw, log, rows, sent, is_older, fates)
    charged = _failures(draw, log, rows, sent, is_older, fates)
    leaving = np.flatnonzero(is_older & (fates == FATE["delivered"]) & (draw.random(count) < 0.004))
    log.add(
        TYPE["_SMS.OPTOUT"],
        rows[leaving],
        sent[leaving] + draw.integers(60_000, 60 * HOUR_MS, len(leaving)),
        detail=1,
        actor=kinds.PERSON,
    )
    return fates, charged


def _successes(
    draw: np.random.Generator,
    log: EventLog,
    rows: Numbers,
    sent: Numbers,
    is_older: Numbers,
    fates: Numbers,
) -> None:
    count = len(rows)
    accepted_ms = sent + draw.integers(330, 1_900, count)
    taken = np.isin(fates, [FATE["delivered"], FATE["accepted"], FATE["failed_after_success"]])
    # Of Pinpoint's texts the carrier's word is not always told when the handset's follows.
    told = taken & ~(is_older & (fates == FATE["delivered"]) & (draw.random(count) < 0.5))
    at = np.flatnonzero(told)
    final = (fates == FATE["accepted"])[at]
    log.add(
        np.where(is_older[at], TYPE["_SMS.SUCCESS"], TYPE["TEXT_SUCCESSFUL"]),
        rows[at],
        accepted_ms[at],
        detail=np.where(is_older[at], 0, final),
    )
    at = np.flatnonzero(fates == FATE["delivered"])
    delay = 2_500 + draw.exponential(5_000, len(at)).astype(np.int64)
    # a telephone that was off, up to three days
    off = draw.random(len(at)) < 0.04
    delay[off] = (600_000 * np.exp(draw.random(int(off.sum())) * np.log(425))).astype(np.int64)
    log.add(
        np.where(is_older[at], TYPE["_SMS.SUCCESS"], TYPE["TEXT_DELIVERED"]),
        rows[at],
        sent[at] + delay,
        detail=1,
    )


def _failures(
    draw: np.random.Generator,
    log: EventLog,
    rows: Numbers,
    sent: Numbers,
    is_older: Numbers,
    fates: Numbers,
) -> Numbers:
    """Whether each text is charged; the failures go to the log."""
    count = len(rows)
    edges = np.cumsum([failure[0] for failure in _FAILURES])
    why = np.searchsorted(edges / edges[-1], draw.random(count), side="right")
    # What the carrier had taken can only get lost on the way.
    why[fates == FATE["failed_after_success"]] = 0
    low = np.array([failure[3] for failure in _FAILURES])[why]
    high = np.array([failure[4] for failure in _FAILURES])[why]
    moments = sent + low + (draw.random(count) * (high - low)).astype(np.int64)
    types = np.array([TYPE[failure[1]] for failure in _FAILURES])[why]
    statuses = np.array([failure[2] for failure in _FAILURES])[why]
    failed = np.isin(fates, [FATE["failed"], FATE["failed_after_success"]])
    at = np.flatnonzero(failed)
    log.add(
        np.where(is_older[at], TYPE["_SMS.FAILURE"], types[at]),
        rows[at],
        moments[at],
        detail=np.where(is_older[at], statuses[at], 0),
    )
    free = np.where(is_older, statuses == FREE_STATUS, np.isin(types, FREE_FAILURES))
    return ~(failed & free)


def live_chats(
    draw: np.random.Generator, messages: Numbers, rows: Numbers, log: EventLog
) -> Numbers:
    """The fates of the WhatsApp messages at ``rows``."""
    count = len(rows)
    sent = messages["sent_ms"][rows]
    luck = draw.random(count)
    fates = np.full(count, FATE["delivered"], dtype=np.uint8)
    fates[luck < 0.07] = FATE["silent"]
    fates[luck < 0.04] = FATE["failed"]
    log.add(TYPE["sent"], rows, sent)
    at = np.flatnonzero(fates == FATE["failed"])
    log.add(TYPE["failed"], rows[at], sent[at] + draw.integers(1_000, 9_000, len(at)))
    at = np.flatnonzero(fates == FATE["delivered"])
    delay = (4_000 * np.exp(draw.normal(0, 1.6, len(at)))).astype(np.int64) + 1_000
    log.add(TYPE["delivered"], rows[at], sent[at] + np.minimum(delay, 40 * HOUR_MS))
    read = draw.random(len(at)) < 0.65
    later = (1_500_000 * np.exp(draw.normal(0, 1.7, len(at)))).astype(np.int64) + 1_000
    log.add(
        TYPE["read"],
        rows[at[read]],
        sent[at[read]] + np.minimum(delay + later, 29 * 24 * HOUR_MS)[read],
        actor=kinds.PERSON,
    )
    return fates


def live_pushes(
    draw: np.random.Generator, messages: Numbers, rows: Numbers, log: EventLog
) -> Numbers:
    """The fates of the push messages at ``rows``: whether Pinpoint handed them on."""
    status = np.searchsorted([0.93, 0.96, 0.985], draw.random(len(rows)), side="right")
    log.add(TYPE["_campaign.send"], rows, messages["sent_ms"][rows], detail=status)
    fates = np.array(
        [FATE["sent"], FATE["not_sent"], FATE["failed"], FATE["failed"]], dtype=np.uint8
    )
    return fates[status]


def announce(messages: Numbers, rows: Numbers, log: EventLog) -> None:
    """What Pinpoint tells of each endpoint of a campaign or journey before it sends."""
    origin = messages["origin"][rows]
    announced = (origin != kinds.NOTICE) & np.isin(
        messages["kind"][rows], [kinds.PINPOINT_MAIL, kinds.PINPOINT_SMS]
    )
    at = rows[announced]
    log.add(
        np.where(
            messages["origin"][at] == kinds.CAMPAIGN, TYPE["_campaign.send"], TYPE["_journey.send"]
        ),
        at,
        messages["sent_ms"][at] - 500,
        place=kinds.EVERYBODY,
    )
