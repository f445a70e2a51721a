"""What lies in a file on this machine: its format by its first bytes, never by its name."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

_COPY_BYTES = 1 << 20


class Format(Enum):
    """How a file is read."""

    JSON = "json"
    GZIP = "gzip"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class TextFile:
    """JSON text on this machine, uncompressed: a whole file or a piece of one."""

    path: Path
    start: int = 0
    """Position of its first byte in the uncompressed file."""
    cut: str | None = None
    """Why the text ends early, where it does."""


def format_of(path: Path) -> Format:
    """The format that a file's first bytes tell; what is neither of the others is taken for JSON.

    Raises:
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head == b"PAR1":
        return Format.PARQUET
    return Format.GZIP if head[:2] == b"\x1f\x8b" else Format.JSON


def unpacked(path: Path, target: Path) -> TextFile:
    """The text of a gzip file, as far as it can be had, written to a target.

    Members that follow one another are read as one text; checksums are verified.

    Raises:
        OSError: no room, or the file cannot be opened.
    """
    cut = None
    with path.open("rb") as raw, target.open("wb") as out:
        try:
            stream = gzip.GzipFile(fileobj=raw)
            # read1 hands over what came before a failure; read would keep it and lose it
            while chunk := stream.read1(_COPY_BYTES):
                out.write(chunk)
        except EOFError:
            cut = "the gzip stream ends early: the object was cut off"
        except (zlib.error, gzip.BadGzipFile) as error:
            cut = f"the gzip stream is damaged: {error}"
    return TextFile(target, cut=cut)


def has_longer_line(path: Path, limit: int) -> bool:
    """Whether a text may have a line of more bytes than a limit."""
    open_bytes = 0
    with path.open("rb") as file:
        while chunk := file.read(_COPY_BYTES):
            first, last = chunk.find(b"\n"), chunk.rfind(b"\n")
            if open_bytes + (len(chunk) if first < 0 else first) > limit:
                return True
            open_bytes = open_bytes + len(chunk) if last < 0 else len(chunk) - last - 1
    return False


def pieces_of(file: TextFile, prefix: Path, size: int) -> Iterator[TextFile]:
    """A text in pieces of about a size in bytes, cut at line breaks, as files named alike."""
    start = file.start
    last = False
    with file.path.open("rb") as source:
        while not last:
            target = prefix.with_name(f"{prefix.name}-{start}")
            with target.open("wb") as piece:
                piece.write(source.read(size))
                piece.write(source.readline())
                written = piece.tell()
            last = not source.peek(1)
            yield TextFile(target, start, file.cut if last else None)
            start += written
