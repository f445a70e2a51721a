"""What becomes of mails: deliveries, bounces, complaints."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dueng_analytics.simulate import kinds, world
from dueng_analytics.simulate.event_log import EventLog
from dueng_analytics.simulate.kinds import FATE
from dueng_analytics.simulate.nested_arrays import within
from dueng_analytics.simulate.people import domains_of, habit, recipients_of
from dueng_analytics.simulate.reactions import LONGEST_MS, Reached, engage
from dueng_analytics.simulate.text_arrays import HOUR_MS, Numbers

_CLOSED = np.array([domain.closed for domain in world.DOMAINS])
_FULL = np.array([domain.full for domain in world.DOMAINS])
# by origin: campaign, journey, notice
_COMPLAINT_RATE = np.array([0.0012, 0.0005, 0.0002])


class Recipients(NamedTuple):
    """One entry for each mail and recipient, in the order of mails."""

    rows: Numbers
    places: Numbers
    persons: Numbers
    domains: Numbers
    fates: Numbers


def live_mails(
    draw: np.random.Generator, messages: Numbers, rows: Numbers, population: int, log: EventLog
) -> Recipients:
    """The recipients of the mails at ``rows`` and their fates; what happens goes to the log."""
    counts = messages["recipients"][rows].astype(np.int64)
    starts = np.cumsum(counts) - counts
    of = np.repeat(rows, counts)
    places = within(counts).astype(np.uint8)
    persons = recipients_of(messages["person"][of], places, population)
    domains = domains_of(persons)
    is_ses = (messages["kind"][of] == kinds.SES_MAIL).astype(np.intp)
    sent = messages["sent_ms"][of]
    # What stops a mail stops it for all.
    luck = np.repeat(draw.random(len(rows)), counts)
    fates = _fates(draw, persons, domains)
    fates[luck < 0.0004] = FATE["rejected"]
    fates[(luck >= 0.0004) & (luck < 0.001)] = FATE["not_rendered"]
    told_once = places == 0
    _refusals(draw, log, of, told_once, sent, is_ses, fates)
    reached = np.isin(
        fates, [FATE["delivered"], FATE["delivered_then_bounced"], FATE["answered_away"]]
    )
    delivered = sent + 600 + draw.exponential(2_500, len(of)).astype(np.int64)
    _deliveries(draw, log, of, places, is_ses, delivered, reached, starts, counts)
    _bounces(draw, log, of, places, is_ses, sent, delivered, fates)
    engaged = np.isin(fates, [FATE["delivered"], FATE["answered_away"]])
    simulated = domains == world.SIMULATOR_CODE
    everyone = Reached(
        of, places, persons, domains, messages["origin"][of], is_ses, sent, delivered
    )
    engage(draw, log, everyone.only(engaged & ~simulated))
    _complaints(draw, log, everyone.only(engaged))
    return Recipients(of, places, persons, domains, fates)


def _fates(draw: np.random.Generator, persons: Numbers, domains: Numbers) -> Numbers:
    luck = draw.random(len(persons))
    fates = np.full(len(persons), FATE["delivered"], dtype=np.uint8)
    fates[luck < 0.0105] = FATE["delivered_then_bounced"]
    fates[luck < 0.009] = FATE["answered_away"]
    fates[luck < 0.006] = FATE["silent"]
    fates[draw.random(len(persons)) < _FULL[domains]] = FATE["bounced_soft"]
    closed = habit(persons, 11) < _CLOSED[domains]
    fates[closed & (luck < 0.15)] = FATE["delivered_then_bounced"]
    fates[closed & (luck >= 0.15) & (luck < 0.7)] = FATE["bounced_hard"]
    fates[closed & (luck >= 0.7)] = FATE["suppressed"]
    simulated = domains == world.SIMULATOR_CODE
    wanted = np.array(
        [FATE["delivered"], FATE["bounced_hard"], FATE["delivered"], FATE["suppressed"]],
        dtype=np.uint8,
    )
    fates[simulated] = wanted[persons[simulated] % 4]
    return fates


def _refusals(
    draw: np.random.Generator,
    log: EventLog,
    of: Numbers,
    told_once: Numbers,
    sent: Numbers,
    is_ses: Numbers,
    fates: Numbers,
) -> None:
    """Sends, and what is told in their place."""
    # Pinpoint's clock of a mail is the arrival of its event, which follows the sending.
    after = np.where(is_ses == 1, 0, draw.integers(200, 1_100, len(of)))
    refused = (fates == FATE["rejected"], fates == FATE["not_rendered"])
    for types, which in (
        (kinds.MAIL_SEND, ~refused[0] & ~refused[1]),
        (kinds.MAIL_REJECTED, refused[0]),
        (kinds.MAIL_UNRENDERED, refused[1]),
    ):
        at = np.flatnonzero(which & told_once)
        log.add(np.array(types)[is_ses[at]], of[at], sent[at] + after[at], place=kinds.EVERYBODY)


def _deliveries(
    draw: np.random.Generator,
    log: EventLog,
    of: Numbers,
    places: Numbers,
    is_ses: Numbers,
    delivered: Numbers,
    reached: Numbers,
    starts: Numbers,
    counts: Numbers,
) -> None:
    """One a recipient, or one for all of a mail whose servers are the same."""
    whole = np.add.reduceat(reached.astype(np.int64), starts) == counts if len(starts) else counts
    together = whole & (counts > 1) & (draw.random(len(counts)) < 0.4)
    shared = np.repeat(together, counts)
    delivered[shared] = np.repeat(delivered[starts], counts)[shared]
    at = np.flatnonzero(reached & (~shared | (places == 0)))
    log.add(
        np.array(kinds.MAIL_DELIVERED)[is_ses[at]],
        of[at],
        delivered[at],
        place=np.where(shared[at], kinds.EVERYBODY, places[at]),
    )


def _bounces(
    draw: np.random.Generator,
    log: EventLog,
    of: Numbers,
    places: Numbers,
    is_ses: Numbers,
    sent: Numbers,
    delivered: Numbers,
    fates: Numbers,
) -> None:
    count = len(of)
    soon = sent + 800 + draw.exponential(3_000, count).astype(np.int64)
    later = delivered + (60_000 * np.exp(draw.random(count) * np.log(4_320))).astype(np.int64)
    given_up = sent + draw.integers(4 * HOUR_MS, 14 * HOUR_MS, count)
    answered = delivered + draw.integers(3_000, 120_000, count)
    refused = sent + 300 + draw.exponential(400, count).astype(np.int64)
    no_email = np.where(draw.random(count) < 0.2, kinds.BOUNCE_NO_EMAIL, kinds.BOUNCE_GENERAL)
    for fate, types, moments, detail in (
        ("bounced_hard", kinds.MAIL_HARD_BOUNCE, soon, no_email),
        ("delivered_then_bounced", kinds.MAIL_HARD_BOUNCE, later, no_email),
        ("suppressed", kinds.MAIL_HARD_BOUNCE, refused, np.full(count, kinds.BOUNCE_SUPPRESSED)),
        ("bounced_soft", kinds.MAIL_SOFT_BOUNCE, given_up, np.full(count, kinds.BOUNCE_FULL)),
        ("answered_away", kinds.MAIL_SOFT_BOUNCE, answered, np.full(count, kinds.BOUNCE_AWAY)),
    ):
        at = np.flatnonzero(fates == FATE[fate])
        log.add(
            np.array(types)[is_ses[at]], of[at], moments[at], place=places[at], detail=detail[at]
        )
    # SES tells each time that it will try again.
    waiting = np.flatnonzero((fates == FATE["bounced_soft"]) & (is_ses == 1))
    for number, minutes in enumerate((10, 60, 180)):
        still = waiting[draw.random(len(waiting)) < 1 - 0.3 * number]
        log.add(
            kinds.TYPE["DeliveryDelay"], of[still], sent[still] + minutes * 60_000,
            place=places[still],
        )  # fmt: skip


def _complaints(draw: np.random.Generator, log: EventLog, at: Reached) -> None:
    count = len(at.rows)
    simulated = at.domains == world.SIMULATOR_CODE
    by_order = simulated & (at.persons % 4 == 2)
    which = np.flatnonzero(
        by_order | (~simulated & (draw.random(count) < _COMPLAINT_RATE[at.origins]))
    )
    delay = (6 * HOUR_MS * np.exp(draw.normal(0, 1.5, count))).astype(np.int64)
    delay[by_order] = 1_500
    kind = np.searchsorted([0.85, 0.95], draw.random(count), side="right")
    kind[by_order] = 0
    log.add(
        np.array(kinds.MAIL_COMPLAINT)[at.is_ses[which]],
        at.rows[which],
        at.delivered_ms[which] + np.minimum(delay, LONGEST_MS)[which],
        place=at.places[which],
        detail=kind[which],
    )
