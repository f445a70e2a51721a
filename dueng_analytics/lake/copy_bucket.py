"""A copy in S3. An object is there as a whole or not at all; a manifest is put after its files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from dueng_analytics.errors import LakeError, UnreadableLake
from dueng_analytics.lake.aws_failures import explained
from dueng_analytics.lake.buckets import new_client
from dueng_analytics.lake.copies import ALTERED, CopiedFile
from dueng_analytics.lake.paths import hour_of
from dueng_analytics.lake.storage import Storage

_AT_ONCE = 1_000
"""Objects that one request may remove."""
_RIGHTS = "Writing needs s3:PutObject, s3:DeleteObject and s3:GetObject there, and s3:ListBucket."


@dataclass(frozen=True, slots=True)
class BucketTarget:
    """A prefix of a bucket."""

    client: Any
    bucket: str
    prefix: str
    spill_folder: Path | None
    listed: dict[str, dict[str, tuple[int, str]]] = field(default_factory=dict, repr=False)
    """Size and ETag by path, of the folders that were looked into."""

    @classmethod
    def at(cls, location: str, storage: Storage, spill_folder: Path | None) -> BucketTarget:
        """The target of ``s3://bucket/prefix``.

        Raises:
            UnreadableLake: it names no bucket, or the profile is wrong.
        """
        bucket, _, key = location.removeprefix("s3://").partition("/")
        if not bucket:
            raise UnreadableLake(f"{location} names no bucket", hint="Write s3://bucket/prefix.")
        prefix = f"{key.strip('/')}/" if key.strip("/") else ""
        client = new_client(location, storage.profile, storage.region)
        return cls(client, bucket, prefix, spill_folder)

    @property
    def root(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    def address(self, path: str) -> str:
        return f"{self.root}{path}"

    def is_empty(self) -> bool:
        with self._writing(""):
            answer = self.client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix, MaxKeys=1)
        return not answer.get("KeyCount")

    def read(self, path: str) -> bytes | None:
        with self._writing(path):
            try:
                answer = self.client.get_object(Bucket=self.bucket, Key=self.prefix + path)
                content: bytes = answer["Body"].read()
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
                    return None
                raise
        return content

    def within(self, folder: str) -> list[str]:
        return [path for path in self._listed(self._asked(folder)) if path.startswith(f"{folder}/")]

    def put(self, path: str, content: bytes) -> None:
        with self._writing(path):
            self.client.put_object(Bucket=self.bucket, Key=self.prefix + path, Body=content)

    def put_file(self, staged: Path, path: str) -> str | None:
        with self._writing(path), staged.open("rb") as body:
            answer = self.client.put_object(Bucket=self.bucket, Key=self.prefix + path, Body=body)
        staged.unlink()
        return str(answer["ETag"])

    def remove(self, paths: Iterable[str]) -> None:
        every = list(paths)
        for start in range(0, len(every), _AT_ONCE):
            some = every[start : start + _AT_ONCE]
            with self._writing(some[0]):
                answer = self.client.delete_objects(
                    Bucket=self.bucket,
                    Delete={"Objects": [{"Key": self.prefix + path} for path in some]},
                )
            for failed in answer.get("Errors", []):
                raise LakeError(
                    f"cannot be removed: {failed.get('Code')}",
                    where=f"s3://{self.bucket}/{failed.get('Key')}",
                    hint=_RIGHTS,
                )

    def damage_of(self, file: CopiedFile) -> str | None:
        folder = file.path.rpartition("/")[0]
        found = self._listed(self._asked(folder)).get(file.path)
        if found is None:
            return "it is gone"
        if file.version is None and found[0] == file.bytes:  # it was put there by other means
            content = self.read(file.path)
            return None if content and sha256(content).hexdigest() == file.sha256 else ALTERED
        return None if found == (file.bytes, file.version) else ALTERED

    @contextmanager
    def alone(self) -> Iterator[Path]:
        try:
            folder = Path(tempfile.mkdtemp(prefix="dueng-sync-", dir=self.spill_folder))
        except OSError as error:
            raise LakeError(
                f"there is no folder to stage in: {error.strerror}",
                where=str(self.spill_folder or tempfile.gettempdir()),
                hint="Give another one: --spill-folder.",
            ) from None
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _asked(self, folder: str) -> str:
        """What is listed to look into a folder: the hours of a day are asked for at once."""
        return folder.rpartition("/")[0] if hour_of(f"{folder}/") is not None else folder

    def _listed(self, folder: str) -> dict[str, tuple[int, str]]:
        """Size and ETag of what lies below a folder, as it was when it was first asked for."""
        if folder not in self.listed:
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=f"{self.prefix}{folder}/"
            )
            with self._writing(folder):
                self.listed[folder] = {
                    entry["Key"][len(self.prefix) :]: (int(entry["Size"]), entry["ETag"])
                    for page in pages
                    for entry in page.get("Contents", [])
                }
        return self.listed[folder]

    @contextmanager
    def _writing(self, path: str) -> Iterator[None]:
        try:
            with explained(self.address(path)):
                yield
        except UnreadableLake as error:
            hint = _RIGHTS if error.what == "access is denied" else error.hint
            raise LakeError(error.what, where=error.where, hint=hint) from None
