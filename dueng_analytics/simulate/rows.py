"""What records of every service have in common: ids, recipients, and the words of their mailing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dueng_analytics.simulate import kinds, world
from dueng_analytics.simulate.mailings import Run, Schedule
from dueng_analytics.simulate.nested_arrays import lists, offsets_of, placed, within
from dueng_analytics.simulate.people import addresses, recipients_of, telephone_numbers
from dueng_analytics.simulate.text_arrays import (
    Numbers,
    chosen,
    mail_ids,
    mixed,
    uuids,
)

_ADDRESSES = pa.array([f"198.51.100.{number}" for number in range(1, 201)])
_RESPONSES = pa.array([f"250 2.0.0 OK queued as {number:03X}" for number in range(512)])
AGENTS = pa.array(world.AGENTS)
LINKS = pa.array(world.LINKS)
SENDERS = pa.array([country.sender for country in world.COUNTRIES])


@dataclass(frozen=True, slots=True)
class Book:
    """What the runs of a lake are called, as columns by the number of a run."""

    runs: tuple[Run, ...]
    subjects: pa.Array
    senders: pa.Array
    population: int

    @classmethod
    def of(cls, schedule: Schedule, population: int) -> Book:
        """The book of a schedule."""
        return cls(
            schedule.runs,
            pa.array([run.subject for run in schedule.runs]),
            pa.array([run.sender for run in schedule.runs]),
            population,
        )


@dataclass(frozen=True)
class Rows:
    """Some records of one source and the message of each."""

    records: Numbers
    messages: Numbers
    book: Book

    @property
    def count(self) -> int:
        """How many records."""
        return len(self.records)

    @cached_property
    def types(self) -> Numbers:
        """The code of each event's type."""
        return np.asarray(self.records["type"])

    def has_type(self, *names: str) -> Numbers:
        """Whether each record is of one of some types."""
        return np.isin(self.types, [kinds.TYPE[name] for name in names])

    @cached_property
    def has_id(self) -> Numbers:
        """Whether each record names its message."""
        return np.asarray(self.records["has_id"])

    @cached_property
    def mail_ids(self) -> pa.Array:
        """The id of each mail."""
        return mail_ids(self.messages["sent_ms"], self.messages["id_high"], self.messages["id_low"])

    @cached_property
    def uuids(self) -> pa.Array:
        """The id of each message in the form of a UUID."""
        return uuids(self.messages["id_high"], self.messages["id_low"])

    def named(self, ids: pa.Array) -> pa.Array:
        """Ids, NULL where the record does not name its message."""
        if self.has_id.all():
            return ids
        return pc.if_else(pa.array(self.has_id), ids, pa.scalar(None, pa.string()))

    @cached_property
    def endpoints(self) -> pa.Array:
        """Endpoint ids: a person's own, for a notice or a push message one of the message's."""
        person = self.messages["person"]
        own = np.where(
            (self.messages["origin"] == kinds.NOTICE) | (self.messages["kind"] == kinds.PUSH),
            self.messages["id_low"],
            mixed(person, 3),
        )
        return uuids(mixed(own, 4), own)

    @cached_property
    def _recipient_starts(self) -> Numbers:
        return offsets_of(self.messages["recipients"].astype(np.int64))

    @cached_property
    def _all_addresses(self) -> pa.Array:
        counts = self.messages["recipients"].astype(np.int64)
        persons = np.repeat(self.messages["person"], counts)
        return addresses(recipients_of(persons, within(counts), self.book.population))

    @cached_property
    def destinations(self) -> pa.ListArray:
        """Every recipient of each mail."""
        return lists(self._all_addresses, self.messages["recipients"].astype(np.int64))

    @cached_property
    def told_counts(self) -> Numbers:
        """How many recipients each event tells of."""
        everybody = self.records["place"] == kinds.EVERYBODY
        return np.where(everybody, self.messages["recipients"], 1).astype(np.int64)

    @cached_property
    def told_addresses(self) -> pa.Array:
        """The recipients that each event tells of, one after the other."""
        place = self.records["place"]
        first = self._recipient_starts[:-1] + np.where(place == kinds.EVERYBODY, 0, place)
        return self._all_addresses.take(
            pa.array(np.repeat(first, self.told_counts) + within(self.told_counts))
        )

    @cached_property
    def telephone_numbers(self) -> pa.Array:
        """The number of each text's recipient."""
        return telephone_numbers(self.messages["person"].astype(np.int64), self.messages["country"])

    @cached_property
    def subjects(self) -> pa.Array:
        """The subject of each mail."""
        return chosen(self.book.subjects, self.messages["run"])

    @cached_property
    def senders(self) -> pa.Array:
        """The sender of each mail."""
        return chosen(self.book.senders, self.messages["run"])

    @cached_property
    def agents(self) -> pa.Array:
        """The user agent of each open or click."""
        return chosen(AGENTS, self.records["agent"])

    @cached_property
    def clicked_links(self) -> pa.Array:
        """The link of each click; the first one on other events."""
        is_click = self.has_type("_email.click", "_email.unsubscribe", "Click")
        return chosen(LINKS, np.where(is_click, self.records["detail"], 0))

    @cached_property
    def ip_addresses(self) -> pa.Array:
        """Where each open or click came from."""
        return chosen(_ADDRESSES, self.messages["person"] % len(_ADDRESSES))

    @cached_property
    def responses(self) -> pa.Array:
        """What the other server said to each delivery."""
        return chosen(_RESPONSES, self.messages["id_low"] % np.uint64(len(_RESPONSES)))

    def feedback_ids(self, at: Numbers) -> pa.Array:
        """Ids of bounces and complaints at some rows, NULL elsewhere."""
        records, messages = self.records[at], self.messages[at]
        salt = records["type"].astype(np.uint64) * np.uint64(7) + records["place"]
        ids = mail_ids(
            records["occurred_ms"],
            mixed(messages["id_high"] + salt, 5),
            mixed(messages["id_low"] + records["occurred_ms"].astype(np.uint64), 6),
        )
        return placed(ids, at, self.count)

    @cached_property
    def run_codes(self) -> Numbers:
        """A number for each run and treatment: twice the run's, and the treatment's."""
        codes: Numbers = self.messages["run"].astype(np.int64) * 2 + self.messages["treatment"]
        return codes

    def run_of(self, code: int) -> Run:
        """A run by its number."""
        return self.book.runs[code]
