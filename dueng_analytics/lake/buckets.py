"""Event files in S3. Credentials, region and retries are boto3's own matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from s3transfer.manager import TransferConfig, TransferManager
from s3transfer.subscribers import BaseSubscriber

from dueng_analytics.errors import UnreadableLake
from dueng_analytics.lake.aws_failures import explained
from dueng_analytics.lake.copies import FOLDER
from dueng_analytics.lake.paths import stamp_style
from dueng_analytics.lake.storage import Listing, Store, StoredFile, is_visible

if TYPE_CHECKING:
    from s3transfer.futures import TransferFuture

_CONNECTIONS = 10
# How often a request is repeated is the person's own setting: AWS_MAX_ATTEMPTS, AWS_RETRY_MODE.
_CONFIG = Config(connect_timeout=20, read_timeout=60, max_pool_connections=_CONNECTIONS)
_LAST_CHARACTER = "\U0010ffff"


def new_client(location: str, profile: str | None, region: str | None) -> Any:
    """A client of S3 with the credentials, region and retries that boto3's session resolves.

    Raises:
        UnreadableLake: there is no such profile, or its settings make no sense.
    """
    with explained(location):
        session = boto3.Session(profile_name=profile, region_name=region)
        return session.client("s3", config=_CONFIG)


def open_bucket(location: str, client: Any) -> Store:
    """The store of an ``s3://bucket/prefix``, or of the one object that it names.

    Raises:
        UnreadableLake: it may not be read, or S3 is not reached.
    """
    bucket, _, key = location.removeprefix("s3://").partition("/")
    if not bucket:
        raise UnreadableLake(f"{location} names no bucket", hint="Write s3://bucket/prefix.")
    folder = f"{key.rstrip('/')}/" if key.strip("/") else ""
    store = BucketStore(f"s3://{bucket}/{folder}", client, bucket, folder)
    if not key or key.endswith("/") or not store.is_empty():
        return store
    above, _, name = key.rpartition("/")
    above = f"{above}/" if above else ""
    return BucketStore(f"s3://{bucket}/{above}", client, bucket, above, only=name)


@dataclass(frozen=True, slots=True)
class BucketStore:
    """A prefix of a bucket."""

    root: str
    client: Any
    bucket: str
    prefix: str
    only: str | None = None
    """Name of the one object that was named."""

    def is_empty(self) -> bool:
        """Whether no key begins with the prefix."""
        return not next(self._pages("", MaxKeys=1)).get("KeyCount")

    def is_copy(self) -> bool:
        if self.only is not None:
            return False
        return bool(next(self._pages(f"{FOLDER}/", MaxKeys=1)).get("KeyCount"))

    def children(self, folder: str) -> Listing:
        """What lies in a folder; of folders named by dates one of each style.

        There are as many of these as the lake has hours: where they go on after the first answer,
        the request for the next one begins behind them.
        """
        if self.only is not None:
            return Listing((), () if folder else tuple(self.walk("")))
        folders: list[str] = []
        stamped: dict[str, str] = {}
        files: list[StoredFile] = []
        is_copy = False
        behind: str | None = ""
        while behind is not None:
            start, behind = behind, None
            for page in self._pages(folder, Delimiter="/", StartAfter=start):
                names = [self._below(entry["Prefix"]) for entry in page.get("CommonPrefixes", [])]
                files += self._files(page)
                is_copy = is_copy or f"{FOLDER}/" in names
                for name in filter(is_visible, names):
                    style = stamp_style(name)
                    if style is None:
                        folders.append(name)
                    else:
                        stamped.setdefault(style, name)
                if page.get("IsTruncated") and names and stamp_style(names[-1]) is not None:
                    key = names[-1].rstrip("/").rpartition("=")[0]
                    behind = f"{self.prefix}{key}={_LAST_CHARACTER}"
                    break
        return Listing(tuple(folders), tuple(files), tuple(stamped.values()), is_copy)

    def walk(self, prefix: str) -> Iterator[StoredFile]:
        if self.only is not None:
            # In the order of keys the object itself comes first.
            first = self._files(next(self._pages(self.only, MaxKeys=1)))
            yield from (file for file in first if file.path == self.only)
            return
        for page in self._pages(prefix):
            yield from self._files(page)

    def below(self, folder: str) -> Store:
        return replace(self, root=f"{self.root}{folder}/", prefix=f"{self.prefix}{folder}/")

    def address(self, path: str) -> str:
        return f"s3://{self.bucket}/{self.prefix}{path}"

    def identity(self, path: str) -> str:
        return self.address(path)

    def bring(self, files: Sequence[StoredFile], folder: Path) -> list[Path]:
        """The objects as files, each asked for once and in the version that was listed.

        What is under way is given up when one object cannot be read, or on an interrupt.
        """
        targets = [folder / f"{index:06}" for index in range(len(files))]
        config = TransferConfig(max_request_concurrency=_CONNECTIONS)
        with TransferManager(self.client, config) as transfers:
            futures = [
                transfers.download(
                    self.bucket, self.prefix + file.path, str(target), subscribers=[_Known(file)]
                )
                for file, target in zip(files, targets, strict=True)
            ]
            for file, future in zip(files, futures, strict=True):
                with explained(self.address(file.path)):
                    future.result()
        return targets

    def is_current(self, file: StoredFile) -> bool:
        return True  # it was asked for in the version that was listed

    def _pages(self, prefix: str, **more: Any) -> Iterator[dict[str, Any]]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self.prefix + prefix, **more
        )
        with explained(self.address(prefix)):
            yield from pages

    def _files(self, page: dict[str, Any]) -> list[StoredFile]:
        found = []
        for entry in page.get("Contents", []):
            path = self._below(entry["Key"])
            if path and not path.endswith("/") and (self.only is not None or is_visible(path)):
                found.append(StoredFile(path, int(entry["Size"]), entry["ETag"]))
        return found

    def _below(self, key: str) -> str:
        return key[len(self.prefix) :]


class _Known(BaseSubscriber):
    """Tells a transfer what the listing said, so that it need not ask for each object's head."""

    def __init__(self, file: StoredFile) -> None:
        self._file = file

    def on_queued(self, future: TransferFuture, **_: Any) -> None:
        future.meta.provide_transfer_size(self._file.bytes)
        future.meta.provide_object_etag(self._file.version)
