"""The result of a facts query: rows chosen, grouped and added up, always in one order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from dueng_analytics.errors import DefinitionError, Location, near_names
from dueng_analytics.reporting.definition import Selection

Total = int | float | None
Totals = Mapping[str, Total]
Key = tuple[object, ...]

_DIGITS = 9
"""Of a sum of dollars; prices of single messages have five."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows of additive counts with the dimensions that they were counted by."""

    table: pa.Table
    defined_at: Location

    def select(self, selection: Selection) -> Facts:
        """The rows whose columns hold one of the allowed values; NULL is never allowed.

        Raises:
            DefinitionError: the facts have no such column, or it holds no such values.
        """
        self._need(selection)
        table = self.table
        for column, allowed in selection.items():
            kind = table.schema.field(column).type
            try:
                values = pa.array(allowed, type=kind)
            except (pa.ArrowInvalid, pa.ArrowTypeError):
                raise DefinitionError(
                    f"the report looks for {', '.join(map(repr, allowed))} in {column!r}, which is"
                    f" {kind} in its facts query",
                    where=self.defined_at,
                    hint="Compare a text with texts, and true or false with true or false.",
                ) from None
            table = table.filter(pc.is_in(table[column], value_set=values))
        return Facts(table, self.defined_at)

    def totals(self, columns: Sequence[str]) -> Totals:
        """The sum of each column over all rows; None where no row has a value."""
        self._need(columns)
        self._need_numbers(columns)
        return {column: _plain(pc.sum(self.table[column]).as_py()) for column in columns}

    def grouped(self, keys: Sequence[str], columns: Sequence[str]) -> list[tuple[Key, Totals]]:
        """For each combination of keys, in their order with NULL last: the keys and the sums.

        Raises:
            DefinitionError: the facts have no such column, or one to add up is no number.
        """
        self._need([*keys, *columns])
        self._need_numbers(columns)
        table = self.table.group_by(list(keys), use_threads=False).aggregate(
            [(column, "sum") for column in columns]
        )
        table = table.sort_by([(key, "ascending") for key in keys])
        labels = zip(*(table[key].to_pylist() for key in keys), strict=True)
        sums = zip(*(table[f"{column}_sum"].to_pylist() for column in columns), strict=True)
        return [
            (label, dict(zip(columns, map(_plain, numbers), strict=True)))
            for label, numbers in zip(labels, sums, strict=True)
        ]

    def examples(self, keys: Sequence[str], column: str) -> Mapping[Key, str]:
        """For each combination of keys the first text of a column, in the order of texts."""
        self._need([*keys, column])
        found: dict[Key, str] = {}
        for *parts, text in zip(
            *(self.table[name].to_pylist() for name in [*keys, column]), strict=True
        ):
            key = tuple(parts)
            if text is not None:
                found[key] = min(str(text), found.get(key, str(text)))
        return found

    def _need_numbers(self, columns: Iterable[str]) -> None:
        for column in columns:
            kind = self.table.schema.field(column).type
            if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
                raise DefinitionError(
                    f"the report adds up {column!r}, which is {kind} in its facts query",
                    where=self.defined_at,
                    hint="Cast it to bigint or double there.",
                )

    def _need(self, columns: Iterable[str]) -> None:
        known = self.table.column_names
        for column in columns:
            if column not in known:
                near = near_names(column, known)
                raise DefinitionError(
                    f"the report uses {column!r}, which is no column of its facts query",
                    where=self.defined_at,
                    hint=f"Did you mean {' or '.join(near)}?"
                    if near
                    else f"The facts have: {', '.join(known)}.",
                )


def _plain(number: Total) -> Total:
    """A sum without the last digits of a floating one, which depend on the order of adding."""
    return round(number, _DIGITS) if isinstance(number, float) else number
