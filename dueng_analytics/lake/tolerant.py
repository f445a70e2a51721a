"""Files read record by record, with the SerDe's rules: nothing readable is lost."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from dueng_analytics.lake.arrival import hour_of_record
from dueng_analytics.lake.documents import Damage, Document, read_documents
from dueng_analytics.lake.json_text import has_colliding_keys, parse_json
from dueng_analytics.lake.local_files import TextFile
from dueng_analytics.lake.recognition import recogniser
from dueng_analytics.lake.serde import Lost, record_decoder
from dueng_analytics.model.definitions import Source

_ERROR_KEYS = frozenset({"rawdata", "errorcode"})


@dataclass(frozen=True, slots=True)
class Row:
    """A record as its source declares it, with its partition hour."""

    source: Source
    position: int
    values: Mapping[str, Any]
    """By column; maps as dictionaries."""
    hour_is_known: bool
    size: int
    """Characters of its JSON text, as far as there is one."""
    deviations: Lost


@dataclass(frozen=True, slots=True)
class Rejected:
    """Records that no relation can hold."""

    position: int
    reason: str
    raw: str
    is_unknown_shape: bool = False
    records: int = 1


@dataclass(frozen=True, slots=True)
class Rules:
    """How the records of some files are read.

    Attributes:
        sources: names of those that a record may belong to.
        family_is_given: whether the person said what the records are: then a record without the
            keys that tell its source still belongs to the family's only one.
        are_errors: whether the files lie in a folder of errors: then nothing in them is a row.
    """

    sources: tuple[str, ...]
    family_is_given: bool = False
    are_errors: bool = False


class RecordReader:
    """Reads records of some sources; what their declarations ask for is worked out once."""

    def __init__(self, rules: Rules, sources: Sequence[Source]) -> None:
        self.rules = rules
        self.sources = tuple(sources)
        self.only = sources[0] if rules.family_is_given and len(sources) == 1 else None
        self._source_of = recogniser(sources)
        self._decoders = {
            source.qualified_name: record_decoder(
                {column.name: column.type for column in source.columns},
                wire_keys(source),
                as_map=dict,
            )
            for source in sources
        }

    def read(self, parts: Sequence[TextFile], hour: datetime | None) -> Iterator[Row | Rejected]:
        """Every record of a JSON text as a row, or as what was rejected and why.

        Args:
            parts: pieces of one file that follow one another, at least one.
            hour: of the file's path; without one a record lies in the hour of its own time.
        """
        # Nothing here holds a document while its row is written: it may be a large one.
        return map(partial(self._read, hour=hour), read_documents(parts, self._is_record))

    def row(self, source: Source, position: int, value: Any, hour: datetime | None) -> Row:
        """A record, as JSON spells it, as a row of a source."""
        return self._row(source, Document(position, value, "", 0, 0), hour)

    def _is_record(self, value: Any) -> bool:
        return self._source_of(value) is not None

    def _read(self, found: Document | Damage, hour: datetime | None) -> Row | Rejected:
        if isinstance(found, Damage):
            return Rejected(found.position, found.reason, found.raw)
        value = found.value
        source = self._source_of(value)
        if source is None and found.size and has_colliding_keys(value):
            # of such keys the last one counts, and a dictionary does not tell which that is
            source = self._source_of(parse_json(found.raw))
        if source is None and isinstance(value, dict) and _is_undelivered(value):
            return _undelivered(found, value)
        if self.rules.are_errors:
            return Rejected(found.position, "lies in a folder of errors", found.raw)
        if source is None and self.only is not None and _has_a_column(value, self.only):
            source = self.only
        if source is None:
            what = (
                "no source has records with these keys"
                if isinstance(value, dict)
                else f"{_kind(value)}, not an object"
            )
            return Rejected(found.position, f"unknown shape: {what}", found.raw, True)
        return self._row(source, found, hour)

    def _row(self, source: Source, found: Document, hour: datetime | None) -> Row:
        decode = self._decoders[source.qualified_name]
        lost = Lost()
        values = decode(found.value, lost)
        if lost.keys_collide and found.size:
            lost = Lost()
            values = decode(parse_json(found.raw), lost)
        if source.partition_column is not None:
            own = hour if hour is not None else hour_of_record(source, values)
            values[source.partition_column] = own
        return Row(source, found.position, values, hour is not None, found.size, lost)


def wire_keys(source: Source) -> dict[str, str]:
    """The key on the wire of each column, and of each field that the source maps."""
    return {**{column.name: column.wire_name for column in source.columns}, **source.mappings}


def _has_a_column(value: Any, source: Source) -> bool:
    if isinstance(value, list):
        return bool(value)
    keys = {key.lower() for key in value} if isinstance(value, dict) else set()
    return any(wire.lower() in keys for wire in wire_keys(source).values())


def _is_undelivered(value: Mapping[str, Any]) -> bool:
    return {key.lower() for key in value} >= _ERROR_KEYS


def _undelivered(found: Document, value: Mapping[str, Any]) -> Rejected:
    """A record that Firehose could not deliver: what it had got, and its own reason."""
    folded = {key.lower(): item for key, item in value.items()}
    code, message = folded.get("errorcode"), folded.get("errormessage")
    try:
        raw = base64.b64decode(str(folded["rawdata"]), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        raw = found.raw
    reason = f"not delivered by Firehose: {code}" + (f": {message}" if message else "")
    return Rejected(found.position, reason, raw)


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return "an array"
    return "null" if value is None else f"the value {json.dumps(value, default=str)[:40]}"
