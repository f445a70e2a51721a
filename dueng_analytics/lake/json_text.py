"""JSON text to values and back, as lenient and as exact as the OpenX SerDe is on Trino.

Numbers keep the spelling that a text column has to show; control characters in strings, single
quotes, keys without quotes, endless numbers and a comma too many are read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

_DECODER = json.JSONDecoder(strict=False, parse_float=Decimal)
_BLANK = re.compile(r"\s*\Z")
_LARGEST_RELAXED_CHARACTERS = 1_000_000
_LOOSE = re.compile(
    r"""
    (?P<kept>"[^"\\]*+(?:\\.[^"\\]*+)*+")
    | '(?P<single>[^'\\]*+(?:\\.[^'\\]*+)*+)'
    | (?P<bare>[A-Za-z_$][\w$.\-]*+)(?=\s*:)
    | (?P<sign>[+-]?)(?P<endless>(?i:inf(?:inity)?|nan))(?=\s*[,}\]])
    | (?P<comma>,)(?=\s*[}\]])
    """,
    re.VERBOSE | re.DOTALL,
)


class NotJson(ValueError):
    """A text in which no JSON document begins, or begins and does not end."""

    def __init__(self, reason: str, position: int, *, is_unfinished: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position
        self.is_unfinished = is_unfinished
        """Whether what is there could go on with more text."""


def decode(text: str, start: int = 0) -> tuple[Any, int]:
    """The document that begins at a place of a text, and where it ends.

    Raises:
        NotJson: there is none, or it does not end, or is nested too deeply.
    """
    try:
        return _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        unfinished = error.msg.startswith("Unterminated string") or is_blank(text, error.pos)
        raise NotJson(
            f"{error.msg.lower()} at character {error.pos - start + 1}",
            error.pos,
            is_unfinished=unfinished,
        ) from None
    except RecursionError:
        raise NotJson("nested too deeply", start, is_unfinished=False) from None


def is_blank(text: str, start: int) -> bool:
    """Whether nothing but blanks follows a place of a text."""
    return _BLANK.match(text, start) is not None


def parse_json(text: str) -> Any:
    """The document that a text is, of keys that are equal but for their case the last one.

    Raises:
        ValueError: it is none, or more than one.
    """
    try:
        return json.loads(text, strict=False, parse_float=Decimal, object_pairs_hook=_last_of_each)
    except RecursionError:
        raise NotJson("nested too deeply", 0, is_unfinished=False) from None


def has_colliding_keys(value: Any) -> bool:
    """Whether some object in a value has keys that are equal but for their case."""
    if isinstance(value, list):
        return any(map(has_colliding_keys, value))
    if not isinstance(value, Mapping):
        return False
    return len({key.lower() for key in value}) < len(value) or any(
        map(has_colliding_keys, value.values())
    )


def relaxed(text: str) -> str | None:
    """A lenient text in strict JSON: quotes around keys, double ones, no comma before an end.

    None where there is nothing to be made strict, or it is too long for its cause to be spelling.
    """
    if len(text) > _LARGEST_RELAXED_CHARACTERS:
        return None
    strict = _LOOSE.sub(_strict, text)
    return strict if strict != text else None


def compact_json(value: Any) -> str:
    """JSON text without blanks, keys in their order, numbers in their own spelling."""
    if isinstance(value, Mapping):
        entries = (f"{compact_json(str(k))}:{compact_json(v)}" for k, v in value.items())
        return "{" + ",".join(entries) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(compact_json(item) for item in value) + "]"
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, str):
        # Trino's writer breaks up what would close a script element.
        return json.dumps(value, ensure_ascii=False).replace("</", "<\\/")
    return json.dumps(value, ensure_ascii=False, default=str)


def _strict(match: re.Match[str]) -> str:
    if match["comma"] is not None:
        return ""
    if match["endless"] is not None:
        sign = "-" if match["sign"] == "-" else ""
        return "NaN" if match["endless"].lower() == "nan" else f"{sign}Infinity"
    if match["bare"] is not None:
        return f'"{match["bare"]}"'
    if match["single"] is not None:
        inner = match["single"].replace("\\'", "'").replace('"', '\\"')
        return f'"{inner}"'
    return match["kept"]


def _last_of_each(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys differ by more than case; the last of equal ones, in its own place."""
    found: dict[str, tuple[str, Any]] = {}
    for key, value in pairs:
        found.pop(key.lower(), None)
        found[key.lower()] = (key, value)
    return dict(found.values())
