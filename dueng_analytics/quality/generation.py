"""Random rows of declared types that reach the branches of a given SQL: seeded, so repeatable."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pyarrow as pa

from dueng_analytics.dialect.probes import NamedValues
from dueng_analytics.model.arrow import arrow_schema
from dueng_analytics.model.types import Array, ColumnType, Map, Scalar, Struct

_NOON = datetime(2025, 10, 29, 12)
_EPOCH = datetime(1970, 1, 1)
_WORDS = (
    "null", "", "a", "b", "A", "none", "1", "12", "-3", "0.00645", "true", "Ana@Example.com",
    "bob@example.org", "+12025550143", "Mozilla/5.0", " padded ", "ÄÖ🍂", "a|b", "2025-10-29",
    "2025-10-29T12:00:00.123Z", "https://example.com/a?b=c",
)  # fmt: skip
_ATTEMPTS_A_ROW = 4
_BROKEN_DOCUMENTS = ("{", '{"a":', "not json", "[]", '"text"', "null", "{}", '{"a":{"b":1}}')


@dataclass(slots=True)
class RowGenerator:
    """Random rows; the values that the SQL names come up often, its boundaries too.

    Values and whole rows come up again, in other columns and tables too: so keys meet in joins,
    groups have several rows, orders have ties, and events are stored twice.
    """

    random: Random
    named: NamedValues
    seen: dict[tuple[str, str], list[Any]] = field(default_factory=dict)

    def table(
        self,
        columns: Mapping[str, ColumnType],
        rows: int,
        *,
        never_null: Collection[str] = (),
        key: Sequence[str] = (),
    ) -> pa.Table:
        """Rows of the given columns, as many as asked for unless the key runs out of values.

        Args:
            never_null: columns that always hold a value.
            key: columns whose values together come up once.
        """
        made: dict[Any, dict[str, Any]] = {}
        for attempt in range(rows * _ATTEMPTS_A_ROW):
            if len(made) == rows:
                break
            row = self._row(columns, never_null, list(made.values()))
            identity = tuple(repr(row[name]) for name in key) if key else attempt
            made.setdefault(identity, row)
        return pa.Table.from_pylist(list(made.values()), schema=arrow_schema(columns))

    def _row(
        self,
        columns: Mapping[str, ColumnType],
        never_null: Collection[str],
        before: Sequence[Mapping[str, Any]],
    ) -> dict[str, Any]:
        row: dict[str, Any] = {}
        names = list(columns)
        if before and self.random.random() < 0.15:
            row = dict(self.random.choice(before))
            names = self.random.sample(names, k=self.random.choice((0, 1)))
        for name in names:
            row[name] = self.value(columns[name], name)
            while row[name] is None and name in never_null:
                row[name] = self.value(columns[name], name)
        return row

    def value(self, kind: ColumnType, name: str) -> Any:
        """A value, or None: maps as lists of pairs, structs as dictionaries."""
        if self.random.random() < (0.06 if isinstance(kind, Struct) else 0.12):
            return None
        if isinstance(kind, Scalar):
            return self._remembered(kind.name, name)
        if isinstance(kind, Array):
            count = self.random.choice((0, 1, 1, 2, 3))
            return [self.value(kind.element, name) for _ in range(count)]
        if isinstance(kind, Map):
            return self._map(kind)
        return {field.name: self.value(field.type, field.name) for field in kind.fields}

    def _map(self, kind: Map) -> list[tuple[Any, Any]]:
        often = self.random.choice((0.0, 0.3, 0.7))
        keys = [key for key in self.named.keys if self.random.random() < often]
        keys += [key for key in ("a", "other", "Other") if self.random.random() < 0.3]
        # Of keys that differ by case alone every reader keeps one.
        spelled = {key.lower(): key for key in keys}
        return [(key, self.value(kind.value, key)) for key in spelled.values()]

    def _remembered(self, kind: str, name: str) -> Any:
        """A scalar: one that this column had before, one of another column, or a new one."""
        chance = self.random.random()
        here = self.seen.setdefault((kind, name), [])
        anywhere = self.seen.setdefault((kind, ""), [])
        if here and chance < 0.3:
            return self.random.choice(here)
        if anywhere and chance < 0.4:
            return self.random.choice(anywhere)
        value = self._scalar(kind, name)
        here.append(value)
        anywhere.append(value)
        return value

    def _scalar(self, kind: str, name: str) -> Any:
        if kind == "string":
            return self._text(name)
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind in ("int", "bigint"):
            return int(self._number(name, wide=kind == "bigint"))
        if kind == "double":
            return self._number(name, wide=False) + self.random.choice((0.0, 0.0, 0.5, 0.25))
        moment = self._moment()
        return moment.date() if kind == "date" else moment

    def _text(self, name: str) -> str:
        chance = self.random.random()
        if name in self.named.documents and chance < 0.75:
            return self._document()
        compared = self.named.compared.get(name, ())
        if compared and chance < 0.75:
            text = self.random.choice(compared)
            return self.random.choice((text, text, text, text, f"{text}x", text.upper()))
        lengths = [int(number) for number in self.named.numbers if 2 <= number <= 64]
        if lengths and chance < 0.8:
            length = self.random.choice(lengths) + self.random.choice((-1, 0, 1))
            return ("0123456789abcdef" * 5)[:length]
        if self.named.texts and chance < 0.9:
            return self.random.choice((*self.named.texts, *_WORDS[:4]))
        return self.random.choice(_WORDS)

    def _document(self) -> str:
        if self.random.random() < 0.3:
            return self.random.choice(_BROKEN_DOCUMENTS)
        entries: dict[str, Any] = {}
        for key in self.named.keys:
            if self.random.random() < 0.6:
                inner = self._text(key) if self.random.random() < 0.8 else {"a": 1}
                entries[key] = self.random.choice((inner, inner, inner, None, 7, [inner]))
        if self.random.random() < 0.2:
            entries = dict.fromkeys(list(entries)[:1], entries) or entries
        return json.dumps(entries, ensure_ascii=False)

    def _number(self, name: str, *, wide: bool) -> float:
        if "timestamp" in name and wide:
            return int((self._moment() - _EPOCH) / timedelta(milliseconds=1))
        anchors = (0, 1, 100, *self.named.numbers)
        number = self.random.choice(anchors) + self.random.choice((0, 0, 0, 1, -1, 2))
        return max(min(number, 2**31 - 1), -(2**31))

    def _moment(self) -> datetime:
        """A time around one noon, often as far from it as a number that the SQL names."""
        steps = [int(number) for number in self.named.numbers if 0 < number <= 100_000] or [1]
        step = self.random.choice(steps)
        unit = self.random.choice(
            (timedelta(milliseconds=1), timedelta(seconds=1), timedelta(seconds=1),
             timedelta(minutes=1), timedelta(hours=1))
        )  # fmt: skip
        distance = step * unit * self.random.choice((0, 1, 1, -1))
        if abs(distance) > timedelta(days=40):
            distance = timedelta(days=self.random.randint(-40, 40))
        nudge = self.random.choice((0, 0, 0, 1, -1, 500))
        return _NOON + distance + timedelta(milliseconds=nudge)
