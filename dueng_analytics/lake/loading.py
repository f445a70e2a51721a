"""Planned files into relations of the local engine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import BudgetExceeded, QuarantineError, UnreadableLake
from dueng_analytics.lake.planning import LakeFile, LakePlan
from dueng_analytics.lake.staging import Stage
from dueng_analytics.model.definitions import Source

Progress = Callable[[int, int, int], None]

_BATCH_BYTES = 64_000_000
_BATCH_FILES = 500
_FETCHES = 8
"""Objects that are brought from S3 side by side."""


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
    values_lost: int
    empty_families: tuple[str, ...]
    last_event_at: datetime | None
    folder: Path = field(repr=False)

    def close(self) -> None:
        """Remove what was staged; the relations cannot be read afterwards."""
        shutil.rmtree(self.folder, ignore_errors=True)


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
    """Every source as a relation of the engine, and ``lake.quarantine`` beside them.

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
    try:
        if spill_folder is not None:
            spill_folder.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="dueng-lake-", dir=spill_folder))
    except OSError as error:
        raise UnreadableLake(
            f"nothing can be staged in {spill_folder or tempfile.gettempdir()}: {error.strerror}",
            hint="Choose a folder with room: --spill-folder.",
        ) from None
    try:
        return _load(plan, engine, sources, folder, strict, progress)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _load(
    plan: LakePlan,
    engine: DuckDBEngine,
    sources: Sequence[Source],
    folder: Path,
    strict: bool,
    progress: Progress | None,
) -> LoadedLake:
    done_bytes = done_files = 0
    with Stage(engine, sources, folder) as stage:
        for batch in _batches(plan.files):
            for file, path in zip(batch, _brought(batch, folder), strict=True):
                stage.add(file, path)
            stage.flush()
            done_bytes += sum(file.bytes for file in batch)
            done_files += len(batch)
            if progress is not None:
                progress(done_bytes, plan.bytes, done_files)
        stage.finish()
    if strict and stage.quarantined:
        raise QuarantineError(
            f"{stage.quarantined:,} record{'s' if stage.quarantined != 1 else ''}"
            f" cannot be read, the first in {stage.first_rejected}",
            hint="Without --strict they are put aside and counted; `dueng quarantine` lists them.",
        )
    last_event_at = stage.create_relations()
    families = {source.family for source in sources}
    present = {name.partition(".")[0] for name, count in stage.records.items() if count}
    return LoadedLake(
        files_read=len(plan.files),
        bytes_read=plan.bytes,
        hours=tuple(sorted({file.hour for file in plan.files if file.hour is not None})),
        records=dict(stage.records),
        quarantined=stage.quarantined,
        unknown_shapes=stage.unknown_shapes,
        records_without_hour=stage.records_without_hour,
        values_lost=stage.values_lost,
        empty_families=tuple(sorted(families - present)),
        last_event_at=last_event_at,
        folder=folder,
    )


def _batches(files: Sequence[LakeFile]) -> Iterator[list[LakeFile]]:
    """Files in portions that bound what is on disk and in memory at a time."""
    batch: list[LakeFile] = []
    size = 0
    for file in files:
        if batch and (size + file.bytes > _BATCH_BYTES or len(batch) >= _BATCH_FILES):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.bytes
    if batch:
        yield batch


def _brought(batch: Sequence[LakeFile], folder: Path) -> list[Path]:
    incoming = folder / "incoming"
    incoming.mkdir(exist_ok=True)
    with ThreadPoolExecutor(_FETCHES) as pool:
        return list(pool.map(lambda file: file.store.bring(file.path, incoming), batch))
