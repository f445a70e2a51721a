"""Bytes to JSON documents: lines, several documents on a line, one document over several lines.

Whatever is no document is damage, with its position and its reason; behind it the reading goes on
with the next record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dueng_analytics.lake.json_text import NotJson, decode, is_blank, relaxed
from dueng_analytics.lake.local_files import TextFile
from dueng_analytics.lake.text_lines import Line, read_lines, wide_encoding

_BRACKETS = re.compile(r"[{}\[\]]")
_BOM = "\ufeff"
_LARGEST_DOCUMENT_CHARACTERS = 256_000_000
_MOST_OPEN_LINES = 2_000
"""Lines that one document may take before its first one counts as damaged."""
_MOST_OPEN_CHARACTERS = 16_000_000
_MOST_READINGS = 3
"""Times that a line is read as the beginning of a document; more would not end on garbage."""
_MOST_RELAXATIONS = 3
_LONGEST_TOKEN = 16
"""Characters at the end of a piece that may be the beginning of a token."""
_SHOWN_CHARACTERS = 10_000
"""What is kept of text that is no document."""
_SEARCH = 4
"""Times its own length that is read of a damaged line in search of further records on it."""
_LEAST_SEARCH = 50
_ENDLESS = "the document does not end"

IsRecord = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON document, at a byte position of the uncompressed file."""

    position: int
    value: Any
    text: str
    """What it stands in; a large one is not held a second time."""
    start: int
    end: int

    @property
    def raw(self) -> str:
        """The document as it is written."""
        return self.text[self.start : self.end]

    @property
    def size(self) -> int:
        """Characters that it takes."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Damage:
    """Text that is no JSON document, and why."""

    position: int
    reason: str
    raw: str


Found = Document | Damage


def read_documents(parts: Sequence[TextFile], is_record: IsRecord) -> Iterator[Found]:
    """Every document of a text and everything that is none, in order.

    Args:
        parts: pieces of the text that follow one another, cut at line breaks. Why the last one
            ends early, if it does, is said once, of its unfinished end.
        is_record: whether a value is a record on its own: where an unfinished document is
            followed by a line that is one, the unfinished one was cut and does not go on.
    """
    splitter = _Splitter(is_record)
    end = parts[0].start
    last: Damage | None = None
    for part in parts:
        with part.path.open("rb") as file:
            name = wide_encoding(file.peek(4)[:4]) if not part.start else None
            if name is not None:
                raw = file.read(_SHOWN_CHARACTERS).decode(name, "replace")
                yield Damage(0, f"text in {name}, where JSON lines are in UTF-8", raw)
                return
            for line in read_lines(file, part.start):
                for found in splitter.read(line):
                    if last is not None:
                        yield last
                        last = None
                    if isinstance(found, Damage) and splitter.is_damaged_at_end:
                        last = found
                    else:
                        yield found
            end = part.start + file.tell()
    cut = parts[-1].cut
    if last is not None:
        yield last if cut is None else Damage(last.position, cut, last.raw)
        cut = None
    yield from splitter.end(end, cut)


class _Splitter:
    """Lines go in, documents and damage come out; holds a document that is not finished yet."""

    def __init__(self, is_record: IsRecord) -> None:
        self._is_record = is_record
        self._open: list[Line] = []
        self._open_size = 0
        self._depth = 0
        """Brackets that the unfinished document has open."""
        self._noise: list[Line] = []
        self._pieces: list[Line] = []
        self._is_in_pieces = False
        self._is_damaged = False
        """Whether the line that is read in pieces goes on with what was damage already."""
        self.is_damaged_at_end = False
        """Whether the last damage goes on to the end of a line without a line break."""
        self._wanted = 0
        """Characters of pieces from which on they are read again: twice as many each time."""

    def read(self, line: Line) -> Iterator[Found]:
        """What a line, or a piece of one, completes."""
        if self._is_in_pieces or not line.is_end:
            self._is_in_pieces = not line.is_end
            yield from self._read_piece(line)
            return
        if line.text.isspace():
            return
        if not self._open and _is_noise(line.text):
            self._noise.append(line if not self._noise else Line(line.position, ""))
            return
        yield from self._quiet()
        if not self._open:
            yield from self._documents(line)
            return
        text = line.text.strip()
        alone = _whole(line) if text.startswith("{") and text.endswith("}") else None
        if alone is not None and self._is_record(alone.value):
            yield from self._given_up()
            yield from self.read(line)
            return
        yield from self._go_on(line)

    def end(self, position: int, cut: str | None) -> Iterator[Found]:
        """What is left at the end of a file."""
        yield from self._quiet()
        if self._open and cut is None:
            yield from self._closed()
        while self._open:
            yield from self._given_up(cut or _ENDLESS)
            cut = None
        if cut is not None:
            yield Damage(position, cut, "")

    def _read_piece(self, piece: Line) -> Iterator[Found]:
        yield from self._quiet()
        while self._open:
            yield from self._given_up()
        self._pieces.append(piece)
        size = sum(len(part.text) for part in self._pieces)
        if size < self._wanted and not piece.is_end:
            return
        position = self._pieces[0].position
        text = "".join(part.text for part in self._pieces)
        self._pieces = []
        self._wanted = 0
        line = [Line(position, text, piece.is_end)]
        del text  # a long document is not held longer than it is looked at
        yield from self._documents(line.pop(), is_piece=True)
        if not piece.is_end and self._open:
            self._pieces, self._open = self._open, []
            self._wanted = 2 * len(self._pieces[0].text)
            if self._wanted > 2 * _LARGEST_DOCUMENT_CHARACTERS:
                self._open, self._pieces = self._pieces, []
                yield from self._given_up("the document is too long to be read")

    def _go_on(self, line: Line) -> Iterator[Found]:
        """Put a line to the unfinished document, and read it where it can be at its end."""
        self._open.append(line)
        self._open_size += len(line.text)
        self._depth, lowest = _depth(line.text, self._depth)
        if lowest <= 0:
            yield from self._closed()
        elif len(self._open) > _MOST_OPEN_LINES or self._open_size > _MOST_OPEN_CHARACTERS:
            yield from self._given_up()

    def _closed(self) -> Iterator[Found]:
        """The unfinished document once its brackets are closed; those in texts count too."""
        joined = Line(self._open[0].position, "".join(part.text for part in self._open))
        try:
            decode(joined.text, _next_character(joined.text, 0))
        except NotJson as error:
            if (document := _whole(joined)) is not None:
                self._open = []
                yield document
            elif not error.is_unfinished:
                yield from self._given_up(f"not JSON: {error.reason}")
            return
        self._open = []
        yield from self._documents(joined)

    def _given_up(self, reason: str = _ENDLESS) -> Iterator[Found]:
        """What an unfinished document was: its first line is damage, the others are read anew."""
        first, *others = self._open
        self._open = []
        yield from self._documents(first, reason)
        for line in others:
            again = Line(line.position, line.text, line.is_end, line.readings + 1)
            yield from self.read(again)

    def _documents(
        self, line: Line, known: str | None = None, *, is_piece: bool = False
    ) -> Iterator[Found]:
        """The documents of a line and what is none; the last one may stay open.

        Args:
            known: what is wrong with the document that the line begins with.
            is_piece: whether the line goes on what came before it: damage may too.
        """
        text, is_end, readings = line.text, line.is_end, line.readings
        places, budget, relaxations = _Places(line), _SEARCH * len(text), 0
        del line
        goes_on = is_piece and self._is_damaged
        self._is_damaged = False
        at = _next_character(text, 0)
        while at < len(text):
            problem, known = known, None
            if problem is None:
                try:
                    value, end = decode(text, at)
                    if text[at] in "{[" or is_blank(text, end):
                        found = [Document(places.position(at), value, text, at, end)]
                        at = _after_comma(text, end)
                        if at >= len(text):
                            del text, places
                            text, at = "", 0
                        goes_on = False
                        del value
                        yield found.pop()
                        continue
                    problem = "no JSON document begins here"
                except NotJson as error:
                    problem = self._problem(text, at, error, is_end, readings)
                    if problem is None:
                        rest = text[at:]
                        self._open = [Line(places.position(at), rest, is_end, readings)]
                        self._open_size = len(rest)
                        self._depth, _ = _depth(rest)
                        return
                    is_worth_it = text[at] in "{[" and relaxations < _MOST_RELAXATIONS
                    strict = relaxed(text[at:]) if is_worth_it else None
                    if strict is not None:
                        places = _Places(Line(places.position(at), strict))
                        text, at, relaxations = strict, 0, relaxations + 1
                        continue
            end, budget = self._next_record(text, at + 1, budget)
            raw = text[at : min(end, at + _SHOWN_CHARACTERS)].rstrip()
            self.is_damaged_at_end = end >= len(text) and not text.endswith("\n")
            if not goes_on:
                yield Damage(places.position(at), problem, raw)
            goes_on = False
            at = _next_character(text, end)
            self._is_damaged = at >= len(text) and not is_end

    def _problem(
        self, text: str, at: int, error: NotJson, is_end: bool, readings: int
    ) -> str | None:
        """Why a document cannot be read; None where it may go on with the next line."""
        if text[at] not in "{[":
            return "no JSON document begins here"
        goes_on = not is_end and len(text) - error.position < _LONGEST_TOKEN
        if not (error.is_unfinished or goes_on):
            return f"not JSON: {error.reason}"
        return None if readings < _MOST_READINGS else _ENDLESS

    def _next_record(self, text: str, start: int, budget: int) -> tuple[int, int]:
        """Where on a damaged line a whole record begins, else its end; and what may be spent."""
        at = text.find("{", start)
        while at >= 0 and budget > 0:
            if not _is_inside(text, at):
                try:
                    value, end = decode(text, at)
                    if self._is_record(value):
                        return at, budget
                except NotJson as problem:
                    end = len(text) if problem.is_unfinished else problem.position
                budget -= max(end - at, _LEAST_SEARCH)
            at = text.find("{", at + 1)
        return len(text), budget

    def _quiet(self) -> Iterator[Found]:
        """The end of lines that are not even text, told as one."""
        if self._noise:
            first, count = self._noise[0], len(self._noise)
            self._noise = []
            reason = "binary data" + (f", {count:,} lines of it" if count > 1 else "")
            yield Damage(first.position, reason, first.text[:_SHOWN_CHARACTERS])


class _Places:
    """From characters of a line to bytes of a file, each part of the line looked at once."""

    def __init__(self, line: Line) -> None:
        self._text = line.text
        self._at = 0
        self._position = line.position

    def position(self, at: int) -> int:
        """The byte of a character; characters are asked for in their order."""
        self._position += _size(self._text[self._at : at])
        self._at = at
        return self._position


def _whole(line: Line) -> Document | None:
    """The one document that a text is, or None."""
    at = _next_character(line.text, 0)
    position = line.position + _size(line.text[:at])
    for spelling in (str, relaxed):
        text = spelling(line.text)
        try:
            value, end = decode(text or "", at)
        except NotJson:
            continue
        if text is not None and is_blank(text, end):
            return Document(position, value, text, at, end)
    return None


def _is_noise(text: str) -> bool:
    """Whether a line is bytes rather than text."""
    at = _next_character(text, 0)
    return text[at : at + 1] not in ("{", "[") and ("\0" in text or "\ufffd" in text)


def _depth(text: str, before: int = 0) -> tuple[int, int]:
    """How many brackets are open after a text, and how few were in the course of it."""
    depth = lowest = before
    for bracket in _BRACKETS.findall(text):
        depth += 1 if bracket in "{[" else -1
        lowest = min(lowest, depth)
    return depth, lowest


def _next_character(text: str, at: int) -> int:
    while at < len(text) and (text[at].isspace() or text[at] == _BOM):
        at += 1
    return at


def _after_comma(text: str, at: int) -> int:
    """Where the next document begins; there may be a comma before it."""
    at = _next_character(text, at)
    return _next_character(text, at + 1) if text[at : at + 1] == "," else at


def _is_inside(text: str, at: int) -> bool:
    """Whether an object is a value inside something else, and no record that follows one."""
    before = text[max(0, at - 40) : at].rstrip()
    if before.endswith(","):
        return not before[:-1].rstrip().endswith("}")
    return before.endswith((":", "["))


def _size(text: str) -> int:
    """Bytes of a text before which nothing was replaced."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
