"""Parquet files of any schema age as the declared columns of a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dueng_analytics.model.definitions import Source
from dueng_analytics.model.types import Array, ColumnType, Map, Scalar, Struct


class UnfittingType(Exception):
    """A stored type that cannot become the declared one."""


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """A Parquet file on this machine, with its schema and the hour of its path."""

    path: Path
    schema: pa.Schema
    rows: int
    hour: datetime | None


def open_parquet(path: Path, hour: datetime | None) -> ParquetFile:
    """The schema and number of rows of a file.

    Raises:
        pyarrow.ArrowException, OSError: it is no whole Parquet file.
    """
    with pq.ParquetFile(path) as file:
        return ParquetFile(path, file.schema_arrow, file.metadata.num_rows, hour)


def source_of_schema(schema: pa.Schema, sources: Sequence[Source]) -> Source | None:
    """The source whose recognised columns a schema has, or the only one that there is."""
    names = {name.lower() for name in schema.names}
    fitting = [
        source
        for source in sources
        if source.recognition is not None
        and {key.lower() for key in source.recognition.all_of} <= names
        and not {key.lower() for key in source.recognition.none_of} & names
    ]
    return fitting[0] if len(fitting) == 1 else None


def selection(schema: pa.Schema, source: Source, hour: datetime | None) -> tuple[str, list[str]]:
    """The SELECT list that makes the declared columns, and what finds a value that does not fit.

    A column or field that is missing is NULL, one that is not declared is left out; a value of
    another type is cast. The second part holds, per column that is cast, a condition for rows in
    which a value was there and the cast lost it.

    Raises:
        UnfittingType: a struct where a scalar is declared, or the reverse.
    """
    stored = {name.lower(): (name, schema.field(name).type) for name in schema.names}
    columns: list[str] = []
    lost: list[str] = []
    for column in source.columns:
        if column.name.lower() not in stored:
            columns.append(f'cast(null as {column.type.duckdb}) as "{column.name}"')
            continue
        name, kind = stored[column.name.lower()]
        expression = _conform(_quoted(name), kind, column.type, column.name)
        columns.append(f'{expression} as "{column.name}"')
        if expression.startswith("try_cast"):
            lost.append(f"({_quoted(name)} is not null and {expression} is null)")
    if source.partition_column is not None:
        columns.append(f'{_hour(source, schema, hour)} as "{source.partition_column}"')
    return ", ".join(columns), lost


def _hour(source: Source, schema: pa.Schema, hour: datetime | None) -> str:
    if hour is not None:
        return f"timestamp '{hour:%Y-%m-%d %H:00:00}'"
    clock = source.clocks.record_time.split(".")[0] if source.clocks is not None else None
    if clock is None or clock not in [name.lower() for name in schema.names]:
        return "cast(null as timestamp)"
    return f"date_trunc('hour', epoch_ms(try_cast({_quoted(clock)} as bigint)))"


def _conform(expression: str, stored: pa.DataType, declared: ColumnType, place: str) -> str:
    """An expression of the declared type from one of the stored type."""
    if isinstance(declared, Struct):
        if not pa.types.is_struct(stored):
            raise _unfitting(place, stored, declared)
        return _struct(expression, stored, declared, place)
    if isinstance(declared, Array):
        if not (pa.types.is_list(stored) or pa.types.is_large_list(stored)):
            raise _unfitting(place, stored, declared)
        inner = _conform("element", stored.value_type, declared.element, f"{place}[]")
        if inner == "element":
            return expression
        return f"list_transform({expression}, lambda element: {inner})"
    if isinstance(declared, Map):
        if not pa.types.is_map(stored):
            raise _unfitting(place, stored, declared)
        return f"cast({expression} as {declared.duckdb})"
    if pa.types.is_nested(stored):
        raise _unfitting(place, stored, declared)
    if _is_exact(stored, declared):
        return expression
    return f"try_cast({expression} as {declared.duckdb})"


def _struct(expression: str, stored: pa.StructType, declared: Struct, place: str) -> str:
    fields = {
        stored.field(index).name.lower(): stored.field(index) for index in range(stored.num_fields)
    }
    parts = []
    for field in declared.fields:
        found = fields.get(field.name)
        if found is None:
            part = f"cast(null as {field.type.duckdb})"
        else:
            access = f"{expression}.{_quoted(found.name)}"
            part = _conform(access, found.type, field.type, f"{place}.{field.name}")
        parts.append(f'"{field.name}" := {part}')
    if list(fields) == [field.name for field in declared.fields] and all(
        part == f'"{field.name}" := {expression}.{_quoted(fields[field.name].name)}'
        for part, field in zip(parts, declared.fields, strict=True)
    ):
        return expression
    return f"case when {expression} is not null then struct_pack({', '.join(parts)}) end"


def _is_exact(stored: pa.DataType, declared: Scalar) -> bool:
    exact: dict[str, bool] = {
        "string": pa.types.is_string(stored) or pa.types.is_large_string(stored),
        "boolean": pa.types.is_boolean(stored),
        "int": pa.types.is_int32(stored),
        "bigint": pa.types.is_int64(stored),
        "double": pa.types.is_float64(stored),
        "date": pa.types.is_date32(stored),
        "timestamp": pa.types.is_timestamp(stored) and stored.tz is None and stored.unit == "us",
    }
    return exact[declared.name]


def _unfitting(place: str, stored: pa.DataType, declared: ColumnType) -> UnfittingType:
    return UnfittingType(f"{place} is stored as {stored} and declared as {declared.glue}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
