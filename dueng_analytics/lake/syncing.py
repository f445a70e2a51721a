"""An event lake copied hour by hour as sorted Parquet: only what is new or has changed is read.

What a sync does with an hour depends on its objects as they are listed, by size and ETag (on disk:
time of change). The same objects and a whole copy: nothing. Objects that are new or have changed:
the hour is written anew from all that is there. Objects that are gone, and nothing new: the copy
keeps what it has, for keeping is what copies are for; ``mirror`` drops it. Files under no hour are
copied as one: where some are gone and others new, only ``mirror`` says which of them count.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Never
from uuid import uuid4

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import EmptyLake, EngineError, LakeError, UnreadableLake, UsageError
from dueng_analytics.lake.copies import (
    DEVIATIONS,
    FOLDER,
    LOOSE,
    MARKER,
    PART,
    QUARANTINE,
    Manifest,
    data_folder,
    declarations_of,
    manifest_path,
    manifest_text,
    marker_text,
    read_manifest,
    relation_folder,
)
from dueng_analytics.lake.copy_hour import StagedHour, copied_objects, placed, stage_hour
from dueng_analytics.lake.copy_reading import each_manifest
from dueng_analytics.lake.copy_target import CopyTarget, open_target, state_of
from dueng_analytics.lake.local_files import Format, format_of
from dueng_analytics.lake.original import Files, Known, Original
from dueng_analytics.lake.parquet_files import damage_of_parquet
from dueng_analytics.lake.paths import EventPath, hour_of
from dueng_analytics.lake.planning import list_manifests
from dueng_analytics.lake.storage import Storage
from dueng_analytics.lake.sync_result import Done, SyncedHour, SyncResult
from dueng_analytics.lake.window import Window
from dueng_analytics.model.definitions import Source

PENDING = f"{FOLDER}/pending.json"
"""Names the files of the hour that is being put in place: what of them no manifest names is left
over from a sync that was killed."""

Progress = Callable[[SyncedHour, int, int], None]
"""Called after each hour, with how many are done and how many there are."""


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What is to be copied, and how.

    Attributes:
        window: the hours looked at; all if None. Files under no hour are looked at too, but for
            those in folders of other days.
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
            of the original or around it; or the events are a copy themselves.
        EmptyLake: there is nothing to copy and no copy yet.
        UnreadableLake: the original or the copy cannot be reached.
        LakeError: the copy cannot be written, which names the hour; or another sync is writing
            there.
    """
    target = open_target(request.target, request.storage, request.spill_folder)
    original = Original(request.event_paths, request.sources, request.storage, request.window)
    places = original.places(target.root)
    state = state_of(target)
    if isinstance(state, tuple) and state != places:
        raise UsageError(
            f"{target.root} is a copy of {', '.join(state)}",
            hint="Give the same --events, or another --to-dir.",
        )
    try:
        files = original.by_hour()
    except EmptyLake:
        if state is None:
            raise
        files = {}
    with target.alone() as folder:
        if not isinstance(state, UnreadableLake) and state_of(target) != state:
            raise LakeError(
                "another sync has begun a copy there meanwhile",
                where=target.root,
                hint="Repeat the command.",
            )
        declarations = declarations_of(request.sources)
        sync = _Sync(request, original, engine, target, folder, declarations, state is None)
        manifests = sync.manifests(request.window)
        if isinstance(state, UnreadableLake):
            every = sync.manifests(None).values()
            whole = [known for known in every if isinstance(known, Manifest)]
            if not whole or not all(map(original.has, whole)):
                raise state
        if not isinstance(state, tuple):
            target.put(MARKER, marker_text(places))
        _clear(target)
        return sync.run(files, manifests, progress)


@dataclass(frozen=True, slots=True)
class _Sync:
    """One sync under way."""

    request: SyncRequest
    original: Original
    engine: DuckDBEngine
    target: CopyTarget
    folder: Path
    declarations: str
    is_first: bool

    def run(
        self,
        files: Mapping[datetime | None, Files],
        manifests: Mapping[datetime | None, Known],
        progress: Progress | None,
    ) -> SyncResult:
        """Every hour of the original and of the copy, in order; those under no hour last."""
        hours = sorted(files.keys() | manifests.keys(), key=lambda hour: hour or datetime.max)
        done = []
        for hour in hours:
            try:
                found = self._hour(hour, files.get(hour, ()), manifests.get(hour))
            except (LakeError, EngineError) as error:
                self._give_up(hour, error.what, error.where, error.hint)
            except OSError as error:
                self._give_up(hour, error.strerror, error.filename, None)
            done.append(found)
            if progress is not None:
                progress(found, len(done), len(hours))
        return SyncResult(self.target.root, tuple(done))

    def _give_up(
        self, hour: datetime | None, what: object, where: object, hint: str | None
    ) -> Never:
        raise LakeError(
            f"{_named(hour)} cannot be copied: {what}",
            where=str(where or self.target.root),
            hint=hint or "The copy is whole as it was. Sync again after a remedy.",
        ) from None

    def manifests(self, window: Window | None) -> dict[datetime | None, Known]:
        """What the copy has by hour, of damaged manifests the error."""
        store = self.request.storage.open(EventPath(None, self.target.root))
        files = list_manifests(store, window)
        found = each_manifest(store, files)
        return {hour_of(file.path): manifest for file, manifest in zip(files, found, strict=True)}

    def _hour(self, hour: datetime | None, files: Files, known: Known | None) -> SyncedHour:
        """Do what an hour needs."""
        if hour is None:
            files = self.original.with_others(files, known)
        if not isinstance(known, Manifest):
            left = () if self.is_first else self._unnamed(hour)
            if not files:
                return self._without_original(hour, known, left)
            return self._write(hour, files, known, left, known.what if known else None)
        objects = copied_objects(files)
        gone = {entry.identity for entry in known.objects} - {entry.identity for entry in objects}
        damage = self._damage(known)
        is_same = objects == known.objects and known.declarations == self.declarations
        has_new = not set(objects) <= set(known.objects)
        if gone and not self.request.mirror and (hour is None or not has_new):
            reason = None
            if has_new:
                reason = (
                    "some are gone from the original, others are new: --mirror takes what is there"
                )
            elif damage is not None:
                reason = f"{damage}, and objects of it are gone from the original"
            done = Done.KEPT if reason is None else Done.FAILED
            return replace(_synced(known, done), objects_gone=len(gone), reason=reason)
        if not files:
            return self._drop(known)
        if is_same and damage is None:
            return _synced(known, Done.UNCHANGED)
        old = [file.path for file in known.files]
        return replace(self._write(hour, files, known, old, damage), objects_gone=len(gone))

    def _without_original(
        self, hour: datetime | None, error: UnreadableLake | None, left: Sequence[str]
    ) -> SyncedHour:
        """An hour that only the copy has, and of which the manifest is damaged."""
        if self.request.mirror:
            self._remove(hour, left)
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
        self,
        hour: datetime | None,
        files: Files,
        known: Known | None,
        old: Sequence[str],
        reason: str | None,
    ) -> SyncedHour:
        """Write an hour anew; once more from a new listing if its objects change meanwhile."""
        for _ in range(2):
            work = self.folder / uuid4().hex
            work.mkdir()
            try:
                staged = self._staged(files, known, work)
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
            files = self._listed(hour, known)
            if not files:
                break
        return SyncedHour(
            hour, Done.FAILED, len(files), reason="its objects change while they are read"
        )

    def _staged(self, files: Files, known: Known | None, work: Path) -> StagedHour | None:
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
            reason: str | None = f"{error.where}: {error.what}"
            if error.where not in {file.address for file in files}:
                reason = _damaged_parquet(files, work) if isinstance(error, EngineError) else None
            if reason is None:
                raise
            again = self._listed(files[0].hour, known)
            if copied_objects(again) != copied_objects(files):
                return None
            raise _Unreadable(reason) from None
        return staged if all(file.store.is_current(file.file) for file in files) else None

    def _listed(self, hour: datetime | None, known: Known | None) -> Files:
        """The files of an hour as they are now."""
        if hour is None:
            return self.original.of_no_hour(known)
        return self.original.of_hour(hour)

    def _unnamed(self, hour: datetime | None) -> list[str]:
        """What lies in the folders of an hour that has no whole manifest."""
        relations = [source.qualified_name for source in self.request.sources]
        folders = {data_folder(name, hour): PART for name in (*relations, QUARANTINE, DEVIATIONS)}
        if hour is None:  # their records lie in the hours that they told
            folders |= {relation_folder(name): LOOSE for name in relations}
        return [
            path
            for folder, kind in folders.items()
            for path in self.target.within(folder)
            if PurePosixPath(path).name.startswith(kind)
        ]

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
        self._remove(known.hour, [file.path for file in known.files])
        return replace(_synced(known, Done.DROPPED), objects=0, objects_gone=len(known.objects))

    def _remove(self, hour: datetime | None, paths: Sequence[str]) -> None:
        """Remove an hour: its manifest first, so that no reader looks for its files."""
        self._announce(hour, paths)
        self.target.remove([manifest_path(hour)])
        self.target.remove([*paths, PENDING])

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
    # Of a damaged manifest the files stay until it is written anew. A damaged list of what was
    # being put in place names nothing: such files stay until their hour is written anew.
    with suppress(UnreadableLake, ValueError, KeyError, TypeError):
        pending = json.loads(content)
        manifest = target.read(pending["manifest"])
        named = read_manifest(manifest, "").files if manifest is not None else ()
        known = {file.path for file in named}
        target.remove([path for path in pending["files"] if path not in known])
    target.remove([PENDING])


def _damaged_parquet(files: Files, folder: Path) -> str | None:
    """The first of some Parquet files that cannot be read to its end, and why; None if none is."""
    for file in files:
        (path,) = file.store.bring([file.file], folder)
        reason = damage_of_parquet(path) if format_of(path) is Format.PARQUET else None
        if reason is not None:
            return f"{file.address}: not a whole Parquet file: {reason}"
    return None


def _synced(manifest: Manifest, done: Done) -> SyncedHour:
    return SyncedHour(
        manifest.hour, done, len(manifest.objects), 0, manifest.records, manifest.quarantined
    )


def _named(hour: datetime | None) -> str:
    return f"the hour {hour:%Y-%m-%d %H}:00" if hour is not None else "what lies under no hour"
