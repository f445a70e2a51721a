"""What a JSON record reads as under declared types, said a second time and on its own.

A short statement of the rules of the OpenX SerDe as Trino reads with it, for the types that events
have. The tests hold the lake reader against it; it shares nothing with the reader but the types.
Objects are :class:`Pairs`, so that a key which comes twice is still seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from dueng_analytics.model.definitions import Source
from dueng_analytics.model.types import Array, ColumnType, Map, Struct

_LIMITS = {"int": 31, "bigint": 63}
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?", re.ASCII)


class Pairs(list):
    """The keys and values of a JSON object, in their order, all of them."""


def parsed(text: str) -> Any:
    """A JSON text with its objects as pairs and its fractions in their own spelling."""
    return json.loads(text, object_pairs_hook=Pairs, parse_float=Decimal)


def last_of_each(pairs: Pairs) -> dict[str, Any]:
    """Values by key in lower case: of keys that differ by case alone the last one counts."""
    return {key.lower(): value for key, value in pairs}


@dataclass
class Statement:
    """What one record reads as; ``lost`` lists every place whose value reads as NULL, with why."""

    keys: dict[str, str] = field(default_factory=dict)
    """The key of a column or field where the two differ by more than case."""
    lost: list[tuple[str, str]] = field(default_factory=list)

    def row(self, record: Any, source: Source) -> dict[str, Any]:
        """The record's values by column of the source."""
        columns = {column.name: column.type for column in source.columns}
        for column in source.columns:
            if column.wire_name.lower() != column.name:
                self.keys[column.name] = column.wire_name
        return self._fields(record, columns, "")

    def _fields(self, value: Any, fields: dict[str, ColumnType], place: str) -> dict[str, Any]:
        if isinstance(value, Pairs):
            found = last_of_each(value)
            values = [found.get(self.keys.get(name, name).lower()) for name in fields]
        else:
            values = [*value, *[None] * len(fields)]
        return {
            name: self.value(item, kind, place + name)
            for (name, kind), item in zip(fields.items(), values, strict=False)
        }

    def value(self, value: Any, kind: ColumnType, place: str) -> Any:
        """A value of any kind where a type is declared."""
        if value is None:
            return None
        if isinstance(kind, Struct):
            if isinstance(value, str) and not value.strip():
                value = Pairs()
            if not isinstance(value, list):
                return self._nothing(value, kind, place)
            fields = {part.wire.lower(): part.type for part in kind.fields}
            return self._fields(value, fields, place + ".")
        if isinstance(kind, Array):
            if value == "":
                return self._nothing(value, kind, place)
            items = value if _is_list(value) else [value]
            return [
                self.value(item, kind.element, f"{place}[{index}]")
                for index, item in enumerate(items)
            ]
        if isinstance(kind, Map):
            if not isinstance(value, Pairs):
                return self._nothing(value, kind, place)
            return {
                shown(key): self.value(item, kind.value, f"{place}[{key!r}]")
                for key, item in _last_pairs(value)
            }
        if kind.name == "string":
            return as_text(value)
        if kind.name == "boolean":
            return value is True or (isinstance(value, str) and value.lower() == "true")
        number = _number(value, kind.name)
        return self._nothing(value, kind, place) if number is None else number

    def _nothing(self, value: Any, kind: ColumnType, place: str) -> None:
        self.lost.append((place, f"{_word(value)} where {kind.glue} is declared"))


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and not isinstance(value, Pairs)


def _last_pairs(pairs: Pairs) -> Iterator[tuple[str, Any]]:
    """Pairs without those whose key comes again later, in whatever case."""
    later = [key.lower() for key, _ in pairs]
    for number, pair in enumerate(pairs, start=1):
        if pair[0].lower() not in later[number:]:
            yield pair


def shown(text: str) -> str:
    """A text without half characters: each is a question mark."""
    return re.sub("[\ud800-\udfff]", "?", text)


def as_text(value: Any) -> str:
    """Any value where a text is declared."""
    return shown(value if isinstance(value, str) else json_text(value))


def json_text(value: Any) -> str:
    """Compact JSON text; a slash after ``<`` is escaped, as Trino's writer does."""
    if isinstance(value, Pairs):
        return f"{{{','.join(f'{json_text(k)}:{json_text(v)}' for k, v in _last_pairs(value))}}}"
    if isinstance(value, list):
        return f"[{','.join(map(json_text, value))}]"
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/")


def _number(value: Any, name: str) -> float | int | None:
    if isinstance(value, (bool, list)):
        return None
    if name == "double":
        text = str(value).strip()
        return float(text) if not isinstance(value, str) or _PLAIN_NUMBER.fullmatch(text) else None
    if isinstance(value, str) and re.fullmatch("0[xX][0-9a-fA-F]+", value):
        number = int(value, 16)
    elif isinstance(value, str) and not _PLAIN_NUMBER.fullmatch(value):
        return None
    else:
        number = int(Decimal(value))
    return number if -(2 ** _LIMITS[name]) <= number < 2 ** _LIMITS[name] else None


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, list):
        return "an object" if isinstance(value, Pairs) else "a list"
    if isinstance(value, str):
        return "text" if value.strip() else "empty text"
    return "a number"
