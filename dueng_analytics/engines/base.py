"""What every engine gives: rows in Arrow, and what getting them took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from dueng_analytics.errors import EngineError
from dueng_analytics.model.arrow import arrow_schema
from dueng_analytics.model.types import Array, ColumnType, Map, Scalar, Struct

Columns = Mapping[str, ColumnType]

SEE_STATEMENT = "`dueng sql --inline` prints the statement that was sent, to try it there."
"""The way out where nothing better is known."""

# What Trino, and Athena that is one, calls a failure → what to do about it; the first that fits.
QUERY_HINTS: tuple[tuple[str, str], ...] = (
    (
        "TABLE_NOT_FOUND",
        "Check databases and tables of the target, which `dueng config` shows. Where only some"
        " families have tables, name them: families in its table, or --family.",
    ),
    (
        "SCHEMA_NOT_FOUND",
        "Check databases of the target, which `dueng config` shows. Where only some families have"
        " tables, name them: families in its table, or --family.",
    ),
    ("MISSING_SCHEMA_NAME", "Check databases of the target; `dueng config` shows them."),
    ("CATALOG_NOT_FOUND", "Check catalog of the target."),
    ("MISSING_CATALOG_NAME", "Name a catalog in the target."),
    (
        "COLUMN_NOT_FOUND",
        "The table has other columns than its source declares: compare `dueng source ddl` with"
        " the table, or choose its layout in the target.",
    ),
    (
        "TYPE_MISMATCH",
        "A column of the table may have another type than its source declares: compare"
        " `dueng source ddl` with the table, or choose its layout in the target.",
    ),
    (
        "HIVE_INVALID_PARTITION_VALUE",
        "The table's hours are not those of its layout: compare `dueng source ddl` with the table,"
        " or choose its layout in the target.",
    ),
    (
        "HIVE_BAD_DATA",
        "A file of the table holds other types than the table declares; the message names it.",
    ),
    (
        "Unsupported Trino column type",
        "A file of the table holds other types than the table declares; the message names it.",
    ),
    ("VIEW_IS_STALE", "A view gives other columns than the catalogue holds: create it again."),
    ("PERMISSION_DENIED", "The user may not read this table."),
    ("EXCEEDED_TIME_LIMIT", "Choose fewer days with --from and --to, or allow more: timeout_s."),
    ("EXCEEDED_", "The query is too big for the server: choose fewer days with --from and --to."),
    ("NO_NODES_AVAILABLE", "The server is just starting; run it again in a moment."),
    ("SERVER_STARTING_UP", "The server is just starting; run it again in a moment."),
    ("USER_CANCELED", "Run it again if that was not meant."),
    ("ADMINISTRATIVELY_KILLED", "The server's operator ended it."),
)


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a query took, as far as its engine tells."""

    engine: str
    query_id: str | None = None
    elapsed_s: float | None = None
    scanned_rows: int | None = None
    scanned_bytes: int | None = None
    cost_usd: float | None = None
    from_cache: bool = False
    """Whether an earlier result was given again, and nothing was scanned."""


@dataclass(frozen=True, slots=True)
class Result:
    """The rows of a query, and what they took."""

    table: pa.Table
    statistics: Statistics


class RemoteEngine(Protocol):
    """An engine that runs Athena SQL over tables that it holds itself."""

    name: str

    def run(self, sql: str, types: tuple[ColumnType | None, ...]) -> Result:
        """The rows of a statement.

        Args:
            sql: Athena SQL that names physical tables.
            types: the type of each output column; None where there is none in this product.

        Raises:
            EngineError: the engine cannot be reached, refused, or failed.
        """

    def close(self) -> None:
        """End the session."""


def arrow_table(
    names: list[str], types: tuple[ColumnType | None, ...], columns: list[list[object]]
) -> pa.Table:
    """Columns of Python values as an Arrow table; keys of maps in order.

    Raises:
        EngineError: a column whose type this product has none for, or a value of another type.
    """
    arrays: list[pa.Array] = []
    for name, kind, values in zip(names, types, columns, strict=True):
        if kind is None:
            raise EngineError(
                f"the column {name!r} has a type that no result can hold exactly",
                hint="Cast it to varchar, bigint, double, boolean, date or timestamp(3).",
            )
        schema = arrow_schema({name: kind})
        try:
            plain = [_stable(value, kind) for value in values]
            arrays.append(pa.array(plain, type=schema.field(0).type))
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise EngineError(
                f"the column {name!r} holds what is no {kind.trino}: {error}",
                hint="Cast it to the type that it has, or to varchar.",
            ) from None
    fields = [pa.field(name, array.type) for name, array in zip(names, arrays, strict=True)]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def hint_for(text: str, hints: tuple[tuple[str, str], ...] = QUERY_HINTS) -> str:
    """What to do about a failure, from what the engine says of it."""
    return next((hint for part, hint in hints if part in text), SEE_STATEMENT)


def _stable(value: object, kind: ColumnType) -> object:
    """A value whose maps have their keys in order: engines keep none."""
    if value is None or isinstance(kind, Scalar):
        return value
    if isinstance(kind, Array):
        assert isinstance(value, (list, tuple))
        return [_stable(item, kind.element) for item in value]
    if isinstance(kind, Map):
        assert isinstance(value, Mapping)
        return sorted((key, _stable(item, kind.value)) for key, item in value.items())
    assert isinstance(kind, Struct)
    parts = list(value.values()) if isinstance(value, Mapping) else list(value)  # type: ignore[call-overload]
    return {
        field.name: _stable(part, field.type)
        for field, part in zip(kind.fields, parts, strict=True)
    }
