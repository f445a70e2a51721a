"""The stream's way to S3: buffers, objects and their names, and what goes wrong on it."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .chance import between, digits, share
from .clock import HOUR, MINUTE, SECOND, awake, moment
from .envelope import compact

PINPOINT_STREAM = "shop-events-PinpointEventFirehose-Qx7Lm2"
_BUFFER = 15 * MINUTE
_SENT_TWICE = 0.012
_SENT_AGAIN_LATER = 0.004


@dataclass(frozen=True)
class Landing:
    """A record's text and when it came to Firehose."""

    landed_at: int
    text: str


@dataclass(frozen=True)
class Mishaps:
    """What goes wrong with an object, each named by the minute (``2026-10-20-12-15``) it opened."""

    concatenated: tuple[str, ...] = ()
    """No newline between the documents."""
    uncompressed: tuple[str, ...] = ()
    """Compression was off."""
    damaged: tuple[str, ...] = ()
    """The line in the middle is cut."""
    unmarked: tuple[str, ...] = ()
    """Compressed, but the name does not say so."""
    written_again: tuple[tuple[str, int], ...] = ()
    """The whole object once more, so many milliseconds later."""
    changed_from: str = ""
    """From this minute on the stream has its second version."""

    @property
    def minutes(self) -> set[str]:
        again = {minute for minute, _ in self.written_again}
        return {*self.concatenated, *self.uncompressed, *self.damaged, *self.unmarked, *again}


@dataclass(frozen=True)
class _Object:
    opened_at: int
    texts: tuple[str, ...]
    version: int = 1
    copy: int = 0
    stream: str = PINPOINT_STREAM

    @property
    def minute(self) -> str:
        return f"{moment(self.opened_at):%Y-%m-%d-%H-%M}"

    @property
    def path(self) -> str:
        opened = moment(self.opened_at)
        stamp = f"{opened:%Y-%m-%d-%H-%M-%S}"
        key = digits(32, self.stream, stamp, self.copy)
        unique = f"{key[:8]}-{key[8:12]}-4{key[13:16]}-8{key[17:20]}-{key[20:]}"
        return f"{opened:%Y/%m/%d/%H}/{self.stream}-{self.version}-{stamp}-{unique}"


def repeated(landings: Iterable[Landing]) -> Iterator[Landing]:
    """The records, some of them twice: within seconds, or after a retry hours later."""
    for landing in landings:
        yield landing
        drawn = share("twice", landing.text)
        if drawn < _SENT_TWICE:
            later = between(1 * SECOND, 25 * SECOND, "retry", landing.text)
            yield replace(landing, landed_at=landing.landed_at + later)
        elif drawn < _SENT_TWICE + _SENT_AGAIN_LATER:
            later = between(2 * HOUR, 20 * HOUR, "retry", landing.text)
            yield replace(landing, landed_at=awake(landing.landed_at + later))


def objects(
    landings: Iterable[Landing], mishaps: Mishaps, stream: str = PINPOINT_STREAM
) -> dict[str, bytes]:
    """Every object by its path below the prefix.

    Raises:
        ValueError: a mishap is told of a minute in which no object opened.
    """
    buffered = list(_buffered(landings, stream))
    untold = mishaps.minutes - {item.minute for item in buffered}
    if untold:
        raise ValueError(f"no object opened at {sorted(untold)}")
    files: dict[str, bytes] = {}
    for item in _with_copies(buffered, mishaps):
        texts = list(item.texts)
        if item.minute in mishaps.damaged:
            place = len(texts) // 2
            texts[place] = texts[place][: len(texts[place]) * 3 // 5]
        separator = "" if item.minute in mishaps.concatenated else "\n"
        body = "".join(text + separator for text in texts).encode()
        if item.minute in mishaps.uncompressed:
            files[item.path] = body
        elif item.minute in mishaps.unmarked:
            files[item.path] = _compressed(body)
        else:
            files[f"{item.path}.gz"] = _compressed(body)
    return files


def _compressed(body: bytes) -> bytes:
    """As gzip, without a time or a name in it, so that the same body gives the same bytes."""
    return gzip.compress(body, 9, mtime=0)


def undelivered(landings: Sequence[Landing], stream: str = PINPOINT_STREAM) -> dict[str, bytes]:
    """The object of records that the stream's transformation could not take, under ``errors/``."""
    opened = _Object(landings[0].landed_at, (), stream=stream)
    lines = [
        compact({
            "attemptsMade": 4,
            "arrivalTimestamp": landing.landed_at,
            "errorCode": "Lambda.FunctionTimedOut",
            "errorMessage": "The Lambda function was invoked but the timeout was reached.",
            "attemptEndingTimestamp": landing.landed_at + 190_000,
            "rawData": base64.b64encode((landing.text + "\n").encode()).decode(),
            "lambdaArn": "arn:aws:lambda:us-east-1:111122223333:function:mask-addresses:$LATEST",
        })
        for landing in landings
    ]  # fmt: skip
    body = "".join(line + "\n" for line in lines).encode()
    return {f"errors/processing-failed/{opened.path}.gz": _compressed(body)}


def _buffered(landings: Iterable[Landing], stream: str) -> Iterator[_Object]:
    """Objects as the buffer closes: a quarter of an hour after the oldest record in it."""
    buffer: list[Landing] = []
    for landing in sorted(landings, key=lambda landing: landing.landed_at):
        if buffer and landing.landed_at >= buffer[0].landed_at + _BUFFER:
            yield _of(buffer, stream)
            buffer = []
        buffer.append(landing)
    if buffer:
        yield _of(buffer, stream)


def _of(buffer: Sequence[Landing], stream: str) -> _Object:
    return _Object(buffer[0].landed_at, tuple(each.text for each in buffer), stream=stream)


def _with_copies(items: Iterable[_Object], mishaps: Mishaps) -> Iterator[_Object]:
    """The objects under the version that the stream had, and those that were written again."""
    again = dict(mishaps.written_again)
    for item in items:
        changed = bool(mishaps.changed_from) and item.minute >= mishaps.changed_from
        item = replace(item, version=2 if changed else 1)
        yield item
        if item.minute in again:
            yield replace(item, opened_at=item.opened_at + again[item.minute], copy=1)
