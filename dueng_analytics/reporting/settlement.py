"""Which days can still change: an outcome may arrive until its span after the day is over.

The clock is the last event in the lake, not the wall: what has not been delivered to the lake
cannot have been counted, and the same lake gives the same page on any day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dueng_analytics.reporting.blocks import Finding, Level
from dueng_analytics.reporting.definition import Settling
from dueng_analytics.reporting.period import Period
from dueng_analytics.reporting.writing import NOTHING, Writer


@dataclass(frozen=True)
class Settlement:
    """The rules of a report with what is known about the lake."""

    rules: tuple[Settling, ...]
    period: Period
    lateness: Mapping[str, timedelta]
    """How long after a send the outcomes of a channel are read, by channel."""
    seen_until: datetime | None
    """The time of the last event, naive UTC; None where there was none."""

    def unsettled_days(self, rule: Settling) -> tuple[date, ...]:
        """The days of the period whose outcome can still change, in order."""
        span = self._span(rule)
        return tuple(
            day
            for day in self.period.days
            if self.seen_until is None or self.seen_until < self.period.end_of(day) + span
        )

    def marked_days(self, channel: str) -> frozenset[date]:
        """The days to mark in the charts and tables of a channel."""
        return frozenset(
            day
            for rule in self.rules
            if rule.marks_days and rule.channel == channel
            for day in self.unsettled_days(rule)
        )

    def marking_rule(self, channel: str) -> Settling | None:
        return next(
            (rule for rule in self.rules if rule.marks_days and rule.channel == channel), None
        )

    def notices(self, channels: frozenset[str], write: Writer) -> tuple[Finding, ...]:
        """One sentence for each rule of a channel that has unsettled days."""
        return tuple(
            Finding(Level.NOTE, self.sentence(rule, write))
            for rule in self.rules
            if rule.channel in channels and self.unsettled_days(rule)
        )

    def in_words(self, channels: frozenset[str], write: Writer) -> str:
        """The unsettled days of every outcome of the channels, in one line."""
        parts = []
        for rule in self.rules:
            days = self.unsettled_days(rule) if rule.channel in channels else ()
            if days:
                outcome = rule.outcome[:1].lower() + rule.outcome[1:]
                parts.append(f"{write.days(days[0], days[-1])} ({outcome})")
        if parts:
            return "; ".join(parts)
        return "none" if channels else NOTHING

    def sentence(self, rule: Settling, write: Writer) -> str:
        """What can still change, on how many days, and until when."""
        open_days = self.unsettled_days(rule)
        span = write.span(self._span(rule))
        if len(open_days) == len(self.period.days):
            which = "all days of the period are" if len(open_days) > 1 else "the day is"
        else:
            days = write.days(open_days[0], open_days[-1])
            which = f"{days} {'are' if len(open_days) > 1 else 'is'}"
        return f"{rule.outcome} can arrive up to {span} after a day ends: {which} not settled yet."

    def _span(self, rule: Settling) -> timedelta:
        if rule.after is not None:
            return rule.after
        return self.lateness.get(rule.channel, timedelta())
