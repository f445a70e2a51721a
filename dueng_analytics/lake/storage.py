"""Folders and buckets behind one protocol: list, and bring files to this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from dueng_analytics.errors import UnreadableLake
from dueng_analytics.lake.copies import FOLDER
from dueng_analytics.lake.paths import EventPath

_HIDDEN = ("_", ".")
GONE = "the object has changed or vanished since it was listed"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file below a root: its path there, how large it is, and which version was listed."""

    path: str
    bytes: int
    version: str | None = None
    """What tells a later version of the same object apart, where the store knows."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies directly in a folder."""

    folders: tuple[str, ...]
    files: tuple[StoredFile, ...]
    stamped: tuple[str, ...] = ()
    """One folder for each way of writing a date, of those that are too many to list."""
    is_copy: bool = False
    """Whether it is the root of a copy that a sync made."""


class Store(Protocol):
    """One root of event files. Paths are relative to it, folders end with a slash."""

    @property
    def root(self) -> str:
        """The folder or prefix itself, as a person would name it."""

    def children(self, folder: str) -> Listing:
        """The folders and files directly in a folder; empty where it does not exist."""

    def is_copy(self) -> bool:
        """Whether the root is that of a copy that a sync made."""

    def walk(self, prefix: str) -> Iterator[StoredFile]:
        """Every file whose path begins with a prefix, in order of path."""

    def below(self, folder: str) -> Store:
        """A folder as a root of its own; nothing is in it where it does not exist."""

    def address(self, path: str) -> str:
        """The file as a person would name it."""

    def identity(self, path: str) -> str:
        """What is the same for one file however it was named."""

    def bring(self, files: Sequence[StoredFile], folder: Path) -> list[Path]:
        """The files on this machine; remote ones are copied into the folder."""

    def is_current(self, file: StoredFile) -> bool:
        """Whether what was brought is what was listed."""


@dataclass(frozen=True, slots=True)
class Storage:
    """How AWS is reached: everything not given here is resolved by boto3's own session."""

    profile: str | None = None
    region: str | None = None
    clients: list[Any] = field(default_factory=list, init=False, repr=False, compare=False)
    """The client of S3, once there is one: making it takes longer than a request."""

    def open(self, path: EventPath) -> Store:
        """The store of an event path.

        Raises:
            UnreadableLake: it does not exist or may not be read; the message says which.
        """
        if path.is_s3:
            # boto3 takes longer to import than most local lakes take to list.
            from dueng_analytics.lake.buckets import new_client, open_bucket

            if not self.clients:
                self.clients.append(new_client(path.location, self.profile, self.region))
            return open_bucket(path.location, self.clients[0])
        return LocalStore.at(path.location)


def is_visible(path: str) -> bool:
    """Whether no part of a path is hidden: Athena skips names with ``_`` or ``.`` in front."""
    return not any(part.startswith(_HIDDEN) for part in path.split("/"))


@dataclass(frozen=True, slots=True)
class LocalStore:
    """A folder, or a single file, of this machine."""

    root: str
    only: str | None = None
    """Name of the one file that was named."""

    @classmethod
    def at(cls, location: str) -> LocalStore:
        """The store of a folder or file.

        Raises:
            UnreadableLake: there is none, or the way to it is closed.
        """
        path = Path(location).expanduser()
        try:
            path.stat()
        except FileNotFoundError:
            raise UnreadableLake(
                f"there is no file or folder {location}",
                hint="Give the folder that holds the year folders, a file, or an s3:// prefix.",
            ) from None
        except OSError as error:
            raise UnreadableLake(
                f"{location} cannot be reached: {error.strerror}",
                hint="Check the spelling, and who may read the folders above it.",
            ) from None
        return cls(str(path)) if path.is_dir() else cls(str(path.parent), path.name)

    def is_copy(self) -> bool:
        return self.only is None and (Path(self.root) / FOLDER).is_dir()

    def children(self, folder: str) -> Listing:
        if self.only is not None:
            named = _stored(Path(self.root) / self.only, self.only)
            return Listing((), () if folder else (named,))
        folders: list[str] = []
        files: list[StoredFile] = []
        with self._readable(folder):
            base = Path(self.root) / folder
            if not base.is_dir():
                return Listing((), ())
            for entry in sorted(os.scandir(base), key=lambda entry: entry.name):
                if not is_visible(entry.name):
                    continue
                if entry.is_dir():
                    if not _leads_back(entry):
                        folders.append(f"{folder}{entry.name}/")
                elif entry.is_file() or entry.is_symlink():
                    files.append(_stored(entry, f"{folder}{entry.name}"))
        return Listing(tuple(folders), tuple(files), is_copy=not folder and self.is_copy())

    def walk(self, prefix: str) -> Iterator[StoredFile]:
        base, _, start = prefix.rpartition("/")
        base = f"{base}/" if base else ""
        listing = self.children(base)
        yield from (file for file in listing.files if file.path.startswith(prefix))
        for folder in listing.folders:
            if folder.startswith(base + start):
                yield from self.walk(folder)

    def below(self, folder: str) -> Store:
        return LocalStore(str(Path(self.root) / folder))

    def address(self, path: str) -> str:
        return str(Path(self.root) / path)

    def identity(self, path: str) -> str:
        return os.path.realpath(Path(self.root) / path)

    def bring(self, files: Sequence[StoredFile], folder: Path) -> list[Path]:
        return [Path(self.root) / file.path for file in files]

    def is_current(self, file: StoredFile) -> bool:
        return _stored(Path(self.root) / file.path, file.path) == file

    @contextmanager
    def _readable(self, folder: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnreadableLake(
                f"{self.address(folder)} cannot be listed: {error.strerror}",
                hint="Check who may read it, or give the folders that you may read.",
            ) from None


def _stored(entry: os.DirEntry[str] | Path, path: str) -> StoredFile:
    try:
        found = entry.stat()
    except OSError:
        return StoredFile(path, 0)  # a link into nowhere: reading it says so, with its name
    return StoredFile(path, found.st_size, str(found.st_mtime_ns))


def _leads_back(entry: os.DirEntry[str]) -> bool:
    """Whether a link leads to a folder that it lies in: following it would never end."""
    if not entry.is_symlink():
        return False
    target = Path(os.path.realpath(entry.path))
    return target in (here := Path(os.path.realpath(Path(entry.path).parent))).parents or (
        target == here
    )
