"""Columns of text out of columns of numbers, without a loop over rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Numbers = np.ndarray[Any, Any]
_HEX = np.frombuffer(b"".join(b"%02x" % number for number in range(256)), dtype=np.uint8).reshape(
    256, 2
)
_DECIMAL = {
    width: np.frombuffer(
        b"".join(f"{number:0{width}d}".encode() for number in range(10**width)), dtype=np.uint8
    ).reshape(-1, width)
    for width in (2, 3)
}
HOUR_MS, DAY_MS = 3_600_000, 86_400_000


def mixed(numbers: Numbers, salt: int = 0) -> Numbers:
    """Well spread 64 bits of each number, the same for the same salt (splitmix64)."""
    bits = numbers.astype(np.uint64) + np.uint64((salt * 0x9E3779B97F4A7C15 + 1) % 2**64)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def hexadecimal(bits: Numbers) -> Numbers:
    """The sixteen digits of 64-bit numbers as bytes, one row each."""
    octets = bits.astype(">u8").view(np.uint8).reshape(-1, 8)
    return _HEX[octets].reshape(-1, 16)


def decimal(numbers: Numbers, width: int) -> Numbers:
    """The last ``width`` digits of numbers as bytes, one row each."""
    rest = numbers.astype(np.int64)
    digits = np.empty((len(rest), width), dtype=np.uint8)
    for place in range(width - 1, -1, -1):
        rest, last = np.divmod(rest, 10)
        digits[:, place] = last + 48
    return digits


def fixed_text(digits: Numbers) -> pa.StringArray:
    """Text of one length out of its bytes, one row each."""
    count, width = digits.shape
    offsets = np.arange(0, (count + 1) * width, width, dtype=np.int32)
    data = np.ascontiguousarray(digits)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(data))


def _uuid_digits(high: Numbers, low: Numbers, target: Numbers, start: int) -> None:
    digits = np.concatenate([hexadecimal(high), hexadecimal(low)], axis=1)
    digits[:, 12] = ord("4")
    at = start
    for first, last in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)):
        target[:, at : at + last - first] = digits[:, first:last]
        at += last - first
        if last < 32:
            target[:, at] = ord("-")
            at += 1


def uuids(high: Numbers, low: Numbers) -> pa.StringArray:
    """Texts in the form of a UUID."""
    digits = np.empty((len(high), 36), dtype=np.uint8)
    _uuid_digits(high, low, digits, 0)
    return fixed_text(digits)


def mail_ids(moments_ms: Numbers, high: Numbers, low: Numbers) -> pa.StringArray:
    """Ids as Amazon SES gives them: a region, the moment, a UUID, a number."""
    digits = np.empty((len(high), 60), dtype=np.uint8)
    digits[:, :4] = np.frombuffer(b"0100", dtype=np.uint8)
    digits[:, 4:16] = hexadecimal(moments_ms)[:, 4:]
    digits[:, 16] = ord("-")
    _uuid_digits(high, low, digits, 17)
    digits[:, 53:] = np.frombuffer(b"-000000", dtype=np.uint8)
    return fixed_text(digits)


def hex_ids(prefix: str, high: Numbers, low: Numbers, suffix: str = "") -> pa.StringArray:
    """A prefix, 32 digits, and a suffix."""
    start, end = prefix.encode(), suffix.encode()
    digits = np.empty((len(high), len(start) + 32 + len(end)), dtype=np.uint8)
    digits[:, : len(start)] = np.frombuffer(start, dtype=np.uint8)
    digits[:, len(start) : len(start) + 16] = hexadecimal(high)
    digits[:, len(start) + 16 : len(start) + 32] = hexadecimal(low)
    if end:
        digits[:, len(start) + 32 :] = np.frombuffer(end, dtype=np.uint8)
    return fixed_text(digits)


def iso_moments(moments_ms: Numbers, tail: str = "Z") -> pa.StringArray:
    """Moments as ``2026-10-19T08:00:00.123`` and a tail that follows the milliseconds."""
    days, within = np.divmod(moments_ms.astype(np.int64), DAY_MS)
    first = int(days.min()) if len(days) else 0
    count = int(days.max()) - first + 1 if len(days) else 1
    names = np.array(
        [str(np.datetime64(first + number, "D")) for number in range(count)], dtype="S10"
    )
    end = tail.encode()
    digits = np.empty((len(days), 23 + len(end)), dtype=np.uint8)
    digits[:, :10] = names.view(np.uint8).reshape(-1, 10)[days - first]
    digits[:, 10] = ord("T")
    seconds, milliseconds = np.divmod(within, 1000)
    minutes, second = np.divmod(seconds, 60)
    hour, minute = np.divmod(minutes, 60)
    for at, value in ((11, hour), (14, minute), (17, second)):
        digits[:, at : at + 2] = _DECIMAL[2][value]
    digits[:, 13] = digits[:, 16] = ord(":")
    digits[:, 19] = ord(".")
    digits[:, 20:23] = _DECIMAL[3][milliseconds]
    digits[:, 23:] = np.frombuffer(end, dtype=np.uint8)
    return fixed_text(digits)


def chosen(texts: pa.Array, codes: Numbers, absent: Numbers | None = None) -> pa.Array:
    """Of few texts one a row by its number; NULL where ``absent``."""
    return texts.take(pa.array(codes.astype(np.int32), mask=absent))


def joined(*parts: pa.Array | str) -> pa.Array:
    """Texts one behind the other; NULL where a part is NULL."""
    return pc.binary_join_element_wise(*parts, "")


def number_text(numbers: Numbers) -> pa.Array:
    """Whole numbers as text."""
    return pc.cast(pa.array(numbers), pa.string())
