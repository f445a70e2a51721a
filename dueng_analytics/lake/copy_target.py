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

from dueng_analytics.errors import LakeError, UnreadableLake, UsageError
from dueng_analytics.lake.copies import (
    FOLDER,
    HOURS,
    MARKER,
    CopiedFile,
    damage_of_file,
    damaged_marker,
    read_marker,
)
from dueng_analytics.lake.paths import EventPath, is_other_address
from dueng_analytics.lake.storage import Storage

_LOCK = f"{FOLDER}/lock"
_INCOMING = f"{FOLDER}/incoming"
_PLACE = "Give a folder of this machine, or s3://bucket/prefix: --to-dir."
_OTHER_FOLDER = "Choose an empty folder, or one that is not there yet: --to-dir."


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
        """Every file below a folder; none where it does not exist."""

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
        UsageError: it is no folder, or an address of another kind than ``s3://``.
        UnreadableLake: S3 is not reached.
    """
    if not location.strip() or is_other_address(location):
        raise UsageError(f"{location!r} is no place for a copy", hint=_PLACE)
    path = EventPath(None, location)
    if path.is_s3:
        from dueng_analytics.lake.copy_bucket import BucketTarget  # boto3 takes long to import

        return BucketTarget.at(location, storage, spill_folder)
    try:
        folder = Path(location).expanduser()
        is_file = folder.exists() and not folder.is_dir()
    except (OSError, RuntimeError) as error:  # no right to look; no such user as in ~name
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{location} is no place for a copy: {reason}", hint=_PLACE) from None
    if is_file:
        raise UsageError(f"{location} is a file", hint=_OTHER_FOLDER)
    return FolderTarget(folder)


def state_of(target: CopyTarget) -> tuple[str, ...] | UnreadableLake | None:
    """The event paths that a target is a copy of; None where nothing is there yet.

    Of a copy that does not say of what it is one, because the file is damaged or gone, the error.

    Raises:
        UsageError: it holds something that is no copy.
        UnreadableLake, LakeError: it cannot be reached; or a later version has made it.
    """
    marker = target.read(MARKER)
    address = target.address(MARKER)
    if marker is not None:
        return read_marker(marker, address)
    if target.is_empty():
        return None
    if target.within(HOURS):
        return damaged_marker(address)
    raise UsageError(f"{target.root} holds something that is no copy", hint=_OTHER_FOLDER)


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
        with self._reading(""):
            if not self.folder.exists():
                return True
            return {entry.name for entry in self.folder.iterdir()} <= {FOLDER}

    def read(self, path: str) -> bytes | None:
        with self._reading(path):
            try:
                return (self.folder / path).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None

    def within(self, folder: str) -> list[str]:
        with self._reading(folder):
            found = sorted(path for path in (self.folder / folder).rglob("*") if path.is_file())
        return [path.relative_to(self.folder).as_posix() for path in found]

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
            (self.folder / FOLDER).mkdir(parents=True, exist_ok=True)
            lock = (self.folder / _LOCK).open("w")
        incoming = self.folder / _INCOMING
        with lock:
            with self._writing(_LOCK):
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise LakeError(
                        "another sync is writing there",
                        where=self.root,
                        hint="Wait until it is done.",
                    ) from None
                incoming.mkdir(exist_ok=True)
                for left in incoming.iterdir():
                    shutil.rmtree(left) if left.is_dir() else left.unlink()
            try:
                yield incoming
            finally:
                shutil.rmtree(incoming, ignore_errors=True)

    def _reading(self, path: str) -> AbstractContextManager[None]:
        return self._explained(path, "read", "Get the rights to read it, and sync again.")

    def _writing(self, path: str) -> AbstractContextManager[None]:
        hint = "The copy is whole as it was. Make room or get the rights, and sync again."
        return self._explained(path, "written", hint)

    @contextmanager
    def _explained(self, path: str, verb: str, hint: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LakeError(
                f"cannot be {verb}: {error.strerror}", where=self.address(path), hint=hint
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
