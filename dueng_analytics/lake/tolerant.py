"""Files read record by record, with the SerDe's rules: nothing readable is lost."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dueng_analytics.lake.documents import Damage, Document, read_documents
from dueng_analytics.lake.serde import Coercion
from dueng_analytics.model.definitions import Source
from dueng_analytics.model.types import ColumnType

_ERROR_KEYS = {"rawData", "errorCode"}


@dataclass(frozen=True, slots=True)
class Row:
    """A record as its source declares it, with its partition hour."""

    source: Source
    values: Mapping[str, Any]
    hour_is_known: bool
    lost_values: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that no relation can hold."""

    position: int
    reason: str
    raw: str
    is_unknown_shape: bool = False


def recogniser(sources: Sequence[Source]) -> Callable[[Any], Source | None]:
    """A function that tells the source of a record by its keys, whatever their case."""
    rules = [
        (
            source,
            frozenset(key.lower() for key in source.recognition.all_of),
            frozenset(key.lower() for key in source.recognition.none_of),
        )
        for source in sources
        if source.recognition is not None
    ]

    def source_of(value: Any) -> Source | None:
        if not isinstance(value, dict):
            return None
        keys = {key.lower() for key in value}
        for source, all_of, none_of in rules:
            if all_of <= keys and not none_of & keys:
                return source
        return None

    return source_of


def read_tolerantly(
    path: Path, sources: Sequence[Source], hour: datetime | None, *, family_is_given: bool
) -> Iterator[Row | Rejected]:
    """Every record of a JSON file as a row, or as what was rejected and why.

    Args:
        sources: those that a record may belong to.
        hour: of the file's path; without one a record lies in the hour of its own time.
        family_is_given: whether the person said what the records are: then an object without the
            keys of any source still is a record of the family's only source.
    """
    source_of = recogniser(sources)
    only = sources[0] if family_is_given and len(sources) == 1 else None
    for found in read_documents(path, lambda value: source_of(value) is not None):
        if isinstance(found, Damage):
            yield Rejected(found.position, found.reason, found.raw)
            continue
        value = found.value
        if isinstance(value, dict) and value.keys() >= _ERROR_KEYS:
            yield _undelivered(found, value)
            continue
        source = source_of(value) or (only if isinstance(value, dict) and value else None)
        if source is None:
            reason = (
                "unknown shape: no source has records with these keys"
                if isinstance(value, dict)
                else f"unknown shape: {_kind(value)}, not an object"
            )
            yield Rejected(found.position, reason, found.raw, is_unknown_shape=True)
            continue
        yield _row(source, value, hour, len(found.raw))


def _row(source: Source, value: Mapping[str, Any], hour: datetime | None, size: int) -> Row:
    columns: dict[str, ColumnType] = {column.name: column.type for column in source.columns}
    mappings = {column.name: column.wire_name for column in source.columns}
    coercion = Coercion({**mappings, **source.mappings})
    values = coercion.record(value, columns)
    own_hour = hour if hour is not None else record_hour(source, value)
    if source.partition_column is not None:
        values[source.partition_column] = own_hour
    return Row(source, values, hour is not None, len(coercion.deviations), size)


def record_hour(source: Source, value: Mapping[str, Any]) -> datetime | None:
    """The UTC hour of a record's own arrival, from epoch milliseconds or ISO text."""
    if source.clocks is None:
        return None
    found: Any = value
    for key in source.clocks.record_time.split("."):
        if not isinstance(found, dict):
            return None
        found = {str(name).lower(): item for name, item in found.items()}.get(key.lower())
    try:
        if isinstance(found, str) and not found.isdigit():
            moment = datetime.fromisoformat(found)
            moment = moment if moment.tzinfo is None else moment.astimezone(UTC)
        else:
            moment = datetime.fromtimestamp(int(str(found)) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.replace(minute=0, second=0, microsecond=0, tzinfo=None)


def _undelivered(found: Document, value: Mapping[str, Any]) -> Rejected:
    """A record that Firehose could not deliver: what it had got, and its own reason."""
    code, message = value.get("errorCode"), value.get("errorMessage")
    try:
        raw = base64.b64decode(str(value["rawData"]), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        raw = found.raw
    reason = f"not delivered by Firehose: {code}" + (f": {message}" if message else "")
    return Rejected(found.position, reason, raw)


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return "an array"
    return "null" if value is None else f"the value {json.dumps(value, default=str)[:40]}"
