"""Folders and buckets behind one protocol: list, and bring a file to this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from dueng_analytics.errors import UnreadableLake
from dueng_analytics.lake.paths import EventPath

_HIDDEN = ("_", ".")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file below a root: its path there, and how large it is."""

    path: str
    bytes: int


class Store(Protocol):
    """One root of event files. Paths are relative to it, folders end with a slash."""

    @property
    def root(self) -> str:
        """The folder or prefix itself, as a person would name it."""

    def children(self, folder: str) -> tuple[list[str], list[StoredFile]]:
        """The folders and files directly in a folder; both empty where it does not exist."""

    def walk(self, prefix: str) -> Iterator[StoredFile]:
        """Every file whose path begins with a prefix, in order of path."""

    def address(self, path: str) -> str:
        """The file as a person would name it."""

    def bring(self, path: str, folder: Path) -> Path:
        """The file on this machine; a remote one is copied into the folder."""


@dataclass(frozen=True, slots=True)
class Storage:
    """How AWS is reached: everything not given here is resolved by boto3's own session."""

    profile: str | None = None
    region: str | None = None

    def open(self, path: EventPath) -> Store:
        """The store of an event path.

        Raises:
            UnreadableLake: it does not exist or may not be read; the message says which.
        """
        if path.is_s3:
            return _open_bucket(self, path.location)
        return LocalStore.at(path.location)


def _visible(name: str) -> bool:
    return not name.startswith(_HIDDEN)


@dataclass(frozen=True, slots=True)
class LocalStore:
    """A folder, or a single file, of this machine."""

    root: str
    only: str | None = None
    """Name of the one file that was named."""

    @classmethod
    def at(cls, location: str) -> LocalStore:
        path = Path(location).expanduser()
        if path.is_dir():
            return cls(str(path))
        if path.is_file():
            return cls(str(path.parent), path.name)
        raise UnreadableLake(
            f"there is no file or folder {location}",
            hint="Give the folder that holds the year folders, a file, or an s3:// prefix.",
        )

    def children(self, folder: str) -> tuple[list[str], list[StoredFile]]:
        if self.only is not None:
            size = (Path(self.root) / self.only).stat().st_size
            return [], [StoredFile(self.only, size)] if not folder else []
        folders: list[str] = []
        files: list[StoredFile] = []
        with self._readable(folder):
            base = Path(self.root) / folder
            if not base.is_dir():
                return [], []
            for entry in sorted(os.scandir(base), key=lambda entry: entry.name):
                if not _visible(entry.name):
                    continue
                if entry.is_dir():
                    folders.append(f"{folder}{entry.name}/")
                else:
                    files.append(StoredFile(f"{folder}{entry.name}", self._size(entry)))
        return folders, files

    def walk(self, prefix: str) -> Iterator[StoredFile]:
        base, _, start = prefix.rpartition("/")
        folders, files = self.children(f"{base}/" if base else "")
        yield from (file for file in files if file.path.startswith(prefix))
        for folder in folders:
            if folder.startswith(prefix) or (start and folder.rstrip("/").startswith(prefix)):
                yield from self.walk(folder)

    def address(self, path: str) -> str:
        return str(Path(self.root) / path)

    def bring(self, path: str, folder: Path) -> Path:
        return Path(self.root) / path

    def _size(self, entry: os.DirEntry[str]) -> int:
        try:
            return entry.stat().st_size
        except OSError:
            return 0  # a link into nowhere: reading it says so, with its name

    @contextmanager
    def _readable(self, folder: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnreadableLake(
                f"{self.address(folder)} cannot be listed: {error.strerror}"
            ) from None


@dataclass(frozen=True, slots=True)
class BucketStore:
    """A prefix of a bucket."""

    root: str
    client: Any
    bucket: str
    prefix: str
    only: str | None = None
    """Name of the one object that was named."""

    def children(self, folder: str) -> tuple[list[str], list[StoredFile]]:
        folders: list[str] = []
        files: list[StoredFile] = []
        for page in self._pages(folder, Delimiter="/"):
            folders += [self._below(entry["Prefix"]) for entry in page.get("CommonPrefixes", [])]
            files += self._files(page)
        return [name for name in folders if _visible(name.rstrip("/").rpartition("/")[2])], files

    def walk(self, prefix: str) -> Iterator[StoredFile]:
        for page in self._pages(prefix):
            yield from self._files(page)

    def address(self, path: str) -> str:
        return f"s3://{self.bucket}/{self.prefix}{path}"

    def bring(self, path: str, folder: Path) -> Path:
        target = folder / path.replace("/", "%")
        with _explained(self.address(path)):
            self.client.download_file(self.bucket, self.prefix + path, str(target))
        return target

    def _pages(self, prefix: str, **more: str) -> Iterator[dict[str, Any]]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self.prefix + prefix, **more
        )
        with _explained(self.address(prefix)):
            yield from pages

    def _files(self, page: dict[str, Any]) -> list[StoredFile]:
        found = []
        for entry in page.get("Contents", []):
            path = self._below(entry["Key"])
            parts = path.split("/")
            if self.only is not None and path != self.only:
                continue
            if path and not path.endswith("/") and all(_visible(part) for part in parts):
                found.append(StoredFile(path, int(entry["Size"])))
        return found

    def _below(self, key: str) -> str:
        return key[len(self.prefix) :]


def _open_bucket(storage: Storage, location: str) -> Store:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    if not bucket:
        raise UnreadableLake(f"{location} names no bucket", hint="Write s3://bucket/prefix.")
    try:
        session = boto3.Session(profile_name=storage.profile, region_name=storage.region)
        client = session.client(
            "s3",
            config=Config(
                retries={"mode": "standard", "max_attempts": 5}, connect_timeout=20, read_timeout=60
            ),
        )
    except BotoCoreError as error:
        raise UnreadableLake(f"S3 cannot be reached: {error}") from None
    folder = prefix.rstrip("/") + "/" if prefix.strip("/") else ""
    store = BucketStore(f"s3://{bucket}/{folder}", client, bucket, folder)
    if folder and store.children("") == ([], []):
        above, _, name = prefix.rpartition("/")
        above = f"{above}/" if above else ""
        store = BucketStore(f"s3://{bucket}/{above}", client, bucket, above, only=name)
    return store


_ADVICE: dict[str, tuple[str, str]] = {
    "ExpiredToken": ("the credentials have expired", "Sign in again, then repeat the command."),
    "InvalidAccessKeyId": ("the credentials are not known", "Check --profile or AWS_PROFILE."),
    "SignatureDoesNotMatch": ("the credentials are wrong", "Check --profile or AWS_PROFILE."),
    "AccessDenied": (
        "access is denied",
        "Reading needs s3:ListBucket on the bucket and s3:GetObject on the prefix,"
        " and kms:Decrypt where a customer key encrypts it.",
    ),
    "NoSuchBucket": ("there is no such bucket", "Check the spelling and the account."),
    "NoSuchKey": ("the object has vanished since it was listed", "Repeat the command."),
    "PermanentRedirect": ("the bucket lies in another region", "Give its region as --region."),
    "AuthorizationHeaderMalformed": (
        "the bucket lies in another region",
        "Give its region as --region.",
    ),
    "IllegalLocationConstraintException": (
        "the bucket lies in another region",
        "Give its region as --region.",
    ),
}
_ADVICE["ExpiredTokenException"] = _ADVICE["RequestExpired"] = _ADVICE["ExpiredToken"]
_ADVICE["403"] = _ADVICE["AccessDenied"]
_ADVICE["404"] = _ADVICE["NoSuchKey"]
_ADVICE["301"] = _ADVICE["PermanentRedirect"]


@contextmanager
def _explained(address: str) -> Iterator[None]:
    """Turn what boto3 raises into an error that names the place and the way out."""
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        EndpointConnectionError,
        NoCredentialsError,
        SSOError,
        TokenRetrievalError,
    )

    try:
        yield
    except ClientError as error:
        details = error.response.get("Error", {})
        code = str(details.get("Code", "unknown"))
        what, hint = _ADVICE.get(code, (f"{code}: {details.get('Message', '')}", ""))
        raise UnreadableLake(what, where=address, hint=hint or None) from None
    except NoCredentialsError:
        raise UnreadableLake(
            "there are no AWS credentials",
            where=address,
            hint="Sign in, or give --profile; boto3's usual places are searched.",
        ) from None
    except (SSOError, TokenRetrievalError):
        raise UnreadableLake(
            "the sign-on session has expired",
            where=address,
            hint="Run `aws sso login` for the profile, then repeat the command.",
        ) from None
    except EndpointConnectionError as error:
        raise UnreadableLake(
            f"S3 cannot be reached: {error}", where=address, hint="Check network and --region."
        ) from None
    except BotoCoreError as error:
        raise UnreadableLake(str(error), where=address) from None
