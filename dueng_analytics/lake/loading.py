"""Planned files into relations of the local engine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from uuid import uuid4

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import BudgetExceeded, QuarantineError, UnreadableLake
from dueng_analytics.lake.copy_files import bring
from dueng_analytics.lake.literals import identifier, qualified
from dueng_analytics.lake.planning import LakeFile, LakePlan
from dueng_analytics.lake.staging import DEVIATIONS, QUARANTINE, Stage, source_columns
from dueng_analytics.model.definitions import Source

Progress = Callable[[int, int, int], None]
"""Called with the bytes read, the bytes planned and the files read."""

_BATCH_BYTES = 64_000_000
_BATCH_FILES = 500


@dataclass(slots=True)
class LoadedLake:
    """What was read, and the folder that holds what was staged until :meth:`close`."""

    files_read: int
    bytes_read: int
    hours: tuple[datetime, ...]
    records: dict[str, int]
    """By source, qualified."""
    quarantined: int
    unknown_shapes: int
    records_without_hour: int
    """Records whose hour is that of their own arrival, because no folder names one."""
    values_lost: int
    """Values that are there and read as NULL; ``lake.deviations`` lists them."""
    unknown_fields: dict[str, tuple[str, ...]]
    """By source, qualified: fields of its records that it does not declare, so that no column holds
    them; in the order of their names."""
    empty_families: tuple[str, ...]
    folder: Path = field(repr=False)

    def close(self) -> None:
        """Remove what was staged; the relations cannot be read afterwards."""
        try:
            shutil.rmtree(self.folder, ignore_errors=True)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)  # an interrupt leaves nothing behind
            raise


def load_lake(
    plan: LakePlan,
    engine: DuckDBEngine,
    sources: Sequence[Source],
    *,
    strict: bool = False,
    max_bytes: int | None = None,
    progress: Progress | None = None,
    spill_folder: Path | None = None,
) -> LoadedLake:
    """Every source as a relation of the engine, ``lake.quarantine`` and ``lake.deviations``.

    A source without a record is an empty relation of its declared columns. Whatever stops the
    loading, an interrupt included, what was staged until then is removed.

    Raises:
        BudgetExceeded: the plan holds more than ``max_bytes``.
        QuarantineError: a record cannot be read, and ``strict`` asks for none.
        UnreadableLake: a file cannot be opened, or vanished, or the disk is full.
    """
    if max_bytes is not None and plan.bytes > max_bytes:
        raise BudgetExceeded(
            f"{plan.bytes / 1e9:,.1f} GB of event files would be read, more than the"
            f" {max_bytes / 1e9:,.1f} GB allowed",
            hint="Read fewer hours with --from and --to, or allow more with --max-bytes.",
        )
    # Its name is known before it is made: an interrupt may come at any moment.
    parent = spill_folder or Path(tempfile.gettempdir())
    folder = parent / f"dueng-lake-{uuid4().hex}"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        return _load(plan, engine, sources, folder, strict, progress)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise _no_room(spill_folder, error) from None
        raise


def _no_room(spill_folder: Path | None, error: OSError) -> UnreadableLake:
    return UnreadableLake(
        f"nothing can be staged in {spill_folder or tempfile.gettempdir()}: {error.strerror}",
        hint="Choose a folder with room: --spill-folder.",
    )


def _load(
    plan: LakePlan,
    engine: DuckDBEngine,
    sources: Sequence[Source],
    folder: Path,
    strict: bool,
    progress: Progress | None,
) -> LoadedLake:
    done_bytes = done_files = 0
    with Stage(engine, sources, folder, plan.window) as stage:
        for number, batch in enumerate(_batches(plan.files)):
            incoming = folder / f"incoming-{number:06}"
            incoming.mkdir()
            paths = bring(batch, incoming)
            for file, path in zip(batch, paths, strict=True):
                stage.add(file, path)
            done_bytes += sum(file.bytes for file in batch)
            done_files += len(batch)
            if progress is not None:
                progress(done_bytes, plan.bytes, done_files)
        for manifest in plan.manifests:
            stage.counts.add(manifest)
        stage.finish()
        counts = stage.counts
        if strict and counts.quarantined:
            raise QuarantineError(
                f"{counts.quarantined:,} record{'s' if counts.quarantined != 1 else ''}"
                f" cannot be read, the first in {counts.first_rejected}",
                hint="Without --strict they are put aside and counted; `dueng quarantine` lists"
                " them.",
            )
        for source in sources:
            body = stage.relation(source.qualified_name, source_columns(source))
            _create(engine, source.family, source.name, body)
        for name, columns in (("quarantine", QUARANTINE), ("deviations", DEVIATIONS)):
            _create(engine, "lake", name, stage.relation(name, columns))
    families = {source.family for source in sources}
    present = {name.partition(".")[0] for name, count in counts.records.items() if count}
    return LoadedLake(
        files_read=len(plan.files),
        bytes_read=plan.bytes,
        hours=_hours(plan, engine, sources) if counts.without_hour else _hours_of_files(plan),
        records=dict(counts.records),
        quarantined=counts.quarantined,
        unknown_shapes=counts.unknown_shapes,
        records_without_hour=counts.without_hour,
        values_lost=counts.values_lost,
        unknown_fields={
            name: tuple(sorted(fields))
            for name, fields in sorted(counts.unknown_fields.items())
            if fields
        },
        empty_families=tuple(sorted(families - present)),
        folder=folder,
    )


def _create(engine: DuckDBEngine, family: str, name: str, body: str) -> None:
    engine.execute(f"create schema if not exists {identifier(family)}")
    engine.execute(f"create or replace view {qualified(family, name)} as {body}")


def _hours_of_files(plan: LakePlan) -> tuple[datetime, ...]:
    files = {file.hour for file in plan.files} | {manifest.hour for manifest in plan.manifests}
    return tuple(sorted(hour for hour in files if hour is not None))


def _hours(plan: LakePlan, engine: DuckDBEngine, sources: Sequence[Source]) -> tuple[datetime, ...]:
    """The hours of files, and those that records without one told of themselves."""
    hours = set(_hours_of_files(plan))
    for source in sources:
        column = identifier(str(source.partition_column))
        if source.partition_column is not None:
            relation = qualified(source.family, source.name)
            rows = engine.run(f"select distinct {column} as hour from {relation}")
            hours.update(hour for hour in rows.column(0).to_pylist() if hour is not None)
    return tuple(sorted(hours))


def _batches(files: Sequence[LakeFile]) -> Iterator[list[LakeFile]]:
    """Files of one store in portions that bound what is on disk and in memory at a time."""
    for _, of_store in groupby(files, key=lambda file: id(file.store)):
        batch: list[LakeFile] = []
        size = 0
        for file in of_store:
            if batch and (size + file.bytes > _BATCH_BYTES or len(batch) >= _BATCH_FILES):
                yield batch
                batch, size = [], 0
            batch.append(file)
            size += file.bytes
        yield batch
