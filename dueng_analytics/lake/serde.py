"""A JSON value as a declared type: the rules of the OpenX SerDe as Trino reads with it.

The table behind every rule is section 4 of the reference on a real Trino. Where that reader fails
the whole query (an object where a number is declared, text where a struct is), one value becomes
NULL here and the reason is kept: that is reading more, on purpose.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from dueng_analytics.model.types import Array, ColumnType, Map, Scalar, Struct

_INT_RANGE = {"int": 2**31, "bigint": 2**63}
_HEXADECIMAL = re.compile(r"[+-]?0[xX][0-9a-fA-F]+")
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Deviation:
    """A value that the declared type cannot hold; it reads as NULL."""

    field: str
    reason: str


@dataclass(slots=True)
class Coercion:
    """One record's way into declared columns: renaming, coercing, and noting what did not fit."""

    mappings: Mapping[str, str] = field(default_factory=dict)
    deviations: list[Deviation] = field(default_factory=list)

    def record(
        self, record: Mapping[str, Any], columns: Mapping[str, ColumnType]
    ) -> dict[str, Any]:
        """The record's values by column name; a column that is absent is None."""
        folded = {key.lower(): value for key, value in record.items()}
        return {
            name: self.value(folded.get(self._key(name)), kind, name)
            for name, kind in columns.items()
        }

    def value(self, value: Any, kind: ColumnType, path: str) -> Any:
        """The value as the type holds it: maps as lists of pairs, structs as dictionaries."""
        if value is None:
            return None
        if isinstance(kind, Scalar):
            return self._scalar(value, kind, path)
        if isinstance(kind, Array):
            if value == "":
                return None
            items = value if isinstance(value, list) else [value]
            return [self.value(item, kind.element, f"{path}[{n}]") for n, item in enumerate(items)]
        if isinstance(kind, Map):
            return self._map(value, kind, path)
        return self._struct(value, kind, path)

    def _key(self, name: str) -> str:
        return self.mappings.get(name.lower(), name).lower()

    def _lost(self, path: str, value: Any, kind: ColumnType) -> None:
        self.deviations.append(Deviation(path, f"{_kind_of(value)} where {kind.glue} is declared"))

    def _scalar(self, value: Any, kind: Scalar, path: str) -> Any:
        converted = _SCALARS[kind.name](value)
        if converted is None:
            self._lost(path, value, kind)
        return converted

    def _map(self, value: Any, kind: Map, path: str) -> Any:
        if value == "":
            return None
        if not isinstance(value, Mapping):
            self._lost(path, value, kind)
            return None
        collapsed: dict[str, tuple[str, Any]] = {}
        for key, item in value.items():
            collapsed[str(key).lower()] = (str(key), item)
        return [
            (
                _SCALARS[kind.key.glue](key),
                self.value(item, kind.value, f"{path}[{key!r}]"),
            )
            for key, item in collapsed.values()
        ]

    def _struct(self, value: Any, kind: Struct, path: str) -> Any:
        if isinstance(value, list):
            parts = dict(zip((item.name for item in kind.fields), value, strict=False))
        elif isinstance(value, Mapping):
            folded = {str(key).lower(): item for key, item in value.items()}
            parts = {item.name: folded.get(self._key(item.name)) for item in kind.fields}
        else:
            if value != "":
                self._lost(path, value, kind)
                return None
            parts = {}
        return {
            item.name: self.value(parts.get(item.name), item.type, f"{path}.{item.name}")
            for item in kind.fields
        }


def parse_json(text: str) -> Any:
    """The document that a text holds, numbers in the spelling that they have there."""
    return json.loads(text, parse_float=Decimal)


def _text(value: Any) -> str:
    if isinstance(value, str):
        # half of a surrogate pair is no character: a question mark, as on Trino
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return str(value)
    return compact_json(value)


def compact_json(value: Any) -> str:
    """JSON text without blanks, keys in their order, numbers in their own spelling."""
    if isinstance(value, Mapping):
        entries = (f"{compact_json(str(k))}:{compact_json(v)}" for k, v in value.items())
        return "{" + ",".join(entries) + "}"
    if isinstance(value, list):
        return "[" + ",".join(compact_json(item) for item in value) + "]"
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def _integer(bits: str) -> Callable[[Any], int | None]:
    limit = _INT_RANGE[bits]

    def convert(value: Any) -> int | None:
        if isinstance(value, (bool, Mapping, list)):
            return None
        try:
            if isinstance(value, str) and _HEXADECIMAL.fullmatch(value):
                number = int(value, 16)
            else:
                decimal = Decimal(value)
                if decimal.is_finite() and decimal.adjusted() > 30:
                    return None  # no integer type holds it, and its digits would fill memory
                number = int(decimal)
        except (InvalidOperation, ValueError, OverflowError):
            return None
        return number if -limit <= number < limit else None

    return convert


def _double(value: Any) -> float | None:
    if isinstance(value, (bool, Mapping, list)):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, (Mapping, list)):
        return None
    return isinstance(value, str) and value.lower() == "true"


def _timestamp(value: Any) -> datetime | None:
    """UTC wall time in milliseconds, from ISO-8601 text, epoch seconds or epoch milliseconds."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        number = Decimal(value)
        seconds = number / 1000 if abs(number) >= 10**11 else number
        return _EPOCH + timedelta(milliseconds=int(seconds * 1000))
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float, Decimal)):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "an object"


_SCALARS: Mapping[str, Callable[[Any], Any]] = {
    "string": _text,
    "boolean": _boolean,
    "int": _integer("int"),
    "bigint": _integer("bigint"),
    "double": _double,
    "date": _date,
    "timestamp": _timestamp,
}
