"""What is done with mail that arrived: opens by people and proxies, clicks by people and scanners.

Delays are drawn from distributions without a gap, and agents are not one actor's alone: how well a
rule tells machines from people is to be found, not put in.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dueng_analytics.simulate import kinds, world
from dueng_analytics.simulate.event_log import EventLog
from dueng_analytics.simulate.people import habit
from dueng_analytics.simulate.text_arrays import HOUR_MS, Numbers, mixed

# The last moment that a service still counts
LONGEST_MS = 59 * 24 * HOUR_MS
_PROXIED = np.array([domain.proxied for domain in world.DOMAINS])
_SCANNED = np.array([domain.scanned for domain in world.DOMAINS])
_INTEREST = np.array([domain.interest for domain in world.DOMAINS])
# by origin: campaign, journey, notice
_OPEN_RATE = np.array([0.17, 0.28, 0.5])
_USUAL_OPEN_MS = np.array([9_000_000.0, 5_000_000.0, 400_000.0])
# of notices that somebody sits and waits for, as for a code or a new password
_AWAITED = 0.03


class Reached(NamedTuple):
    """The recipients who got their mail, and what of the mail matters for what they do."""

    rows: Numbers
    places: Numbers
    persons: Numbers
    domains: Numbers
    origins: Numbers
    is_ses: Numbers
    sent_ms: Numbers
    delivered_ms: Numbers

    def only(self, which: Numbers) -> Reached:
        """Some of them."""
        return Reached(*(column[which] for column in self))


def engage(draw: np.random.Generator, log: EventLog, at: Reached) -> None:
    """Opens, clicks and unsubscriptions, written into the log."""
    _proxies(draw, log, at.only(habit(at.persons, 17) < _PROXIED[at.domains]))
    _scanners(draw, log, at.only(habit(at.persons, 19) < _SCANNED[at.domains]))
    rate = np.minimum(_OPEN_RATE[at.origins] * _INTEREST[at.domains], 0.9)
    _people(draw, log, at.only(draw.random(len(at.rows)) < rate))


def _delays(
    draw: np.random.Generator, median_ms: float | Numbers, spread: float | Numbers, count: int
) -> Numbers:
    """Waits around a median, some much shorter and some much longer (log-normal)."""
    waits = median_ms * np.exp(spread * draw.standard_normal(count))
    delays: Numbers = np.minimum(waits, LONGEST_MS).astype(np.int64)
    return delays


def _verdicts(draw: np.random.Generator, is_ses: Numbers, is_machine: bool) -> Numbers:
    """SES judges most opens and clicks, and is mostly right."""
    luck = draw.random(len(is_ses))
    likely = luck < (0.93 if is_machine else 0.02)
    judged = (is_ses == 1) & (draw.random(len(is_ses)) < 0.7)
    return np.where(judged, np.where(likely, kinds.LIKELY, kinds.UNLIKELY), kinds.UNJUDGED)


def _proxies(draw: np.random.Generator, log: EventLog, all_of: Reached) -> None:
    """A proxy fetches the picture soon after delivery, and some a second time, hours later."""
    for share, median_ms, spread in ((0.9, 25_000.0, 1.9), (0.22, 2_400_000.0, 1.5)):
        at = all_of.only(draw.random(len(all_of.rows)) < share)
        count = len(at.rows)
        disguised = draw.random(count) < 0.18
        log.add(
            np.array(kinds.MAIL_OPEN)[at.is_ses],
            at.rows,
            at.delivered_ms + _delays(draw, median_ms, spread, count),
            place=at.places,
            agent=np.where(disguised, draw.choice(world.PEOPLE_AGENTS, count), world.BARE_AGENT),
            actor=kinds.MACHINE,
            verdict=_verdicts(draw, at.is_ses, True),
        )


def _scanners(draw: np.random.Generator, log: EventLog, at: Reached) -> None:
    """A scanner fetches the picture and follows links, mostly within seconds."""
    count = len(at.rows)
    opening = np.flatnonzero(draw.random(count) < 0.8)
    disguised = draw.random(count) < 0.45
    agents = np.where(
        disguised,
        draw.choice(world.PEOPLE_AGENTS, count),
        draw.choice(world.SCANNER_AGENTS, count, p=world.SCANNER_SHARES),
    )
    # Some queue what they look into.
    queued = draw.random(count) < 0.3
    start = at.delivered_ms + _delays(draw, np.where(queued, 60_000.0, 1_500.0), 1.2, count)
    log.add(
        np.array(kinds.MAIL_OPEN)[at.is_ses[opening]],
        at.rows[opening],
        at.delivered_ms[opening]
        + _delays(draw, np.where(queued[opening], 60_000.0, 2_500.0), 1.2, len(opening)),
        place=at.places[opening],
        agent=agents[opening],
        actor=kinds.MACHINE,
        verdict=_verdicts(draw, at.is_ses[opening], True),
    )
    links = draw.integers(1, 5, count)
    first_link = draw.integers(0, world.LINK_COUNT, count)
    step = _delays(draw, 300.0, 0.7, count)
    for number in range(4):
        more = np.flatnonzero(links > number)
        log.add(
            np.array(kinds.MAIL_CLICK)[at.is_ses[more]],
            at.rows[more],
            start[more] + number * step[more],
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
        start[leaving] + 4 * step[leaving],
        place=at.places[leaving],
        detail=world.UNSUBSCRIBE_LINK,
        agent=agents[leaving],
        actor=kinds.SCANNER,
    )


def _mail_programs(at: Reached) -> Numbers:
    """The agent that fetches each person's pictures, always the same."""
    agents = np.asarray(world.PEOPLE_AGENTS)[
        (mixed(at.persons, 23) % np.uint64(len(world.PEOPLE_AGENTS))).astype(np.intp)
    ]
    agents[np.isin(at.domains, (0, 2)) & (habit(at.persons, 29) < 0.5)] = world.PICTURE_PROXY
    # Some people's programs say no more of themselves than a proxy does, or than a scanner.
    kind = habit(at.persons, 13)
    for below, agent in (
        (0.080, world.OFFICE_PROGRAM),
        (0.055, world.MAIL_APP),
        (0.040, world.BOT_LIKE_PHONE),
        (0.035, world.LIBRARY_AGENT),
        (0.030, world.BARE_AGENT),
    ):
        agents[kind < below] = agent
    return agents


def _browsers(at: Reached, programs: Numbers) -> Numbers:
    """The agent with which each person follows links: the program's, or the browser beside it."""
    agents = programs.copy()
    agents[np.isin(programs, world.NO_BROWSERS)] = world.PEOPLE_AGENTS[1]
    rare = habit(at.persons, 31)
    for number, agent in enumerate(world.RARE_BROWSERS, start=1):
        agents[(rare < 0.003 * number) & (rare >= 0.003 * (number - 1))] = agent
    return agents


def _people(draw: np.random.Generator, log: EventLog, at: Reached) -> None:
    count = len(at.rows)
    programs = _mail_programs(at)
    awaited = (at.origins == kinds.NOTICE) & (draw.random(count) < _AWAITED)
    usual = np.where(awaited, 6_000.0, _USUAL_OPEN_MS[at.origins])
    first = 800 + _delays(draw, usual, np.where(awaited, 0.8, 1.9), count)
    times = np.minimum(draw.geometric(0.6, count), 5)
    for number in range(5):
        more = np.flatnonzero(times > number)
        delay = first[more]
        if number:
            delay = delay + _delays(draw, _USUAL_OPEN_MS[at.origins[more]], 1.9, len(more))
        log.add(
            np.array(kinds.MAIL_OPEN)[at.is_ses[more]],
            at.rows[more],
            at.delivered_ms[more] + np.minimum(delay, LONGEST_MS),
            place=at.places[more],
            agent=programs[more],
            actor=kinds.PERSON,
            verdict=_verdicts(draw, at.is_ses[more], False),
        )
    clicking = draw.random(count) < np.where(awaited, 0.7, 0.16)
    reading = _delays(draw, np.where(awaited, 3_000.0, 30_000.0), 1.1, count)
    moments = at.delivered_ms + np.minimum(first + reading, LONGEST_MS)
    clicks = np.minimum(draw.geometric(0.7, count), 3)
    agents = _browsers(at, programs)
    between = _delays(draw, 20_000.0, 1.0, count)
    for number in range(3):
        more = np.flatnonzero(clicking & (clicks > number))
        log.add(
            np.array(kinds.MAIL_CLICK)[at.is_ses[more]],
            at.rows[more],
            moments[more] + number * between[more],
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
