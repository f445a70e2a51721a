"""Bytes of a text to its lines, each at its position."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader

_WIDE = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
    (b"{\0\0\0", "UTF-32-LE"),
    (b"\0\0\0{", "UTF-32-BE"),
    (b"{\0", "UTF-16-LE"),
    (b"\0{", "UTF-16-BE"),
)
_PIECE_BYTES = 1_000_000
"""A longer line is read in pieces: it may hold a whole file's documents."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line, or a piece of one that is long, at a byte position of the uncompressed file."""

    position: int
    text: str
    is_end: bool = True
    """Whether the line ends here."""
    readings: int = 0
    """How often it was read as the beginning of a document that did not end."""


def wide_encoding(head: bytes) -> str | None:
    """The encoding that the first four bytes of a text tell, where it is not UTF-8."""
    return next((name for beginning, name in _WIDE if head.startswith(beginning)), None)


def read_lines(file: BufferedReader, start: int) -> Iterator[Line]:
    """Every line with its line break, long ones in pieces that are cut between characters.

    Bytes that are no UTF-8 become replacement characters.

    Args:
        start: position of the file's first byte in what it is a part of.
    """
    position = start
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    is_inside = False
    while line := file.readline(_PIECE_BYTES):
        is_end = len(line) < _PIECE_BYTES or line.endswith(b"\n")
        if is_end and not is_inside:
            yield Line(position, line.decode("utf-8", "replace"))
        else:
            held_back = len(decoder.getstate()[0])
            yield Line(position - held_back, decoder.decode(line, final=is_end), is_end)
        is_inside = not is_end
        position += len(line)
    if is_inside:
        yield Line(position, decoder.decode(b"", final=True))
