"""Where a copy is written to: a folder of this machine, or a prefix of a bucket."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from dueng_analytics.errors import LakeError, UsageError
from dueng_analytics.lake.copies import FOLDER, MARKER, CopiedFile, damage_of_file, read_marker
from dueng_analytics.lake.paths import EventPath
from dueng_analytics.lake.storage import Storage

_LOCK = f"{FOLDER}/lock"
_INCOMING = f"{FOLDER}/incoming"
OTHER_FOLDER = "Choose an empty folder, or one that is not there yet: --to-dir."


class CopyTarget(Protocol):
    """One copy as it is written. Paths are relative to it; each change is one step."""

    @property
    def root(self) -> str:
        """The folder or prefix itself, as a person would name it."""

    def address(self, path: str) -> str:
        """A file of the copy as a person would name it."""

    def is_empty(self) -> bool:
        """Whether nothing lies there but what a sync left that was killed at once."""

    def read(self, path: str) -> bytes | None:
        """The content of a file, None where there is none."""

    def within(self, folder: str) -> list[str]:
        """The files directly in a folder; none where it does not exist."""

    def put(self, path: str, content: bytes) -> None:
        """Put content in place, in one step."""

    def put_file(self, staged: Path, path: str) -> str | None:
        """Put a file in place, in one step; its ETag where there are any."""

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files; one that is not there is removed already."""

    def damage_of(self, file: CopiedFile) -> str | None:
        """What is wrong with a file of the copy, None where it is as it was written."""

    def alone(self) -> AbstractContextManager[Path]:
        """A context in which no other sync of this machine writes here; with a folder to stage."""


def open_target(location: str, storage: Storage, spill_folder: Path | None) -> CopyTarget:
    """The target of ``DIR`` or ``s3://bucket/prefix``; nothing is made there yet.

    Raises:
        UsageError: it is no folder.
        UnreadableLake: S3 is not reached.
    """
    path = EventPath(None, location)
    if path.is_s3:
        from dueng_analytics.lake.copy_bucket import BucketTarget  # boto3 takes long to import

        return BucketTarget.at(location, storage, spill_folder)
    folder = Path(location).expanduser()
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{location} is a file", hint=OTHER_FOLDER)
    return FolderTarget(folder)


def origin_of(target: CopyTarget) -> tuple[str, ...] | None:
    """The event paths that a target is a copy of; None where nothing is there yet.

    Raises:
        UsageError: it holds something that is no copy.
        UnreadableLake: its marker cannot be read.
    """
    marker = target.read(MARKER)
    if marker is not None:
        return read_marker(marker, target.address(MARKER))
    if not target.is_empty():
        raise UsageError(f"{target.root} holds something that is no copy", hint=OTHER_FOLDER)
    return None


@dataclass(frozen=True, slots=True)
class FolderTarget:
    """A folder: files are written beside their place, and renamed into it."""

    folder: Path

    @property
    def root(self) -> str:
        return str(self.folder)

    def address(self, path: str) -> str:
        return str(self.folder / path)

    def is_empty(self) -> bool:
        if not self.folder.exists():
            return True
        with self._writing(""):
            return {entry.name for entry in self.folder.iterdir()} <= {FOLDER}

    def read(self, path: str) -> bytes | None:
        with self._writing(path):
            try:
                return (self.folder / path).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None

    def within(self, folder: str) -> list[str]:
        with self._writing(folder):
            found = sorted((self.folder / folder).glob("*"))
        return [f"{folder}/{path.name}" for path in found if path.is_file()]

    def put(self, path: str, content: bytes) -> None:
        with self._writing(path):
            staged = self.folder / _INCOMING / uuid4().hex
            staged.parent.mkdir(parents=True, exist_ok=True)
            staged.write_bytes(content)
        self.put_file(staged, path)

    def put_file(self, staged: Path, path: str) -> str | None:
        with self._writing(path):
            place = self.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            _to_disk(staged)
            staged.replace(place)
            _to_disk(place.parent)
        return None

    def remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            with self._writing(path):
                place = self.folder / path
                place.unlink(missing_ok=True)
                for above in place.parents:
                    if above == self.folder or not _is_removed(above):
                        break

    def damage_of(self, file: CopiedFile) -> str | None:
        return damage_of_file(self.folder / file.path, file)

    @contextmanager
    def alone(self) -> Iterator[Path]:
        with self._writing(""):
            incoming = self.folder / _INCOMING
            incoming.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / _LOCK).open("w")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise LakeError(
                    "another sync is writing there", where=self.root, hint="Wait until it is done."
                ) from None
            for left in incoming.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            try:
                yield incoming
            finally:
                shutil.rmtree(incoming, ignore_errors=True)

    @contextmanager
    def _writing(self, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LakeError(
                f"cannot be written: {error.strerror}",
                where=self.address(path),
                hint="The copy is whole as it was. Make room or get the rights, and sync again.",
            ) from None


def _is_removed(folder: Path) -> bool:
    """Remove a folder if nothing is in it; whether it is not there any more."""
    with suppress(OSError):
        folder.rmdir()
    return not folder.exists()


def _to_disk(path: Path) -> None:
    """Wait until what was written is on the disk and not only on its way."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
