"""Files whose every record has the declared shape, read by DuckDB's own typed reader.

A census tells them apart: DuckDB groups the structure of each file's records, and a file is typed
only if nothing in it could be read otherwise than the SerDe's rules say. All others are read
record by record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import EngineError
from dueng_analytics.model.definitions import Source
from dueng_analytics.model.types import Array, ColumnType, Map, Scalar, Struct

_LEAVES: Mapping[str, frozenset[str]] = {
    "string": frozenset({"VARCHAR", "BOOLEAN", "UBIGINT", "BIGINT"}),
    "boolean": frozenset({"BOOLEAN"}),
    "int": frozenset(),
    "bigint": frozenset({"UBIGINT", "BIGINT"}),
    "double": frozenset({"DOUBLE", "UBIGINT", "BIGINT"}),
    "date": frozenset(),
    "timestamp": frozenset(),
}
"""The JSON types that DuckDB casts to a declared type exactly as the SerDe does."""


@dataclass(frozen=True, slots=True)
class JsonFile:
    """A JSON file on this machine, with the hour of its path."""

    path: Path
    is_gzip: bool
    hour: datetime | None


def sources_of_whole_files(
    engine: DuckDBEngine,
    files: Sequence[JsonFile],
    sources: Sequence[Source],
    largest_document_bytes: int,
) -> dict[Path, Source]:
    """The source of every file whose records are all of it and all of the declared shape.

    Args:
        files: all of one compression.
        sources: those that a record may belong to, each with its recognition.
    """
    known = [source for source in sources if source.recognition is not None and not source.mappings]
    places = _ambiguous_places(known)
    figures = [
        *(
            f"count(*) filter (where {_is_of(source)}) as source_{index}"
            for index, source in enumerate(known)
        ),
        *(
            f"bool_and(coalesce(kinds[{index + 1}] in ('OBJECT', 'NULL'), true)) as place_{index}"
            for index in range(len(places))
        ),
    ]
    sql = f"""
        select
            filename,
            count(*) as lines,
            count(*) filter (where json_type(json) = 'OBJECT') as records,
            cast(json_group_structure(json) as varchar) as structure,
            {", ".join(figures)}
        from (
            select filename, json, json_type(json, {_list(places)}) as kinds
            from read_ndjson_objects(
                {_list(file.path for file in files)}, filename = true, ignore_errors = true,
                compression = '{_compression(files)}',
                maximum_object_size = {largest_document_bytes}
            )
        )
        group by filename
    """
    try:
        rows = engine.run(sql).to_pylist()
    except EngineError:
        return {}  # a file that DuckDB cannot open at all: each is looked at on its own
    found: dict[Path, Source] = {}
    for row in rows:
        structure = json.loads(row["structure"] or "null")
        objects = frozenset(place for index, place in enumerate(places) if row[f"place_{index}"])
        for index, source in enumerate(known):
            is_whole = row["lines"] == row["records"] == row[f"source_{index}"]
            if is_whole and isinstance(structure, dict) and _fits(structure, source, objects):
                found[Path(row["filename"])] = source
    return found


def _is_of(source: Source) -> str:
    """Whether a record has all keys of a source and none of another's."""
    assert source.recognition is not None
    keys = [*source.recognition.all_of, *source.recognition.none_of]
    wanted = [True] * len(source.recognition.all_of) + [False] * len(source.recognition.none_of)
    paths = _list(f"$.{_quoted(key)}" for key in keys)
    return f"json_exists(json, {paths}) = [{', '.join(str(flag).lower() for flag in wanted)}]"


def _ambiguous_places(sources: Sequence[Source]) -> list[str]:
    """Places of structs and maps outside lists, where a structure may read JSON.

    The grouped structure of an empty object is the same as that of mixed types.
    """
    places: dict[str, None] = {}

    def collect(prefix: str, kind: ColumnType) -> None:
        if isinstance(kind, (Map, Struct)):
            places[prefix] = None
        if isinstance(kind, Struct):
            for field in kind.fields:
                collect(f"{prefix}.{_quoted(field.wire)}", field.type)

    for source in sources:
        for column in source.columns:
            collect(f"$.{_quoted(column.wire_name)}", column.type)
    return list(places) or ["$"]


def stage_typed(
    engine: DuckDBEngine,
    files: Sequence[JsonFile],
    source: Source,
    target: Path,
    largest_document_bytes: int,
) -> int | None:
    """The number of records written to a Parquet file, or None where DuckDB refused one.

    All files have the same compression and an hour.
    """
    columns = ", ".join(
        f"{_text(column.wire_name)}: {_text(_wire_type(column.type))}" for column in source.columns
    )
    selected = ", ".join(
        f'cast(records."{column.wire_name}" as {column.type.duckdb}) as "{column.name}"'
        for column in source.columns
    )
    hours = ", ".join(
        f"({_text(str(file.path))}, timestamp '{file.hour:%Y-%m-%d %H:00:00}')" for file in files
    )
    sql = f"""
        copy (
            select {selected}, hours.hour as "{source.partition_column}"
            from read_json(
                {_list(file.path for file in files)}, columns = {{{columns}}},
                format = 'newline_delimited', filename = true,
                compression = '{_compression(files)}',
                maximum_object_size = {largest_document_bytes}
            ) as records
            join (values {hours}) as hours (path, hour) on records.filename = hours.path
        ) to {_text(str(target))} (format parquet, compression lz4_raw, row_group_size 50000)
    """
    try:
        return int(engine.run(sql).column(0)[0].as_py())
    except EngineError:
        target.unlink(missing_ok=True)
        return None


def _fits(structure: Mapping[str, Any], source: Source, objects: frozenset[str]) -> bool:
    declared = {column.wire_name: column.type for column in source.columns}
    return _struct_fits(structure, declared, "$", objects)


def _struct_fits(
    structure: Mapping[str, Any],
    declared: Mapping[str, ColumnType],
    place: str,
    objects: frozenset[str],
) -> bool:
    """Whether declared keys are spelled as declared and hold what the declared types read."""
    folded = {key.lower(): key for key in declared}
    for key, found in structure.items():
        if key in declared:
            if not _type_fits(found, declared[key], f"{place}.{_quoted(key)}", objects):
                return False
        elif key.lower() in folded:
            return False
    return True


def _type_fits(found: Any, kind: ColumnType, place: str, objects: frozenset[str]) -> bool:
    if found == "NULL":
        return True
    if isinstance(kind, Scalar):
        return isinstance(found, str) and found in _LEAVES[kind.name]
    if isinstance(kind, Array):
        inside = f"{place}[]"
        return isinstance(found, list) and all(
            _type_fits(item, kind.element, inside, objects) for item in found
        )
    if found == "JSON":
        return place in objects
    if isinstance(kind, Map):
        if not isinstance(found, dict):
            return False
        distinct = {key.lower() for key in found}
        return len(distinct) == len(found) and all(
            _type_fits(item, kind.value, f"{place}[]", objects) for item in found.values()
        )
    assert isinstance(kind, Struct)
    fields = {field.wire: field.type for field in kind.fields}
    return isinstance(found, dict) and _struct_fits(found, fields, place, objects)


def _wire_type(kind: ColumnType) -> str:
    """A type in DuckDB's terms, fields in the spelling that records have."""
    if isinstance(kind, Array):
        return f"{_wire_type(kind.element)}[]"
    if isinstance(kind, Map):
        return f"MAP({_wire_type(kind.key)}, {_wire_type(kind.value)})"
    if isinstance(kind, Struct):
        fields = ", ".join(f'"{field.wire}" {_wire_type(field.type)}' for field in kind.fields)
        return f"STRUCT({fields})"
    return kind.duckdb


def _compression(files: Sequence[JsonFile]) -> str:
    return "gzip" if files[0].is_gzip else "uncompressed"


def _list(texts: Iterable[object]) -> str:
    return "[" + ", ".join(_text(str(text)) for text in texts) + "]"


def _quoted(key: str) -> str:
    return '"' + key.replace('"', '\\"') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
