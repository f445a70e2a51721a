"""What a copy of an event lake is: its folders, the list of what each hour was made of.

A copy holds sorted Parquet files by source and hour, and beside them a hidden folder with one
manifest for each hour. Only what a manifest names belongs to the copy: a manifest is put in place
in one step after all that it names, so a copy is whole at every moment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from dueng_analytics.errors import UnreadableLake
from dueng_analytics.model.definitions import Source

FOLDER = "_dueng_copy"
"""Hidden from the lake reader, Athena, Trino and Glue, as every name that begins so is."""
MARKER = f"{FOLDER}/copy.json"
HOURS = f"{FOLDER}/hours"
PART = "part-"
"""What the name of a file of an hour's own objects begins with."""
LOOSE = "loose-"
"""What the name of a file begins with whose records came from objects under no hour."""
QUARANTINE, DEVIATIONS = "lake.quarantine", "lake.deviations"

ALTERED = "it was altered"
_FORMAT = 1
_RULES = 1
"""Raised where a record becomes another row than before: then every hour is written anew."""
NO_HOUR = "no-hour"


@dataclass(frozen=True, slots=True)
class CopiedObject:
    """An object of the original as it was when it was copied."""

    identity: str
    bytes: int
    version: str | None
    """ETag on S3, time of the last change in nanoseconds on disk."""
    family: str | None
    """What the person said that its records are."""


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A Parquet file of a copy."""

    relation: str
    """Qualified name of the source; or ``QUARANTINE``, or ``DEVIATIONS``."""
    path: str
    """Below the copy's own folder."""
    hour: datetime | None
    rows: int
    bytes: int
    sha256: str
    shape: str
    """Of files of one relation the same where their columns and types are."""
    version: str | None = None
    """Its ETag on S3."""
    is_loose: bool = False
    """Whether its records came from files under no hour, and told their hour themselves."""

    @property
    def is_aside(self) -> bool:
        """Whether it holds what became no row, or values that read as NULL."""
        return self.relation in (QUARANTINE, DEVIATIONS)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one hour of a copy consists of, and what was found when it was read.

    ``hour`` is None for the files that lie under no hour: they are copied as one.
    """

    hour: datetime | None
    declarations: str
    objects: tuple[CopiedObject, ...]
    files: tuple[CopiedFile, ...]
    quarantined: int
    unknown_shapes: int
    values_lost: int
    unknown_fields: Mapping[str, tuple[str, ...]]
    """By source, qualified."""
    first_rejected: str | None

    @property
    def records(self) -> int:
        """The records that became rows."""
        return sum(file.rows for file in self.files if not file.is_aside)

    @property
    def path(self) -> str:
        """Where it lies below the copy's own folder."""
        return manifest_path(self.hour)


def manifest_path(hour: datetime | None) -> str:
    """The place of an hour's manifest."""
    return f"{HOURS}/{hour_folder(hour)}/manifest.json"


def hour_folder(hour: datetime | None) -> str:
    """The folders of an hour, as the projected layout names them."""
    return f"{hour:%Y/%m/%d/%H}" if hour is not None else NO_HOUR


def data_path(relation: str, hour: datetime | None, digest: str, *, is_loose: bool) -> str:
    """The place of a file: named by its content, so that no other content ever has its name.

    Records of files under no hour lie in the hour of their own arrival, apart from those of others.
    """
    kind = LOOSE if is_loose else PART
    return f"{data_folder(relation, hour)}/{kind}{digest[:20]}.parquet"


def data_folder(relation: str, hour: datetime | None) -> str:
    """Where the files of a relation lie that are named after an hour."""
    return f"{relation_folder(relation)}/{hour_folder(hour)}"


def relation_folder(relation: str) -> str:
    """Where all files of a relation lie."""
    family, _, name = relation.partition(".")
    return f"{FOLDER}/{name}" if family == "lake" else f"{family}/{name}"


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def damage_of_file(path: Path, file: CopiedFile) -> str | None:
    """What is wrong with a file that was copied, None where it is as it was written."""
    try:
        size = path.stat().st_size
        if size != file.bytes:
            return f"it has {size:,} bytes and had {file.bytes:,}"
        return None if digest_of(path) == file.sha256 else ALTERED
    except FileNotFoundError:
        return "it is gone"
    except OSError as error:
        return f"it cannot be read: {error.strerror}"


def declarations_of(sources: Sequence[Source]) -> str:
    """A fingerprint of all that decides which row a record becomes."""
    declared = [
        (
            source.qualified_name,
            [(column.name, column.type.glue, column.wire_name) for column in source.columns],
            source.recognition,
            sorted(source.mappings.items()),
            sorted(source.keys.items()),
            source.record_times,
            source.clocks.path_time_zone if source.clocks is not None else None,
        )
        for source in sorted(sources, key=lambda source: source.qualified_name)
    ]
    return digest_of_text(repr((_RULES, declared)))


def marker_text(origin: Sequence[str]) -> bytes:
    """The content of the file that makes a folder a copy of some event paths."""
    return (json.dumps({"format": _FORMAT, "origin": list(origin)}, indent=2) + "\n").encode()


def damaged_marker(where: str) -> UnreadableLake:
    """The error of a copy that does not say of what it is one."""
    return UnreadableLake(
        "the file that says of what this is a copy is damaged or gone",
        where=where,
        hint="`dueng lake sync` with the --events of which it is a copy writes it anew.",
    )


def read_marker(data: bytes, where: str) -> tuple[str, ...] | UnreadableLake:
    """The event paths that a copy is of; of a damaged marker the error.

    Raises:
        UnreadableLake: a later version of this package wrote it.
    """
    try:
        found = json.loads(data)
        version, origin = found["format"], tuple(map(str, found["origin"]))
    except (ValueError, KeyError, TypeError):
        return damaged_marker(where)
    if version != _FORMAT:
        raise UnreadableLake(
            f"the copy has the format {version}, and this version reads {_FORMAT}",
            where=where,
            hint="Read it with the version that made it, or sync into another folder.",
        )
    return origin


def manifest_text(manifest: Manifest) -> bytes:
    """A manifest as its file holds it."""
    body = asdict(manifest)
    text = _canonical(body)
    return (
        json.dumps({"sha256": digest_of_text(text), "manifest": json.loads(text)}) + "\n"
    ).encode()


def read_manifest(data: bytes, where: str) -> Manifest:
    """The manifest that a file holds.

    Raises:
        UnreadableLake: it is none, or was altered.
    """
    try:
        found = json.loads(data)
        body = found["manifest"]
        if digest_of_text(_canonical(body)) != found["sha256"]:
            raise ValueError("altered")
        return Manifest(
            **{
                **body,
                "hour": _moment(body["hour"]),
                "objects": tuple(CopiedObject(**entry) for entry in body["objects"]),
                "files": tuple(
                    CopiedFile(**{**entry, "hour": _moment(entry["hour"])})
                    for entry in body["files"]
                ),
                "unknown_fields": {
                    name: tuple(fields) for name, fields in body["unknown_fields"].items()
                },
            }
        )
    except (ValueError, KeyError, TypeError):
        raise damaged(where, "it is no whole manifest") from None


def damaged(where: str, reason: str) -> UnreadableLake:
    """The error of a copy of which a part is not as it was written."""
    return UnreadableLake(
        f"the copy is damaged here: {reason}",
        where=where,
        hint="`dueng lake sync` with the same --events and --to-dir writes the hour anew; if a sync"
        " has just run, repeat the command.",
    )


def _canonical(body: Mapping[str, Any]) -> str:
    return json.dumps(body, default=str, sort_keys=True, separators=(",", ":"))


def digest_of_text(text: str) -> str:
    """The SHA-256 of a text, in hexadecimal."""
    return sha256(text.encode("utf-8")).hexdigest()


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None
