"""One hour of event files as the files of a copy: sorted, compressed Parquet by source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.lake.arrival import moment_sql
from dueng_analytics.lake.copies import (
    DEVIATIONS,
    QUARANTINE,
    CopiedFile,
    CopiedObject,
    Manifest,
    data_path,
    digest_of,
    digest_of_text,
)
from dueng_analytics.lake.literals import identifier, qualified, text, timestamp
from dueng_analytics.lake.loading import LoadedLake, load_lake
from dueng_analytics.lake.planning import LakeFile, LakePlan
from dueng_analytics.model.definitions import Source

_OPTIONS = "format parquet, compression zstd, row_group_size 50000"


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file of a copy before it is put in its place."""

    staged: Path
    file: CopiedFile


@dataclass(frozen=True, slots=True)
class StagedHour:
    """An hour whose files are written, and whose manifest says where each belongs."""

    manifest: Manifest
    files: tuple[StagedFile, ...]


def stage_hour(
    files: Sequence[LakeFile],
    sources: Sequence[Source],
    engine: DuckDBEngine,
    folder: Path,
    declarations: str,
    spill_folder: Path | None,
) -> StagedHour:
    """The files of one hour, or all that lie under no hour, as those of a copy in a folder.

    Every record becomes a row as it does where the files themselves are read; repeats stay.

    Raises:
        UnreadableLake: a file cannot be opened, or has changed or vanished; or no room to stage.
        EngineError: no room in the folder.
    """
    hour = files[0].hour
    lake = load_lake(LakePlan(tuple(files)), engine, sources, spill_folder=spill_folder)
    try:
        staged = tuple(_written(lake, sources, engine, folder, hour))
        first = engine.rows(
            "select file || ', position ' || position || ': ' || reason as first"
            " from lake.quarantine limit 1"
        )
    finally:
        lake.close()
    manifest = Manifest(
        hour=hour,
        declarations=declarations,
        objects=copied_objects(files),
        files=tuple(entry.file for entry in staged),
        quarantined=lake.quarantined,
        unknown_shapes=lake.unknown_shapes,
        values_lost=lake.values_lost,
        unknown_fields=lake.unknown_fields,
        first_rejected=first[0]["first"] if first else None,
    )
    return StagedHour(manifest, staged)


def copied_objects(files: Sequence[LakeFile]) -> tuple[CopiedObject, ...]:
    """The files of an hour as its manifest lists them, in order."""
    found = [
        CopiedObject(
            file.store.identity(file.file.path), file.bytes, file.file.version, file.family
        )
        for file in files
    ]
    return tuple(sorted(found, key=lambda entry: entry.identity))


def _written(
    lake: LoadedLake,
    sources: Sequence[Source],
    engine: DuckDBEngine,
    folder: Path,
    hour: datetime | None,
) -> Iterator[StagedFile]:
    for source in sources:
        if lake.records.get(source.qualified_name):
            yield from _of_source(source, engine, folder, hour)
    for relation, count in ((QUARANTINE, lake.quarantined), (DEVIATIONS, lake.values_lost)):
        if count:
            query = f"select * from {relation}"
            yield _file(engine, query, relation, folder, hour, is_loose=False)


def _of_source(
    source: Source, engine: DuckDBEngine, folder: Path, hour: datetime | None
) -> Iterator[StagedFile]:
    """The rows of a source: one file, or one for each hour that records told themselves."""
    name = source.qualified_name
    relation = qualified(source.family, source.name)
    order = _order(source)
    if source.partition_column is None:
        query = f"select * from {relation}{order}"
        yield _file(engine, query, name, folder, hour, is_loose=hour is None)
        return
    partition = identifier(source.partition_column)
    query = f"select * exclude ({partition}) from {relation}"
    if hour is not None:
        yield _file(engine, f"{query}{order}", name, folder, hour, is_loose=False)
        return
    told = engine.rows(f"select distinct {partition} as hour from {relation} order by all")
    for own in (row["hour"] for row in told):
        condition = f"= {timestamp(own)}" if own is not None else "is null"
        rows = f"{query} where {partition} {condition}{order}"
        yield _file(engine, rows, name, folder, own, is_loose=True)


def _order(source: Source) -> str:
    """What makes like follow like: the kind of event, then its time."""
    keys = [identifier(source.type_column)] if source.type_column is not None else []
    moment = moment_sql(source)
    keys += [moment] if moment is not None else []
    return f" order by {', '.join(keys)}" if keys else ""


def _file(
    engine: DuckDBEngine,
    query: str,
    relation: str,
    folder: Path,
    hour: datetime | None,
    *,
    is_loose: bool,
) -> StagedFile:
    staged = folder / uuid4().hex
    columns = engine.rows(f"describe {query}")
    shape = digest_of_text(repr([(row["column_name"], row["column_type"]) for row in columns]))
    [row] = engine.rows(f"copy ({query}) to {text(staged)} ({_OPTIONS})")
    digest = digest_of(staged)
    file = CopiedFile(
        relation=relation,
        path=data_path(relation, hour, digest, is_loose=is_loose),
        hour=hour,
        rows=int(row["Count"]),
        bytes=staged.stat().st_size,
        sha256=digest,
        shape=shape,
        is_loose=is_loose,
    )
    return StagedFile(staged, file)


def placed(staged: StagedHour, versions: Sequence[str | None]) -> Manifest:
    """The manifest of an hour whose files are in their places, with the ETag of each."""
    files = (
        replace(entry.file, version=version)
        for entry, version in zip(staged.files, versions, strict=True)
    )
    return replace(staged.manifest, files=tuple(files))
