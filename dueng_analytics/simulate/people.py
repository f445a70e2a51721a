"""Who a person is by number: the same domain, address, telephone and habits in every message."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dueng_analytics.simulate import world
from dueng_analytics.simulate.text_arrays import (
    Numbers,
    chosen,
    decimal,
    fixed_text,
    joined,
    mixed,
)

_DOMAIN_EDGES = np.cumsum([domain.share for domain in world.DOMAINS])[:-1]
_NAMES = [f"{first}.{last}" for first in world.FIRST_NAMES for last in world.LAST_NAMES]
_NAME_TEXTS = pa.array(_NAMES)
_LOWER_NAMES = pa.array([name.lower() for name in _NAMES])
_SIMULATED = pa.array([f"{name}+" for name in world.SIMULATED])
_ENDS = pa.array([f"@{domain.name}" for domain in world.DOMAINS])
# the next recipient of a mail to several
_STEP = 7_919


def habit(persons: Numbers, salt: int) -> Numbers:
    """A number from 0 to 1 for each person, always the same for one habit."""
    return mixed(persons, salt).astype(np.float64) / 2.0**64


def recipients_of(persons: Numbers, places: Numbers, population: int) -> Numbers:
    """The person at a place of the list of a mail whose first recipient is known."""
    return (persons.astype(np.int64) + places.astype(np.int64) * _STEP) % population


def domains_of(persons: Numbers) -> Numbers:
    """The code of each person's domain."""
    return np.searchsorted(_DOMAIN_EDGES, habit(persons, 1), side="right").astype(np.uint8)


def addresses(persons: Numbers, *, lower: bool = False) -> pa.Array:
    """Each person's address, as it is written in records or in lower case."""
    domains = domains_of(persons)
    codes = (mixed(persons, 2) % np.uint64(len(_NAMES))).astype(np.int32)
    names = chosen(_LOWER_NAMES if lower else _NAME_TEXTS, codes)
    simulated = domains == world.SIMULATOR_CODE
    if simulated.any():
        names = chosen(
            pa.concat_arrays([names, _SIMULATED]),
            np.where(simulated, len(persons) + persons % 4, np.arange(len(persons))),
        )
    return joined(names, fixed_text(decimal(persons, 7)), chosen(_ENDS, domains))


def telephone_numbers(persons: Numbers, countries: Numbers) -> pa.Array:
    """Each person's number in a country, E.164."""
    digits = np.empty((len(persons), 13), dtype=np.uint8)
    lengths = np.zeros(len(persons), dtype=np.int32)
    for code, country in enumerate(world.COUNTRIES):
        there = np.flatnonzero(countries == code)
        prefix = np.frombuffer(country.prefix.encode(), dtype=np.uint8)
        end = len(prefix) + country.digits
        digits[there, : len(prefix)] = prefix
        digits[there, len(prefix) : end] = decimal(
            country.first + persons[there] % country.count, country.digits
        )
        lengths[there] = end
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    kept = digits[np.arange(13) < lengths[:, None]]
    return pa.StringArray.from_buffers(len(persons), pa.py_buffer(offsets), pa.py_buffer(kept))
