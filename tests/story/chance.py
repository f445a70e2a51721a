"""Decisions that the tables leave open, each from its own name: no state, no order, no noise."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

SEED = "autumn 2026"
Option = TypeVar("Option")


def _digest(key: tuple[object, ...]) -> bytes:
    return hashlib.sha256("|".join((SEED, *map(str, key))).encode()).digest()


def share(*key: object) -> float:
    """A number from 0 up to but without 1."""
    return int.from_bytes(_digest(key)[:6], "big") / (1 << 48)


def between(low: int, high: int, *key: object) -> int:
    """A whole number from ``low`` to ``high``, both included."""
    return low + int(share(*key) * (high - low + 1))


def pick(options: Sequence[Option], *key: object) -> Option:
    """One of the options."""
    return options[between(0, len(options) - 1, *key)]


def along(table: Sequence[tuple[float, int]], *key: object) -> int:
    """A whole number out of a table of (cumulated share, largest value), evenly within a row."""
    drawn = share(*key)
    lower_share, lower = 0.0, 0
    for upper_share, upper in table:
        if drawn < upper_share:
            part = (drawn - lower_share) / (upper_share - lower_share)
            return lower + int(part * (upper - lower))
        lower_share, lower = upper_share, upper
    raise ValueError("the shares of a table end with 1")


def digits(count: int, *key: object) -> str:
    """Hexadecimal digits."""
    return _digest(key).hex()[:count]
