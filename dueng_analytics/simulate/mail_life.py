"""What becomes of mails: bounces, opens by people and proxies, clicks by people and scanners."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dueng_analytics.simulate import kinds, world
from dueng_analytics.simulate.event_log import EventLog
from dueng_analytics.simulate.kinds import FATE
from dueng_analytics.simulate.nested_arrays import within
from dueng_analytics.simulate.people import domains_of, habit, recipients_of
from dueng_analytics.simulate.text_arrays import HOUR_MS, Numbers, mixed

_CLOSED = np.array([domain.closed for domain in world.DOMAINS])
_FULL = np.array([domain.full for domain in world.DOMAINS])
_PROXIED = np.array([domain.proxied for domain in world.DOMAINS])
_SCANNED = np.array([domain.scanned for domain in world.DOMAINS])
_INTEREST = np.array([domain.interest for domain in world.DOMAINS])
_LONGEST_MS = 59 * 24 * HOUR_MS
# by origin: campaign, journey, notice
_OPEN_RATE = np.array([0.17, 0.28, 0.5])
_USUAL_OPEN_S = np.array([9_000.0, 5_000.0, 400.0])
_COMPLAINT_RATE = np.array([0.0012, 0.0005, 0.0002])


class Recipients(NamedTuple):
    """One entry for each mail and recipient, in the order of mails."""

    rows: Numbers
    places: Numbers
    persons: Numbers
    domains: Numbers
    fates: Numbers


class _Reached(NamedTuple):
    """The recipients who got their mail, and what of the mail matters for what they do."""

    rows: Numbers
    places: Numbers
    persons: Numbers
    domains: Numbers
    origins: Numbers
    is_ses: Numbers
    sent_ms: Numbers
    delivered_ms: Numbers

    def only(self, which: Numbers) -> _Reached:
        return _Reached(*(column[which] for column in self))


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
    everyone = _Reached(
        of, places, persons, domains, messages["origin"][of], is_ses, sent, delivered
    )
    _engagement(draw, log, everyone.only(engaged & ~simulated))
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


def _verdicts(draw: np.random.Generator, is_ses: Numbers, is_machine: bool) -> Numbers:
    """SES judges most opens and clicks, and is mostly right."""
    luck = draw.random(len(is_ses))
    likely = luck < (0.93 if is_machine else 0.02)
    judged = (is_ses == 1) & (draw.random(len(is_ses)) < 0.7)
    return np.where(judged, np.where(likely, kinds.LIKELY, kinds.UNLIKELY), kinds.UNJUDGED)


def _engagement(draw: np.random.Generator, log: EventLog, at: _Reached) -> None:
    _machine_opens(draw, log, at.only(habit(at.persons, 17) < _PROXIED[at.domains]))
    _scanner_clicks(draw, log, at.only(habit(at.persons, 19) < _SCANNED[at.domains]))
    rate = np.minimum(_OPEN_RATE[at.origins] * _INTEREST[at.domains], 0.9)
    _people(draw, log, at.only(draw.random(len(at.rows)) < rate))


def _machine_opens(draw: np.random.Generator, log: EventLog, all_of: _Reached) -> None:
    """A proxy fetches the picture: at once, some minutes later, or looking like a browser."""
    for share in (0.9, 0.22):
        at = all_of.only(draw.random(len(all_of.rows)) < share)
        way = draw.random(len(at.rows))
        delay = np.where(
            way < 0.62,
            draw.integers(1_000, 45_000, len(at.rows)),
            draw.integers(61_000, 2_400_000, len(at.rows)),
        )
        agent = np.where(
            way < 0.82, world.BARE_AGENT, draw.choice(world.PEOPLE_AGENTS, len(at.rows))
        )
        log.add(
            np.array(kinds.MAIL_OPEN)[at.is_ses],
            at.rows,
            at.delivered_ms + delay,
            place=at.places,
            agent=agent,
            actor=kinds.MACHINE,
            verdict=_verdicts(draw, at.is_ses, True),
        )


def _scanner_clicks(draw: np.random.Generator, log: EventLog, at: _Reached) -> None:
    """A scanner fetches the picture and follows links, within seconds or after a while."""
    count = len(at.rows)
    opening = draw.random(count) < 0.8
    late = draw.random(count) < 0.35
    disguised = draw.random(count) < 0.45
    agents = np.where(
        disguised,
        draw.choice(world.PEOPLE_AGENTS, count),
        draw.choice(world.SCANNER_AGENTS, count),
    )
    start = at.delivered_ms + np.where(
        late, draw.integers(20_000, 180_000, count), draw.integers(200, 2_400, count)
    )
    log.add(
        np.array(kinds.MAIL_OPEN)[at.is_ses[opening]],
        at.rows[opening],
        at.delivered_ms[opening] + draw.integers(700, 15_000, int(opening.sum())),
        place=at.places[opening],
        agent=agents[opening],
        actor=kinds.MACHINE,
        verdict=_verdicts(draw, at.is_ses[opening], True),
    )
    links = draw.integers(1, 5, count)
    first_link = draw.integers(0, world.LINK_COUNT, count)
    for number in range(4):
        more = np.flatnonzero(links > number)
        log.add(
            np.array(kinds.MAIL_CLICK)[at.is_ses[more]],
            at.rows[more],
            start[more] + number * 300,
            place=at.places[more],
            detail=(first_link[more] + number) % world.LINK_COUNT,
            agent=agents[more],
            actor=kinds.SCANNER,
            verdict=_verdicts(draw, at.is_ses[more], True),
        )
    leaving = np.flatnonzero((draw.random(count) < 0.06) & (at.is_ses == 0))
    log.add(
        kinds.TYPE["_email.unsubscribe"],
        at.rows[leaving],
        start[leaving] + 1_300,
        place=at.places[leaving],
        detail=world.UNSUBSCRIBE_LINK,
        agent=agents[leaving],
        actor=kinds.SCANNER,
    )


def _people(draw: np.random.Generator, log: EventLog, at: _Reached) -> None:
    count = len(at.rows)
    # Some people's programs say no more of themselves than a proxy does.
    agents = np.asarray(world.PEOPLE_AGENTS)[
        (mixed(at.persons, 23) % np.uint64(len(world.PEOPLE_AGENTS))).astype(np.intp)
    ]
    agents[np.isin(at.domains, (0, 2)) & (habit(at.persons, 29) < 0.5)] = world.PICTURE_PROXY
    agents[habit(at.persons, 13) < 0.03] = world.BARE_AGENT
    times = np.minimum(draw.geometric(0.6, count), 5)
    first = _delay(draw, at)
    for number in range(5):
        more = np.flatnonzero(times > number)
        delay = first[more] if number == 0 else _delay(draw, at.only(more)) + first[more]
        log.add(
            np.array(kinds.MAIL_OPEN)[at.is_ses[more]],
            at.rows[more],
            at.delivered_ms[more] + np.minimum(delay, _LONGEST_MS),
            place=at.places[more],
            agent=agents[more],
            actor=kinds.PERSON,
            verdict=_verdicts(draw, at.is_ses[more], False),
        )
    clicking = draw.random(count) < 0.16
    fast = clicking & (draw.random(count) < 0.02)
    moments = at.delivered_ms + first + draw.integers(3_000, 480_000, count)
    moments[fast] = at.sent_ms[fast] + draw.integers(2_200, 4_900, int(fast.sum()))
    clicks = np.minimum(draw.geometric(0.7, count), 3)
    agents[agents == world.PICTURE_PROXY] = world.PEOPLE_AGENTS[1]
    for number in range(3):
        more = np.flatnonzero(clicking & (clicks > number))
        log.add(
            np.array(kinds.MAIL_CLICK)[at.is_ses[more]],
            at.rows[more],
            moments[more] + number * 25_000,
            place=at.places[more],
            detail=draw.integers(0, world.LINK_COUNT, len(more)),
            agent=agents[more],
            actor=kinds.PERSON,
            verdict=_verdicts(draw, at.is_ses[more], False),
        )
    leaving = np.flatnonzero(clicking & (draw.random(count) < 0.05) & (at.origins < kinds.NOTICE))
    log.add(
        np.array(kinds.MAIL_UNSUBSCRIBE)[at.is_ses[leaving]],
        at.rows[leaving],
        moments[leaving] + 90_000,
        place=at.places[leaving],
        detail=world.UNSUBSCRIBE_LINK,
        agent=agents[leaving],
        actor=kinds.PERSON,
    )


def _delay(draw: np.random.Generator, at: _Reached) -> Numbers:
    seconds = _USUAL_OPEN_S[at.origins] * np.exp(draw.normal(0, 1.9, len(at.rows)))
    delays: Numbers = np.clip(seconds * 1_000, 3_000, _LONGEST_MS).astype(np.int64)
    return delays


def _complaints(draw: np.random.Generator, log: EventLog, at: _Reached) -> None:
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
        at.delivered_ms[which] + np.minimum(delay, _LONGEST_MS)[which],
        place=at.places[which],
        detail=kind[which],
    )
