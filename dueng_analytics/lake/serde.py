"""A JSON value as a declared type: the rules of the OpenX SerDe as Trino reads with it.

The table behind every rule is section 4 of the reference on a real Trino. Where that reader fails
the whole query (an object where a number is declared, text where a struct is), one value becomes
NULL here; that is reading more, on purpose. Every value that is there and reads as NULL is noted.

A type is compiled once into a function; records then pass through without looking at types again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from dueng_analytics.lake.json_text import compact_json, has_colliding_keys, parse_json
from dueng_analytics.model.types import Array, ColumnType, Map, Scalar, Struct

__all__ = ["Coercion", "Deviation", "Lost", "compact_json", "parse_json", "record_decoder"]

_INT_RANGE = {"int": 2**31, "bigint": 2**63}
_HEXADECIMAL = re.compile(r"0[xX][0-9a-fA-F]+")
_OCTAL = re.compile(r"0[0-7]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = {"NaN": math.nan, "+NaN": math.nan, "-NaN": math.nan}
_NOT_FINITE |= {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}
_EPOCH = datetime(1970, 1, 1)
_SHORTEST_MILLISECONDS = 13
"""Digits from which on a number is a time in milliseconds rather than seconds."""
_SHOWN_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class Deviation:
    """A value that the declared type cannot hold; it reads as NULL."""

    field: str
    reason: str
    raw: str = ""
    """The value as JSON text, its beginning where it is long."""


Pairs = list[tuple[Any, Any]]


class Lost(list[Deviation]):
    """What was noted about one record."""

    keys_collide = False
    """Whether keys of one object are equal but for their case: the last one counts, and a plain
    dictionary does not tell which that is where one of them comes twice."""
    unknown: frozenset[str] = frozenset()
    """Places of fields that are not declared, lower-cased."""


Decoder = Callable[[Any, Lost], Any]
"""From a value, never None, to what the type holds: maps as lists of pairs, structs as dicts."""


@dataclass(slots=True)
class Coercion:
    """One record's way into declared columns: renaming, coercing, and noting what did not fit."""

    mappings: Mapping[str, str] = field(default_factory=dict)
    deviations: Lost = field(default_factory=Lost)

    def record(
        self, record: Mapping[str, Any], columns: Mapping[str, ColumnType]
    ) -> dict[str, Any]:
        """The record's values by column name; a column that is absent is None."""
        decode = _kept_decoder(tuple(columns.items()), tuple(self.mappings.items()))
        return decode(record, self.deviations)

    def value(self, value: Any, kind: ColumnType, path: str) -> Any:
        """The value as the type holds it: maps as lists of pairs, structs as dictionaries."""
        if value is None:
            return None
        return _decoder(kind, _Rules(self.mappings, list), path)(value, self.deviations)


@dataclass(frozen=True, slots=True)
class _Rules:
    mappings: Mapping[str, str]
    as_map: Callable[[Pairs], Any]


def record_decoder(
    columns: Mapping[str, ColumnType],
    mappings: Mapping[str, str],
    *,
    as_map: Callable[[Pairs], Any] = list,
) -> Callable[[Any, Lost], dict[str, Any]]:
    """A function from a record, an object or a list by position, to its values by column name.

    Args:
        mappings: the key of a name where the two differ by more than case; at every level.
        as_map: what a map becomes: a list of its pairs, as Arrow wants it, or a dictionary.
    """
    return _fields_decoder(columns, _Rules(mappings, as_map), "")


@lru_cache(maxsize=64)
def _kept_decoder(
    columns: tuple[tuple[str, ColumnType], ...], mappings: tuple[tuple[str, str], ...]
) -> Callable[[Any, Lost], dict[str, Any]]:
    return record_decoder(dict(columns), dict(mappings))


def _decoder(kind: ColumnType, rules: _Rules, place: str) -> Decoder:
    """The function that a type compiles to; ``place`` names its values in what is noted."""
    if isinstance(kind, Array):
        return _array_decoder(kind, rules, place)
    if isinstance(kind, Map):
        return _map_decoder(kind, rules, place)
    if isinstance(kind, Struct):
        return _struct_decoder(kind, rules, place)
    if kind.name == "string":
        return _text_decoder(place)
    if kind.name == "boolean":
        return _boolean
    return _scalar_decoder(kind, place)


def _noted(lost: Lost, place: str, value: Any, kind: ColumnType) -> None:
    """Note a value that reads as NULL."""
    raw = _shown(value)
    lost.append(Deviation(place, f"{_kind_of(value)} where {kind.glue} is declared", raw))


def _shown(value: Any) -> str:
    try:
        return _clean(compact_json(value))[:_SHOWN_CHARACTERS]
    except (RecursionError, TypeError):
        return _clean(repr(value))[:_SHOWN_CHARACTERS]


def _scalar_decoder(kind: Scalar, place: str) -> Decoder:
    convert = _SCALARS[kind.name]

    def decode(value: Any, lost: Lost) -> Any:
        converted = convert(value)
        if converted is None:
            _noted(lost, place, value, kind)
        return converted

    return decode


def _text_decoder(place: str) -> Decoder:
    def decode(value: Any, lost: Lost) -> str | None:
        if type(value) is str:
            return value if value.isascii() else _clean(value)
        try:
            lost.keys_collide = lost.keys_collide or has_colliding_keys(value)
            return _text(value)
        except RecursionError:
            lost.append(Deviation(place, "nested too deeply to be shown as text"))
            return None

    return decode


def _array_decoder(kind: Array, rules: _Rules, place: str) -> Decoder:
    inside = f"{place}[]"
    element = _decoder(kind.element, rules, inside)

    def decode(value: Any, lost: Lost) -> list[Any] | None:
        if value == "":
            _noted(lost, place, value, kind)
            return None
        if not isinstance(value, list):
            value = [value]
        found: list[Any] = []
        for index, item in enumerate(value):
            before = len(lost)
            found.append(None if item is None else element(item, lost))
            if len(lost) > before:
                _place_exactly(lost, before, inside, f"{place}[{index}]")
        return found

    return decode


def _map_decoder(kind: Map, rules: _Rules, place: str) -> Decoder:
    inside = f"{place}[]"
    key_of = _decoder(kind.key, rules, inside)
    element = _decoder(kind.value, rules, inside)

    def decode(value: Any, lost: Lost) -> Any:
        if not isinstance(value, Mapping):
            _noted(lost, place, value, kind)
            return None
        if len({key.lower() for key in value}) < len(value):
            lost.keys_collide = True
            value = _last_spellings(value)
        found: Pairs = []
        for key, item in value.items():
            before = len(lost)
            read_key = key_of(key, lost)
            if read_key is not None:
                found.append((read_key, None if item is None else element(item, lost)))
            if len(lost) > before:
                _place_exactly(lost, before, inside, f"{place}[{key!r}]")
        return rules.as_map(found)

    return decode


def _struct_decoder(kind: Struct, rules: _Rules, place: str) -> Decoder:
    fields = {item.name: item.type for item in kind.fields}
    read = _fields_decoder(fields, rules, f"{place}.")

    def decode(value: Any, lost: Lost) -> dict[str, Any] | None:
        if isinstance(value, (Mapping, list)):
            return read(value, lost)
        if isinstance(value, str) and not value.strip():
            return read({}, lost)
        _noted(lost, place, value, kind)
        return None

    return decode


def _fields_decoder(
    fields: Mapping[str, ColumnType], rules: _Rules, prefix: str
) -> Callable[[Any, Lost], dict[str, Any]]:
    keys = {name: rules.mappings.get(name.lower(), name).lower() for name in fields}
    decoders = [
        (name, keys[name], _decoder(kind, rules, prefix + name)) for name, kind in fields.items()
    ]
    empty: dict[str, Any] = dict.fromkeys(fields)
    known = frozenset(keys.values())

    def decode(value: Any, lost: Lost) -> dict[str, Any]:
        if isinstance(value, list):
            value = dict(zip(keys.values(), value, strict=False))
        elif not "".join(value).islower():
            folded = {key.lower(): item for key, item in value.items()}
            if len(folded) < len(value):
                lost.keys_collide = True
            value = folded
        if not known.issuperset(value):
            lost.unknown |= {prefix + key for key in value if key not in known}
        values = empty.copy()
        for name, key, read in decoders:
            item = value.get(key)
            if item is not None:
                values[name] = read(item, lost)
        return values

    return decode


def _place_exactly(lost: Lost, since: int, inside: str, exact: str) -> None:
    """Say in what was noted since then which element it was."""
    lost[since:] = [
        Deviation(exact + noted.field[len(inside) :], noted.reason, noted.raw)
        for noted in lost[since:]
    ]


def _last_spellings(value: Mapping[str, Any]) -> dict[str, Any]:
    """Of keys that differ by case only the last one."""
    found: dict[str, tuple[str, Any]] = {}
    for key, item in value.items():
        found.pop(key.lower(), None)
        found[key.lower()] = (key, item)
    return dict(found.values())


def _clean(text: str) -> str:
    """Half of a surrogate pair is no character: a question mark, as on Trino."""
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
        return text
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal, date)):
        return str(value)
    return _clean(compact_json(value))


def _integer(bits: str) -> Callable[[Any], int | None]:
    limit = _INT_RANGE[bits]

    def convert(value: Any) -> int | None:
        number: int | None
        if type(value) is int:
            number = value
        elif isinstance(value, str):
            number = _integer_of_text(value)
        elif isinstance(value, (Decimal, float)):
            number = _cut(Decimal(value))
        else:
            number = None
        return number if number is not None and -limit <= number < limit else None

    return convert


def _integer_of_text(text: str) -> int | None:
    if len(text) > _SHOWN_CHARACTERS:
        return None
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    if _OCTAL.fullmatch(text):
        return int(text, 8)
    return _cut(Decimal(text)) if _NUMBER.fullmatch(text) else None


def _cut(number: Decimal) -> int | None:
    """A number without its fraction; None where no integer type holds it."""
    if not number.is_finite() or number.adjusted() > 30:
        return None  # its digits would fill memory
    return int(number)


def _double(value: Any) -> float | None:
    if isinstance(value, str):
        text = value.strip()
        return float(text) if _NUMBER.fullmatch(text) else _NOT_FINITE.get(text)
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return None


def _boolean(value: Any, lost: Lost) -> bool:
    """Whatever is not true is false: Trino looks at the value's text alone."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _timestamp(value: Any) -> datetime | None:
    """UTC wall time in milliseconds, from ISO-8601 text, epoch seconds or epoch milliseconds."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal, datetime)):
        return None
    try:
        moment = value if isinstance(value, datetime) else _moment(str(value).strip())
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, ArithmeticError):
        return None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _moment(text: str) -> datetime:
    if not _NUMBER.fullmatch(text):
        return datetime.fromisoformat(text)
    is_seconds = "." in text or len(text) < _SHORTEST_MILLISECONDS
    return _EPOCH + timedelta(milliseconds=int(Decimal(text) * (1000 if is_seconds else 1)))


def _date(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    match = re.fullmatch(r"(\d{4}-\d{2}-\d{2})(?: .*)?", value) if isinstance(value, str) else None
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float, Decimal)):
        return "a number"
    if isinstance(value, str):
        return "text" if value.strip() else "empty text"
    if isinstance(value, (date, datetime)):
        return "a time"
    return "a list" if isinstance(value, list) else "an object"


_SCALARS: Mapping[str, Callable[[Any], Any]] = {
    "int": _integer("int"),
    "bigint": _integer("bigint"),
    "double": _double,
    "date": _date,
    "timestamp": _timestamp,
}
