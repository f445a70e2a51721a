"""Sample records of every family, changed at one place: replaced, removed, renamed, and so on.

Records are :class:`Pairs` and written by hand, so that a key may come twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from tests.lake_accounts import source_of
from tests.serde_statement import Pairs, parsed

SAMPLES = Path(__file__).parent / "samples"
FAMILIES = ("pinpoint", "ses", "sms", "whatsapp", "engagementdb")
ENVELOPE = {
    "Type": "Notification",
    "MessageId": "5d1c0a52-93b7-5c7e-8f0a-57b1e0000001",
    "TopicArn": "arn:aws:sns:eu-west-1:111122223333:two-way",
    "Timestamp": "2025-10-29T14:10:03.401Z",
    "SignatureVersion": "1",
}
INBOUND = {
    "originationNumber": "+12065550142",
    "destinationNumber": "+12065550100",
    "messageKeyword": "KEYWORD_111122223333",
    "messageBody": "Stop, please",
    "inboundMessageId": "0c3f7e11-5a41-4c52-9d0e-1f62e0000001",
    "previousPublishedMessageId": "862a8791-60c0-4430-9b2b-658bd0000001",
}
RCS_INTERACTION = {
    "originationNumber": "+12065550143",
    "rcsBusinessId": "rcs-shop",
    "agentIsoCountryCode": "US",
    "eventType": "TYPING",
}
CONVERSATION = {
    "accountId": "111122223333",
    "organizationId": "shop",
    "messageId": "chat-1",
    "sendingAddress": "+12065550142",
    "destinationAddress": "+12065550100",
    "channel": "whatsapp",
    "direction": "inbound",
    "knowledgeBaseId": "kb-1",
    "sessionId": "session-1",
    "source": "assistant",
    "message": 'Is the shop open, "today"? {yes}',
    "timestamp": 1761747000123,
    "tags": {"Topic": "hours", "language": "en"},
}
"""The samples have no text that came in and no message of a chat."""


def without_samples() -> list[Any]:
    """Records of the sources that ``tests/samples`` holds none of, in every form they come in."""
    header = (SAMPLES / "whatsapp_sns.ndjson").read_text("utf-8").splitlines()[0]
    return [
        INBOUND,
        RCS_INTERACTION,
        {**ENVELOPE, "Message": json.dumps(INBOUND)},
        {**ENVELOPE, "Message": json.dumps(RCS_INTERACTION)},
        {**ENVELOPE, "Message": header},
        CONVERSATION,
        {**CONVERSATION, "direction": "outbound", "tags": {}},
    ]


@cache
def sample_records() -> dict[str, tuple[Pairs, ...]]:
    """Every sample record by the family that it is told to be of."""
    lines = [
        line
        for path in sorted(SAMPLES.glob("*.ndjson"))
        for line in path.read_text("utf-8").splitlines()
    ]
    lines += [json.dumps(record) for record in without_samples()]
    found: dict[str, list[Pairs]] = {family: [] for family in FAMILIES}
    for line in lines:
        record = parsed(line)
        found[str(source_of(record)).partition(".")[0]].append(record)
    return {family: tuple(records) for family, records in found.items()}


TEXTS = ("", " ", "x", "12", "1.7", "-3", "true", "TRUE", "0x1F", "ü", "a\x00b", "\ud800", "</b>")
LETTERS = "abÜ ,:{}[]\"'\\/\n\u2028\U0001f600"
NUMBERS = (0, 1, -2, 7.5, 1.5e300, -1e-7, 2**31, 2**63 - 1, 2**63, -(2**63), 1761747004120, 10**25)


def new_value(chance: Random, depth: int = 0) -> Any:
    """Any JSON value; an object or a list holds less and less."""
    kind = chance.randrange(9 if depth < 3 else 7)
    if kind < 2:
        return chance.choice((None, True, False))
    if kind < 4:
        return chance.choice((*NUMBERS, chance.randint(-(2**65), 2**65), chance.uniform(-9, 9e16)))
    if kind < 7:
        written = "".join(chance.choices(LETTERS, k=chance.randrange(7)))
        return chance.choice((*TEXTS, written, written))
    size = chance.randrange(4)
    if kind == 7:
        return [new_value(chance, depth + 1) for _ in range(size)]
    keys = chance.sample(("a", "B", "app_id", "custom", ""), size)
    return Pairs((key, new_value(chance, depth + 1)) for key in keys)


KINDS = (
    "keep",
    "replace",
    "replace",
    "remove",
    "upper",
    "double",
    "again",
    "thrice",
    "wrap",
    "add",
)
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Mutated:
    """A record as it is written, what it was made of, and the place that is not as it was."""

    text: str
    original: Pairs
    touched: Place
    cut: int
    """Where a file that ends with it is cut, if it is."""


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Every place in a record."""
    yield place
    if isinstance(value, Pairs):
        for key, item in value:
            yield from places(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*place, index))


@cache
def places_of_samples(family: str) -> tuple[tuple[Pairs, Place], ...]:
    """Every place of every sample record of a family."""
    return tuple((r, place) for r in sample_records()[family] for place in places(r))


def mutated_record(family: str, chance: Random) -> Mutated:
    """A sample record of a family changed at one place."""
    record, place = chance.choice(places_of_samples(family))
    kind = chance.choice(KINDS)
    added = chance.choice(("extra", "A", "a", "Custom", "messageId", "detail"))
    new = new_value(chance)
    mutated, touched = changed(record, place, kind, new, added)
    text = text_of(mutated, is_ascii=chance.random() < 0.5)
    return Mutated(text, record, touched, chance.randrange(10_000))


def changed(value: Any, place: Place, kind: str, new: Any, added: str) -> tuple[Any, Place]:
    """A record with one place changed, and which place is other than it was."""
    if not place:
        if kind == "wrap":
            return [value], ()
        return (Pairs([*value, (added, new)]), (added,)) if kind == "add" else (value, (None,))
    step, *rest = place
    if rest:
        inner, touched = changed(_at(value, step), tuple(rest), kind, new, added)
        return _with(value, step, lambda pair: [(pair[0], inner)]), (step, *touched)
    if kind == "add" and isinstance(value, Pairs):
        return Pairs([*value, (added, new)]), (added,)
    changes = {
        "replace": lambda pair: [(pair[0], new)],
        "remove": lambda pair: [],
        "wrap": lambda pair: [(pair[0], [pair[1]])],
        "upper": lambda pair: [(_upper(pair[0]), pair[1])],
        "double": lambda pair: [(pair[0], new), pair],
        "again": lambda pair: [pair, (_upper(pair[0]), new)],
        "thrice": lambda pair: [(pair[0], new), (_upper(pair[0]), new), pair],
    }
    if kind not in changes:
        return value, (None,)
    return _with(value, step, changes[kind]), place


def _upper(step: str | int) -> str | int:
    return step.upper() if isinstance(step, str) else step


def _at(value: Any, step: str | int) -> Any:
    return value[step] if isinstance(step, int) else dict(value)[step]


def _with(value: Any, step: str | int, change: Any) -> Any:
    """A container whose entry at a step is what becomes of it: none, one or several."""
    entries = value if isinstance(value, Pairs) else list(enumerate(value))
    made = [new for pair in entries for new in (change(pair) if pair[0] == step else [pair])]
    return Pairs(made) if isinstance(value, Pairs) else [item for _, item in made]


def text_of(value: Any, is_ascii: bool = True) -> str:
    """A record as JSON text; half characters have no other form than an escape."""
    if isinstance(value, Pairs):
        entries = (f"{text_of(key, is_ascii)}: {text_of(item, is_ascii)}" for key, item in value)
        return f"{{{', '.join(entries)}}}"
    if isinstance(value, list):
        return f"[{', '.join(text_of(item, is_ascii) for item in value)}]"
    if isinstance(value, Decimal):
        return str(value)
    has_half = isinstance(value, str) and "\ud800" in value
    return json.dumps(value, ensure_ascii=is_ascii or has_half)


def with_own_id(record: Mutated, number: int) -> Mutated:
    """A record with a message id of its own, as far as it has one: views tell rows by it."""
    found = re.search(r'"[a-z]*message_?id": "([^"]+)"', text_of(record.original), re.IGNORECASE)
    if found is None:
        return record
    original = text_of(record.original).replace(found[1], f"{found[1]}-{number}")
    text = record.text.replace(found[1], f"{found[1]}-{number}")
    return replace(record, text=text, original=parsed(original))


def drawn(family: str, count: int) -> list[Mutated]:
    """So many mutated records of a family, the same ones each time.

    By numbers of our own: what Hypothesis draws is another thing in each of its versions.
    """
    return [
        with_own_id(mutated_record(family, Random(f"{family} {number}")), number)
        for number in range(count)
    ]
