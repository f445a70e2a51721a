"""The stream's way to S3: buffers, objects and their names, and what goes wrong on it."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .chance import between, digits, share
from .clock import HOUR, MINUTE, SECOND, awake, moment
from .envelope import compact

STREAM = "shop-events-PinpointEventFirehose-Qx7Lm2"
_BUFFER = 15 * MINUTE
_SENT_TWICE = 0.012
_SENT_AGAIN_LATER = 0.004


@dataclass(frozen=True)
class Landing:
    """A record's text and when it came to Firehose."""

    landed_at: int
    text: str


@dataclass(frozen=True)
class Incidents:
    """What goes wrong, each by the hour (``2026/10/20/11``) of the object it concerns."""

    concatenated: tuple[str, ...] = ()
    """No newline between the documents."""
    uncompressed: tuple[str, ...] = ()
    """Compression was off."""
    damaged: tuple[str, ...] = ()
    """A line of the object is cut in its middle."""
    written_again: tuple[tuple[str, int], ...] = ()
    """The whole object once more, some milliseconds later."""
    failed: tuple[str, ...] = ()
    """Message ids whose send went to the error prefix instead."""


@dataclass(frozen=True)
class _Object:
    opened_at: int
    texts: tuple[str, ...]
    version: int = 1
    copy: int = 0

    @property
    def hour(self) -> str:
        return f"{moment(self.opened_at):%Y/%m/%d/%H}"

    @property
    def name(self) -> str:
        stamp = f"{moment(self.opened_at):%Y-%m-%d-%H-%M-%S}"
        key = digits(32, STREAM, stamp, self.copy)
        unique = f"{key[:8]}-{key[8:12]}-4{key[13:16]}-8{key[17:20]}-{key[20:]}"
        return f"{STREAM}-{self.version}-{stamp}-{unique}"


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


def objects(landings: Sequence[Landing], incidents: Incidents) -> dict[str, bytes]:
    """Every object by its path below the prefix."""
    files: dict[str, bytes] = {}
    for item in _with_copies(_buffered(landings), incidents):
        texts = list(item.texts)
        if item.hour in incidents.damaged:
            place = len(texts) // 2
            texts[place] = texts[place][: len(texts[place]) * 3 // 5]
        separator = "" if item.hour in incidents.concatenated else "\n"
        body = "".join(text + separator for text in texts).encode()
        path = f"{item.hour}/{item.name}"
        if item.hour in incidents.uncompressed:
            files[path] = body
        else:
            files[f"{path}.gz"] = gzip.compress(body, 9, mtime=0)
    return files


def undelivered(landings: Sequence[Landing]) -> dict[str, bytes]:
    """The object of records that the stream's transformation could not take, under ``errors/``."""
    first = landings[0].landed_at
    opened = _Object(first, (), copy=99)
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
    path = f"errors/processing-failed/{opened.hour}/{opened.name}.gz"
    return {path: gzip.compress(body, 9, mtime=0)}


def _buffered(landings: Sequence[Landing]) -> Iterator[_Object]:
    """Objects as the buffer closes: a quarter of an hour after the oldest record in it."""
    buffer: list[Landing] = []
    for landing in sorted(landings, key=lambda landing: landing.landed_at):
        if buffer and landing.landed_at >= buffer[0].landed_at + _BUFFER:
            yield _Object(buffer[0].landed_at, tuple(each.text for each in buffer))
            buffer = []
        buffer.append(landing)
    if buffer:
        yield _Object(buffer[0].landed_at, tuple(each.text for each in buffer))


def _with_copies(items: Iterable[_Object], incidents: Incidents) -> Iterator[_Object]:
    """The objects, and those that were written again; the stream's version rises once."""
    again = dict(incidents.written_again)
    for item in items:
        version = 2 if incidents.uncompressed and item.hour >= incidents.uncompressed[0] else 1
        item = replace(item, version=version)
        yield item
        if item.hour in again:
            yield replace(item, opened_at=item.opened_at + again[item.hour], copy=1)
