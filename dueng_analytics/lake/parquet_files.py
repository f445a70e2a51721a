"""Parquet files of any schema age as the declared columns of a source.

Where every stored type is the declared one, or becomes it without a loss, the engine reads the
files where they lie. All others are read row by row with the rules that JSON values follow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from dueng_analytics.lake.literals import identifier, text
from dueng_analytics.lake.recognition import recogniser, telling_columns
from dueng_analytics.lake.tolerant import RecordReader, Rejected, Row
from dueng_analytics.model.definitions import Source
from dueng_analytics.model.types import Array, ColumnType, Map, Scalar, Struct

_ROWS_AT_ONCE = 1_000
_LOCAL = fs.LocalFileSystem()


class UnfittingType(Exception):
    """A stored type of which a value may not become the declared one without a loss."""


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """A Parquet file on this machine."""

    path: Path
    schema: pa.Schema
    rows: int


def open_parquet(path: Path) -> ParquetFile:
    """The schema and number of rows of a file.

    Raises:
        pyarrow.ArrowException, OSError: it is no whole Parquet file.
    """
    # Imported where Parquet is opened: a lake of JSON does without the 20 MB that it takes. A
    # fragment tells in two thirds of the time what pq.ParquetFile does: it makes no index.
    from pyarrow import dataset

    file = dataset.ParquetFileFormat().make_fragment(str(path), filesystem=_LOCAL)
    return ParquetFile(path, file.physical_schema, file.metadata.num_rows)


def damage_of_parquet(path: Path) -> str | None:
    """Why a file cannot be read to its end, None where it can."""
    try:
        with pq.ParquetFile(path) as file:
            for _ in file.iter_batches():
                pass
    except (pa.ArrowException, OSError) as error:
        return first_line(error)
    return None


def told_apart(file: ParquetFile, found: Sequence[Source]) -> Sequence[Source]:
    """Of the sources that a file may belong to by its columns the one that alone fits every row.

    All of them if there is none, or if they are not several.

    Raises:
        pyarrow.ArrowException, OSError: the columns that tell them apart cannot be read.
    """
    if len(found) < 2:
        return found
    told = telling_columns(found)
    names = [name for name in file.schema.names if name.lower() in told]
    fitting = [(source, recogniser([source])) for source in found]
    with pq.ParquetFile(file.path) as stored:
        for batch in stored.iter_batches(_ROWS_AT_ONCE, columns=names):
            for row in batch.to_pylist():
                record = {told[k.lower()]: item for k, item in row.items() if item is not None}
                fitting = [(source, fits) for source, fits in fitting if fits(record)]
    return [source for source, _ in fitting] if len(fitting) == 1 else found


def has_a_column(schema: pa.Schema, source: Source) -> bool:
    """Whether a schema has any column of a source."""
    names = {name.lower() for name in schema.names}
    return any(column.name in names for column in source.columns)


def selection(schema: pa.Schema, source: Source) -> str:
    """The SELECT list that makes the declared columns of the stored ones.

    A column or field that is missing is NULL, one that is not declared is left out.

    Raises:
        UnfittingType: a stored type that is read row by row.
    """
    stored = {name.lower(): (name, schema.field(name).type) for name in schema.names}
    if len(stored) < len(schema.names):
        raise UnfittingType
    columns: list[str] = []
    for column in source.columns:
        if column.name in stored:
            name, kind = stored[column.name]
            expression = _conform(identifier(name), kind, column.type, source.keys)
        else:
            expression = f"cast(null as {column.type.duckdb})"
        columns.append(f"{expression} as {identifier(column.name)}")
    return ", ".join(columns)


def read_rows(
    file: ParquetFile, source: Source, reader: RecordReader, hour: datetime | None
) -> Iterator[Row | Rejected]:
    """Every row of a file with the SerDe's rules; position is its number, from 0.

    A group of rows that cannot be read is one rejection that says how many they are.
    """
    declared = {column.name: column.type for column in source.columns}
    names = [name for name in file.schema.names if name.lower() in declared]
    types = {name: file.schema.field(name).type for name in names}
    position = 0
    with pq.ParquetFile(file.path) as stored:
        for index in range(stored.metadata.num_row_groups):
            rows = stored.metadata.row_group(index).num_rows
            done = 0
            try:
                for batch in stored.iter_batches(_ROWS_AT_ONCE, [index], columns=names):
                    for record in batch.to_pylist():
                        value = {
                            name: _as_json(
                                record[name], types[name], declared[name.lower()], source.keys
                            )
                            for name in names
                        }
                        yield reader.row(source, position + done, value, hour)
                        done += 1
            except (pa.ArrowException, OSError) as error:
                reason = f"not readable as Parquet: {first_line(error)}"
                yield Rejected(position + done, reason, "", records=rows - done)
            position += rows


def first_line(error: Exception) -> str:
    """What an exception says first."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _as_json(
    value: Any, kind: pa.DataType, declared: ColumnType | None, keys: Mapping[str, str]
) -> Any:
    """A stored value as JSON would spell it: maps as dictionaries, bytes as text.

    A struct in a map's place has the keys for which its fields stand, of those that are not NULL.
    """
    if value is None:
        return None
    if pa.types.is_map(kind):
        inner = declared.value if isinstance(declared, Map) else None
        return {
            str(_as_json(key, kind.key_type, None, keys)): _as_json(
                item, kind.item_type, inner, keys
            )
            for key, item in value
        }
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        inner = declared.element if isinstance(declared, Array) else None
        return [_as_json(item, kind.value_type, inner, keys) for item in value]
    if pa.types.is_struct(kind):
        if isinstance(declared, Map):
            return {
                keys.get(field.name, field.name): _as_json(
                    value[field.name], field.type, declared.value, keys
                )
                for field in kind
                if value.get(field.name) is not None
            }
        types = (
            {field.name: field.type for field in declared.fields}
            if isinstance(declared, Struct)
            else {}
        )
        return {
            field.name: _as_json(
                value.get(field.name), field.type, types.get(field.name.lower()), keys
            )
            for field in kind
        }
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value


def _conform(
    expression: str, stored: pa.DataType, declared: ColumnType, keys: Mapping[str, str]
) -> str:
    """An expression of the declared type from one of the stored type."""
    if pa.types.is_null(stored):
        return f"cast(null as {declared.duckdb})"
    if isinstance(declared, Struct):
        return _struct(expression, stored, declared, keys)
    if isinstance(declared, Array):
        if not (pa.types.is_list(stored) or pa.types.is_large_list(stored)):
            raise UnfittingType
        inner = _conform("element", stored.value_type, declared.element, keys)
        if inner == "element":
            return expression
        return f"list_transform({expression}, lambda element: {inner})"
    if isinstance(declared, Map):
        if pa.types.is_struct(stored):
            return _map_of_struct(expression, stored, declared, keys)
        if not pa.types.is_map(stored):
            raise UnfittingType
        if _conform("key", stored.key_type, declared.key, keys) != "key":
            raise UnfittingType
        if _conform("value", stored.item_type, declared.value, keys) != "value":
            raise UnfittingType
        return expression
    return _scalar(expression, stored, declared)


def _map_of_struct(
    expression: str, stored: pa.StructType, declared: Map, keys: Mapping[str, str]
) -> str:
    """A map of those fields that are not NULL, under the keys for which they stand."""
    if declared.key != Scalar("string"):
        raise UnfittingType
    entries = []
    for field in stored:
        value = _conform(
            f"({expression}).{identifier(field.name)}", field.type, declared.value, keys
        )
        entries.append(f"{{'key': {text(keys.get(field.name, field.name))}, 'value': {value}}}")
    present = f"list_filter([{', '.join(entries)}], lambda entry: entry.value is not null)"
    return f"case when {expression} is not null then map_from_entries({present}) end"


def _struct(expression: str, stored: pa.DataType, declared: Struct, keys: Mapping[str, str]) -> str:
    if not pa.types.is_struct(stored):
        raise UnfittingType
    fields: dict[str, pa.Field] = {field.name.lower(): field for field in stored}
    if len(fields) < stored.num_fields:
        raise UnfittingType
    wanted = [field.name for field in declared.fields]
    if not set(wanted) & set(fields):
        return f"cast(null as {declared.duckdb})"
    parts: dict[str, str] = {}
    is_same = [field.name for field in stored] == wanted
    for field in declared.fields:
        found = fields.get(field.name)
        if found is None:
            parts[field.name] = f"cast(null as {field.type.duckdb})"
            continue
        access = f"({expression}).{identifier(found.name)}"
        parts[field.name] = _conform(access, found.type, field.type, keys)
        is_same = is_same and parts[field.name] == access
    if is_same:
        return expression
    packed = ", ".join(f"{identifier(name)} := {part}" for name, part in parts.items())
    return f"case when {expression} is not null then struct_pack({packed}) end"


def _scalar(expression: str, stored: pa.DataType, declared: Scalar) -> str:
    if pa.types.is_dictionary(stored):
        stored = stored.value_type
    if any(is_exact(stored) for is_exact in _EXACT[declared.name]):
        return expression
    if any(is_wider(stored) for is_wider in _WIDENED[declared.name]):
        return f"cast({expression} as {declared.duckdb})"
    if declared.name == "timestamp" and pa.types.is_timestamp(stored):
        # Trino cuts every unit to milliseconds.
        plain = f"{expression} at time zone 'UTC'" if stored.tz else expression
        return f"cast(date_trunc('milliseconds', {plain}) as timestamp)"
    raise UnfittingType


_EXACT: Mapping[str, tuple[Any, ...]] = {
    "string": (pa.types.is_string, pa.types.is_large_string),
    "boolean": (pa.types.is_boolean,),
    "int": (pa.types.is_int32,),
    "bigint": (pa.types.is_int64,),
    "double": (pa.types.is_float64,),
    "date": (pa.types.is_date32,),
    "timestamp": (),
}
_WIDENED: Mapping[str, tuple[Any, ...]] = {
    "string": (pa.types.is_integer,),
    "boolean": (),
    "int": (pa.types.is_int8, pa.types.is_int16, pa.types.is_uint8, pa.types.is_uint16),
    "bigint": (
        pa.types.is_int8,
        pa.types.is_int16,
        pa.types.is_int32,
        pa.types.is_uint8,
        pa.types.is_uint16,
        pa.types.is_uint32,
    ),
    "double": (
        pa.types.is_float32,
        pa.types.is_int8,
        pa.types.is_int16,
        pa.types.is_int32,
        pa.types.is_uint8,
        pa.types.is_uint16,
        pa.types.is_uint32,
    ),
    "date": (),
    "timestamp": (),
}
"""Stored types of which each value becomes the declared type without a loss."""
