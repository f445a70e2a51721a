"""An event lake copied hour by hour as sorted Parquet: only what is new or has changed is read.

What a sync does with an hour depends on its objects as they are listed, by size and ETag (on disk:
time of change). The same objects and a whole copy: nothing. Objects that are new or have changed:
the hour is written anew from all that is there. Objects that are gone, and nothing new: the copy
keeps what it has, for keeping is what copies are for; ``mirror`` drops it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path, PurePosixPath
from uuid import uuid4

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import EmptyLake, EngineError, LakeError, UnreadableLake, UsageError
from dueng_analytics.lake.copies import (
    FOLDER,
    MARKER,
    PART,
    Manifest,
    declarations_of,
    hour_folder,
    manifest_path,
    manifest_text,
    marker_text,
    read_manifest,
)
from dueng_analytics.lake.copy_hour import StagedHour, copied_objects, placed, stage_hour
from dueng_analytics.lake.copy_reading import each_manifest
from dueng_analytics.lake.copy_target import CopyTarget, open_target, origin_of
from dueng_analytics.lake.paths import EventPath, hour_of
from dueng_analytics.lake.planning import LakeFile, LakePlan, list_manifests, plan_lake
from dueng_analytics.lake.storage import Storage
from dueng_analytics.lake.window import Window
from dueng_analytics.model.definitions import Source

PENDING = f"{FOLDER}/pending.json"
"""Names the files of the hour that is being put in place: what of them no manifest names is left
over from a sync that was killed."""

_HOUR = timedelta(hours=1)


class Done(Enum):
    """What a sync did with an hour."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    """Objects of it are gone from the original; the copy has them."""
    DROPPED = "dropped"
    FAILED = "failed"
    """It is in the copy as it was before, if it was."""


@dataclass(frozen=True, slots=True)
class SyncedHour:
    """An hour that a sync looked at; None for the files under no hour."""

    hour: datetime | None
    done: Done
    objects: int = 0
    objects_gone: int = 0
    records: int = 0
    quarantined: int = 0
    bytes_read: int = 0
    bytes_written: int = 0
    reason: str | None = None
    """Why it failed, or why it had to be written anew although its objects are the same."""


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a sync did, hour by hour, in order."""

    target: str
    hours: tuple[SyncedHour, ...]

    def of(self, done: Done) -> tuple[SyncedHour, ...]:
        """The hours with which that was done."""
        return tuple(hour for hour in self.hours if hour.done is done)


Files = tuple[LakeFile, ...]
Progress = Callable[[SyncedHour, int, int], None]
"""Called after each hour, with how many are done and how many there are."""


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What is to be copied, and how.

    Attributes:
        window: the hours looked at; all if None. Files under no hour are always looked at.
        mirror: whether what is gone from the original is dropped from the copy.
    """

    event_paths: tuple[EventPath, ...]
    target: str
    sources: tuple[Source, ...]
    storage: Storage
    window: Window | None = None
    mirror: bool = False
    spill_folder: Path | None = None


def sync_lake(
    request: SyncRequest, engine: DuckDBEngine, progress: Progress | None = None
) -> SyncResult:
    """What was done to make the copy what the original is.

    A sync that ends in the middle, by an error or because it is killed, leaves a copy that is
    whole: each hour as it was or as it is now. The next sync goes on.

    Raises:
        UsageError: a target that holds something else, is a copy of other paths, or lies inside
            of the original or around it.
        EmptyLake: there is nothing to copy and no copy yet.
        UnreadableLake: the original or the copy cannot be reached.
        LakeError: the copy cannot be written; the message names the hour.
    """
    target = open_target(request.target, request.storage, request.spill_folder)
    origin = _origin(request, target)
    known = origin_of(target)
    if known is not None and known != origin:
        raise UsageError(
            f"{target.root} is a copy of {', '.join(known)}",
            hint="Give the same --events, or another --to-dir.",
        )
    try:
        files = _by_hour(_planned(request, request.window))
    except EmptyLake:
        if known is None:
            raise
        files = {}
    with target.alone() as folder:
        if known is None:
            target.put(MARKER, marker_text(origin))
        _clear(target)
        declarations = declarations_of(request.sources)
        return _Sync(request, engine, target, folder, declarations).run(files, progress)


@dataclass(frozen=True, slots=True)
class _Sync:
    """One sync under way."""

    request: SyncRequest
    engine: DuckDBEngine
    target: CopyTarget
    folder: Path
    declarations: str

    def run(self, files: Mapping[datetime | None, Files], progress: Progress | None) -> SyncResult:
        """Every hour of the original and of the copy, in order; those under no hour last."""
        manifests = self._manifests()
        hours = sorted(files.keys() | manifests.keys(), key=lambda hour: hour or datetime.max)
        done = []
        for hour in hours:
            try:
                found = self._hour(hour, files.get(hour, ()), manifests.get(hour))
            except (LakeError, EngineError) as error:
                raise LakeError(
                    f"{_named(hour)} cannot be copied: {error.what}",
                    where=error.where or self.target.root,
                    hint=error.hint or "The copy is whole as it was. Sync again after a remedy.",
                ) from None
            done.append(found)
            if progress is not None:
                progress(found, len(done), len(hours))
        return SyncResult(self.target.root, tuple(done))

    def _manifests(self) -> dict[datetime | None, Manifest | UnreadableLake]:
        store = self.request.storage.open(EventPath(None, self.target.root))
        files = list_manifests(store, self.request.window)
        found = each_manifest(store, files)
        return {hour_of(file.path): manifest for file, manifest in zip(files, found, strict=True)}

    def _hour(
        self, hour: datetime | None, files: Files, known: Manifest | UnreadableLake | None
    ) -> SyncedHour:
        """Do what an hour needs."""
        if not isinstance(known, Manifest):
            if not files:
                return self._without_original(hour, known)
            if known is None:
                return self._write(hour, files, (), None)
            return self._write(hour, files, self._unnamed(hour), known.what)
        objects = copied_objects(files)
        gone = {entry.identity for entry in known.objects} - {entry.identity for entry in objects}
        damage = self._damage(known)
        is_same = objects == known.objects and known.declarations == self.declarations
        is_kept = bool(gone) and not self.request.mirror and set(objects) <= set(known.objects)
        if is_kept and damage is not None:
            reason = f"{damage}, and objects of it are gone from the original"
            return replace(_synced(known, Done.FAILED), objects_gone=len(gone), reason=reason)
        if is_kept:
            return replace(_synced(known, Done.KEPT), objects_gone=len(gone))
        if not files:
            return self._drop(known)
        if is_same and damage is None:
            return _synced(known, Done.UNCHANGED)
        return self._write(hour, files, [file.path for file in known.files], damage)

    def _without_original(self, hour: datetime | None, error: UnreadableLake | None) -> SyncedHour:
        """An hour that only the copy has, and of which the manifest is damaged."""
        if self.request.mirror:
            self.target.remove([manifest_path(hour)])
            return SyncedHour(hour, Done.DROPPED)
        reason = f"{error.what if error else ''}, and the original has it no more"
        return SyncedHour(hour, Done.FAILED, reason=reason)

    def _damage(self, manifest: Manifest) -> str | None:
        """The first thing that is wrong with the files of an hour."""
        for file in manifest.files:
            reason = self.target.damage_of(file)
            if reason is not None:
                return f"{self.target.address(file.path)}: {reason}"
        return None

    def _write(
        self, hour: datetime | None, files: Files, old: Sequence[str], reason: str | None
    ) -> SyncedHour:
        """Write an hour anew; once more from a new listing if its objects change meanwhile."""
        for _ in range(2):
            work = self.folder / uuid4().hex
            work.mkdir()
            try:
                staged = self._staged(files, work)
                if staged is not None:
                    manifest = self._put(staged, old)
                    return replace(
                        _synced(manifest, Done.WRITTEN),
                        bytes_read=sum(file.bytes for file in files),
                        bytes_written=sum(file.bytes for file in manifest.files),
                        reason=reason,
                    )
            except _Unreadable as error:
                return SyncedHour(hour, Done.FAILED, len(files), reason=str(error))
            finally:
                shutil.rmtree(work, ignore_errors=True)
            files = self._listed(hour)
            if not files:
                break
        return SyncedHour(
            hour, Done.FAILED, len(files), reason="its objects change while they are read"
        )

    def _staged(self, files: Files, work: Path) -> StagedHour | None:
        """The hour of some files; None if they are others than those that were listed."""
        try:
            staged = stage_hour(
                files,
                self.request.sources,
                self.engine,
                work,
                self.declarations,
                self.request.spill_folder,
            )
        except (UnreadableLake, EngineError) as error:
            if not all(file.store.is_current(file.file) for file in files):
                return None
            if error.where not in {file.address for file in files}:
                raise
            again = self._listed(files[0].hour)
            if copied_objects(again) != copied_objects(files):
                return None
            raise _Unreadable(f"{error.where}: {error.what}") from None
        return staged if all(file.store.is_current(file.file) for file in files) else None

    def _listed(self, hour: datetime | None) -> Files:
        """The files of an hour as they are now."""
        window = Window(hour, hour + _HOUR) if hour is not None else self.request.window
        try:
            return _by_hour(_planned(self.request, window)).get(hour, ())
        except EmptyLake:
            return ()

    def _unnamed(self, hour: datetime | None) -> list[str]:
        """What lies in the folders of an hour that has no whole manifest."""
        if hour is None:
            return []
        sources = self.request.sources
        folders = (f"{source.family}/{source.name}/{hour_folder(hour)}" for source in sources)
        found = (path for folder in folders for path in self.target.within(folder))
        return [path for path in found if PurePosixPath(path).name.startswith(PART)]

    def _put(self, staged: StagedHour, old: Sequence[str]) -> Manifest:
        """Put an hour in place: its files, then its manifest; then what it replaces goes."""
        new = [entry.file.path for entry in staged.files]
        obsolete = [path for path in old if path not in new]
        self._announce(staged.manifest.hour, [*new, *obsolete])
        versions = [self.target.put_file(entry.staged, entry.file.path) for entry in staged.files]
        manifest = placed(staged, versions)
        self.target.put(manifest.path, manifest_text(manifest))
        self.target.remove([*obsolete, PENDING])
        return manifest

    def _drop(self, known: Manifest) -> SyncedHour:
        paths = [file.path for file in known.files]
        self._announce(known.hour, paths)
        self.target.remove([known.path])
        self.target.remove([*paths, PENDING])
        return replace(_synced(known, Done.DROPPED), objects=0, objects_gone=len(known.objects))

    def _announce(self, hour: datetime | None, paths: Sequence[str]) -> None:
        pending = {"manifest": manifest_path(hour), "files": list(paths)}
        self.target.put(PENDING, json.dumps(pending).encode())


class _Unreadable(Exception):
    """An object that cannot be read, and is the one that was listed."""


def _clear(target: CopyTarget) -> None:
    """Remove what a sync that was killed had put in place and no manifest names."""
    content = target.read(PENDING)
    if content is None:
        return
    pending = json.loads(content)
    manifest = target.read(pending["manifest"])
    with suppress(UnreadableLake):  # of a damaged manifest the files stay until it is written anew
        named = read_manifest(manifest, "").files if manifest is not None else ()
        known = {file.path for file in named}
        target.remove([path for path in pending["files"] if path not in known])
    target.remove([PENDING])


def _planned(request: SyncRequest, window: Window | None) -> LakePlan:
    plan = plan_lake(request.event_paths, request.sources, window=window, storage=request.storage)
    if plan.manifests:
        raise UsageError(
            "the events are a copy themselves",
            hint="Sync from the original, or copy it as it is.",
        )
    return plan


def _by_hour(plan: LakePlan) -> dict[datetime | None, Files]:
    found: dict[datetime | None, list[LakeFile]] = defaultdict(list)
    for file in plan.files:
        found[file.hour].append(file)
    return {hour: tuple(files) for hour, files in found.items()}


def _origin(request: SyncRequest, target: CopyTarget) -> tuple[str, ...]:
    """What the copy is of: the same for the same paths however they were written.

    Raises:
        UsageError: the copy would lie inside of the original, or around it.
    """
    copy = _location(target.root)
    origin = set()
    for path in request.event_paths:
        place = _location(path.location)
        if f"{place}/".startswith(f"{copy}/") or f"{copy}/".startswith(f"{place}/"):
            raise UsageError(
                f"{target.root} and {path.location} lie inside of one another",
                hint="Give a folder beside the events: --to-dir.",
            )
        origin.add(f"{path.family}={place}" if path.family is not None else place)
    return tuple(sorted(origin))


def _location(text: str) -> str:
    if text.startswith("s3://"):
        return text.rstrip("/")
    return os.path.realpath(Path(text).expanduser())


def _synced(manifest: Manifest, done: Done) -> SyncedHour:
    return SyncedHour(
        manifest.hour, done, len(manifest.objects), 0, manifest.records, manifest.quarantined
    )


def _named(hour: datetime | None) -> str:
    return f"the hour {hour:%Y-%m-%d %H}:00" if hour is not None else "what lies under no hour"
