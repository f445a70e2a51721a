"""Bytes to JSON documents: lines, several documents on a line, one document over several lines."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

GZIP = b"\x1f\x8b"
PARQUET = b"PAR1"
_BOM = b"\xef\xbb\xbf"
_MOST_LINES = 2_000
"""Lines that one document may take before its first one counts as damaged."""
_DECODER = json.JSONDecoder(strict=False, parse_float=Decimal)


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON document, at a byte position of the uncompressed file."""

    position: int
    value: Any
    raw: str


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that are no JSON document, and why."""

    position: int
    reason: str
    raw: str


def magic_of(path: Path) -> bytes:
    """The first bytes of a file, which tell its format better than its name."""
    with path.open("rb") as file:
        return file.read(4)


def read_documents(path: Path, is_record: Callable[[Any], bool]) -> Iterator[Document | Damage]:
    """Every document of a file and everything that is none, in order.

    Args:
        is_record: whether a value is a record on its own: where an unfinished document is
            followed by a line that is one, the unfinished one was cut and does not go on.
    """
    with path.open("rb") as raw:
        compressed = raw.read(2) == GZIP
        raw.seek(0)
        yield from _documents(_Lines(gzip.GzipFile(fileobj=raw) if compressed else raw), is_record)


class _Lines:
    """Lines with their positions; what stops the reading early is kept, not raised."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self.failure: str | None = None

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        start = 0
        parts: list[bytes] = []
        while chunk := self._chunk():
            head, newline, tail = chunk.partition(b"\n")
            while newline:
                parts.append(head + newline)
                line = b"".join(parts)
                yield start, line
                start += len(line)
                parts = []
                head, newline, tail = tail.partition(b"\n")
            if head:
                parts.append(head)
        if parts:
            yield start, b"".join(parts)

    def _chunk(self) -> bytes:
        try:
            chunk: bytes = self._source.read1(1 << 18)
            return chunk
        except EOFError:
            self.failure = "the gzip stream ends early: the object was cut off"
        except (zlib.error, gzip.BadGzipFile) as error:
            self.failure = f"the gzip stream is damaged: {error}"
        return b""


def _documents(lines: _Lines, is_record: Callable[[Any], bool]) -> Iterator[Document | Damage]:
    open_lines: list[tuple[int, bytes]] = []
    position = 0
    for position, line in lines:
        if position == 0 and line.startswith(_BOM):
            line = line[len(_BOM) :]
        text = line.strip()
        if not text:
            continue
        if open_lines:
            alone = _whole(position, text)
            if alone is not None and is_record(alone.value):
                yield from _closed(open_lines)
                open_lines = []
                yield alone
                continue
            open_lines.append((position, line))
            joined = None
            if text.endswith((b"}", b"]")):
                joined = _whole(open_lines[0][0], b"".join(part for _, part in open_lines).strip())
            if joined is not None:
                open_lines = []
                yield joined
            elif len(open_lines) > _MOST_LINES:
                yield from _closed(open_lines)
                open_lines = []
            continue
        found, rest = _on_line(position, text)
        yield from found
        if rest is not None:
            if rest[1].startswith((b"{", b"[")):
                open_lines = [(rest[0], rest[1] + b"\n")]
            else:
                yield Damage(rest[0], "no JSON document begins here", _shown(rest[1]))
    if lines.failure is None:
        yield from _closed(open_lines)
        return
    cut, whole = open_lines[-1:], open_lines[:-1]
    yield from _closed(whole)
    position, line = cut[0] if cut else (position, b"")
    yield Damage(position, lines.failure, _shown(line.strip()))


def _whole(position: int, text: bytes) -> Document | None:
    """The one document that a text is, or None."""
    decoded = text.decode("utf-8", "replace")
    try:
        return Document(position, _decode(decoded), decoded)
    except ValueError:
        return None


def _on_line(
    position: int, text: bytes
) -> tuple[list[Document | Damage], tuple[int, bytes] | None]:
    """The documents of a line, and what is left where the next one does not end on it."""
    whole = _whole(position, text)
    if whole is not None:
        return [whole], None
    decoded = text.decode("utf-8", "replace")
    found: list[Document | Damage] = []
    at = 0
    while at < len(decoded):
        if decoded[at].isspace() or (decoded[at] == "," and found):
            at += 1
            continue
        try:
            value, end = _DECODER.raw_decode(decoded, at)
        except (ValueError, RecursionError):
            before = len(decoded[:at].encode("utf-8", "replace"))
            return found, (position + before, decoded[at:].encode("utf-8", "replace"))
        before = len(decoded[:at].encode("utf-8", "replace"))
        found.append(Document(position + before, value, decoded[at:end]))
        at = end
    return found, None


def _closed(open_lines: list[tuple[int, bytes]]) -> Iterator[Document | Damage]:
    """What an unfinished document was: its first line is damage, the others are read anew."""
    while open_lines:
        position, line = open_lines.pop(0)
        yield Damage(position, _reason(line), _shown(line.strip()))
        while open_lines:
            next_position, next_line = open_lines[0]
            found, rest = _on_line(next_position, next_line.strip())
            yield from found
            if rest is not None:
                open_lines[0] = rest
                break
            open_lines.pop(0)


def _reason(line: bytes) -> str:
    try:
        _decode(line.strip().decode("utf-8", "replace"))
    except ValueError as error:
        return f"not JSON: {error}"
    except RecursionError:
        return "not JSON: nested too deeply"
    return "not JSON"


def _decode(text: str) -> Any:
    try:
        value, end = _DECODER.raw_decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if end != len(text):
        raise ValueError(f"extra data at character {end}")
    return value


def _shown(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
