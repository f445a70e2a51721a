"""Files whose every record has the declared shape, read by DuckDB's own typed reader.

A census tells them apart: DuckDB groups the structure of each file's records, and a file is typed
only if nothing in it could be read otherwise than the SerDe's rules say. All others are read
record by record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import EngineError
from dueng_analytics.lake.arrival import hour_column, hour_of_file_sql, hour_sql, within_sql
from dueng_analytics.lake.literals import identifier, json_step, text, texts, timestamps
from dueng_analytics.lake.recognition import RecognitionSql, spellings
from dueng_analytics.lake.spool import COPY_OPTIONS, LARGEST_LINE_BYTES
from dueng_analytics.lake.window import Window
from dueng_analytics.model.definitions import Source
from dueng_analytics.model.types import Array, ColumnType, Map, Scalar, Struct


@dataclass(frozen=True, slots=True)
class WholeFile:
    """What a file is whose records are all of one source and of the declared shape."""

    source: Source
    unknown: frozenset[str]
    """Places of fields that are not declared, lower-cased."""


_LEAVES: Mapping[str, frozenset[str]] = {
    "string": frozenset({"VARCHAR", "BOOLEAN", "UBIGINT", "BIGINT"}),
    "boolean": frozenset({"BOOLEAN"}),
    "int": frozenset({"UBIGINT", "BIGINT"}),
    "bigint": frozenset({"UBIGINT", "BIGINT"}),
    "double": frozenset({"DOUBLE", "UBIGINT", "BIGINT"}),
    "date": frozenset(),
    "timestamp": frozenset(),
}
"""The JSON types that DuckDB reads as a declared type exactly as the SerDe does. Integers that are
too large make it refuse the file."""


def typed_sources(sources: Iterable[Source]) -> list[Source]:
    """The sources whose records can be typed: told by their keys, no key but for case renamed."""
    return [
        source
        for source in sources
        if source.recognition is not None
        and not source.mappings
        and all(
            column.wire_name.lower() == column.name and not _has_upper_case_in_map(column.type)
            for column in source.columns
        )
    ]


def sources_of_whole_files(
    engine: DuckDBEngine, files: Sequence[Path], sources: Sequence[Source]
) -> dict[Path, WholeFile]:
    """Every file whose records are all of one source and all of the declared shape.

    Args:
        files: uncompressed.
        sources: those that a record may belong to; only :func:`typed_sources` are found.
    """
    typed = typed_sources(sources)
    if not files or not typed:
        return {}
    places = _ambiguous_places(typed)
    recognition = RecognitionSql(sources)
    figures = [
        "min(source) as first_source",
        "max(source) as last_source",
        "count(source) as recognised",
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
            select *, {recognition.number} as source
            from (
                select
                    filename, json, {recognition.keys} as told,
                    json_type(json, {texts(places)}) as kinds
                from read_ndjson_objects(
                    {texts(files)}, filename = true, ignore_errors = true,
                    compression = 'uncompressed', maximum_object_size = {LARGEST_LINE_BYTES}
                )
            )
        )
        group by filename
    """
    try:
        rows = engine.run(sql).to_pylist()
    except EngineError:
        return _by_halves(engine, files, sources)
    known = spellings(sources)
    found: dict[Path, WholeFile] = {}
    for row in rows:
        structure = _structure(row["structure"])
        if not isinstance(structure, dict) or not _is_telling(structure, known):
            continue
        is_whole = row["lines"] == row["records"] == row["recognised"]
        if not is_whole or row["first_source"] != row["last_source"]:
            continue
        source = sources[row["first_source"]]
        objects = frozenset(place for index, place in enumerate(places) if row[f"place_{index}"])
        if source in typed and _fits(structure, source, objects):
            unknown = frozenset(_unknown_fields(structure, source))
            found[Path(row["filename"])] = WholeFile(source, unknown)
    return found


def stage_typed(
    engine: DuckDBEngine,
    files: Sequence[Path],
    source: Source,
    hours: Sequence[datetime] | None,
    window: Window | None,
    target: Path,
) -> int | None:
    """The number of records written to a Parquet file, or None where DuckDB refused one.

    Args:
        files: uncompressed.
        hours: of each file, in the same order; without them a record tells its own, and those
            outside the window are left out.
    """
    columns = ", ".join(
        f"{_folded(f'records.{identifier(column.wire_name)}', column.type)}"
        f" as {identifier(column.name)}"
        for column in source.columns
    )
    hour = hour_sql(source) if hours is None else hour_of_file_sql(timestamps(hours))
    partition = hour_column(source, hour)
    sql = f"""
        copy (
            select * exclude (file_index){partition}
            from (
                select {columns}, file_index
                from read_json(
                    {texts(files)}, columns = {_wire_columns(source)},
                    format = 'newline_delimited', compression = 'uncompressed',
                    maximum_object_size = {LARGEST_LINE_BYTES}
                ) as records
            )
            where {"true" if hours is not None else within_sql(hour_sql(source), window)}
        ) to {text(target)} ({COPY_OPTIONS})
    """
    try:
        return int(engine.run(sql).column(0)[0].as_py())
    except EngineError:
        target.unlink(missing_ok=True)
        return None


def _structure(text: str | None) -> Any:
    try:
        return json.loads(text or "null")
    except RecursionError:
        return None


def _by_halves(
    engine: DuckDBEngine, files: Sequence[Path], sources: Sequence[Source]
) -> dict[Path, WholeFile]:
    """The census of files of which one cannot be read at all: it spoils no other's."""
    if len(files) == 1:
        return {}
    middle = len(files) // 2
    return {
        **sources_of_whole_files(engine, files[:middle], sources),
        **sources_of_whole_files(engine, files[middle:], sources),
    }


def _is_telling(structure: Mapping[str, Any], known: Mapping[str, Sequence[str]]) -> bool:
    """Whether keys that tell sources apart are spelled as some source spells them."""
    return all(key in known.get(key.lower(), (key,)) for key in structure)


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
                collect(f"{prefix}.{json_step(field.wire)}", field.type)

    for source in sources:
        for column in source.columns:
            collect(f"$.{json_step(column.wire_name)}", column.type)
    return list(places) or ["$"]


def _unknown_fields(structure: Mapping[str, Any], source: Source) -> Iterator[str]:
    """The places of a fitting structure that are not declared, lower-cased."""
    declared = {column.wire_name: column.type for column in source.columns}
    return _unknown_in_struct(structure, declared, "")


def _unknown_in_struct(
    structure: Mapping[str, Any], declared: Mapping[str, ColumnType], prefix: str
) -> Iterator[str]:
    for key, found in structure.items():
        place = f"{prefix}{key.lower()}"
        if key not in declared:
            yield place
        else:
            yield from _unknown_in_value(found, declared[key], place)


def _unknown_in_value(found: Any, kind: ColumnType, place: str) -> Iterator[str]:
    if isinstance(kind, Struct) and isinstance(found, Mapping):
        fields = {field.wire: field.type for field in kind.fields}
        yield from _unknown_in_struct(found, fields, f"{place}.")
    elif isinstance(kind, Array) and isinstance(found, list):
        for item in found:
            yield from _unknown_in_value(item, kind.element, f"{place}[]")
    elif isinstance(kind, Map) and isinstance(found, Mapping):
        for item in found.values():
            yield from _unknown_in_value(item, kind.value, f"{place}[]")


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
            if not _type_fits(found, declared[key], f"{place}.{json_step(key)}", objects):
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


def _wire_columns(source: Source) -> str:
    columns = (
        f"{text(column.wire_name)}: {text(_wire_type(column.type))}" for column in source.columns
    )
    return "{" + ", ".join(columns) + "}"


def _wire_type(kind: ColumnType) -> str:
    """A type in DuckDB's terms, fields in the spelling that records have."""
    if isinstance(kind, Array):
        return f"{_wire_type(kind.element)}[]"
    if isinstance(kind, Map):
        return f"MAP({_wire_type(kind.key)}, {_wire_type(kind.value)})"
    if isinstance(kind, Struct):
        fields = ", ".join(f"{identifier(f.wire)} {_wire_type(f.type)}" for f in kind.fields)
        return f"STRUCT({fields})"
    return kind.duckdb


def _folded(expression: str, kind: ColumnType) -> str:
    """A value whose fields have the spelling of records, with the lower-cased names of views."""
    if isinstance(kind, Array):
        inner = _folded("element", kind.element)
        if inner == "element":
            return expression
        return f"list_transform({expression}, lambda element: {inner})"
    if not isinstance(kind, Struct):
        return expression
    accesses = [f"({expression}).{identifier(field.wire)}" for field in kind.fields]
    parts = [
        _folded(access, field.type) for access, field in zip(accesses, kind.fields, strict=True)
    ]
    if parts == accesses and all(field.wire == field.name for field in kind.fields):
        return expression
    packed = ", ".join(
        f"{identifier(field.name)} := {part}"
        for part, field in zip(parts, kind.fields, strict=True)
    )
    return f"case when {expression} is not null then struct_pack({packed}) end"


def _has_upper_case_in_map(kind: ColumnType) -> bool:
    """Whether fields inside a map's values have upper case, which is not folded in SQL here."""
    if isinstance(kind, Map):
        return _folded("value", kind.value) != "value" or _has_upper_case_in_map(kind.value)
    if isinstance(kind, Array):
        return _has_upper_case_in_map(kind.element)
    return isinstance(kind, Struct) and any(_has_upper_case_in_map(f.type) for f in kind.fields)
