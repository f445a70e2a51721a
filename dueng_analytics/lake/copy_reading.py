"""Manifests of a copy from wherever they lie."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from dueng_analytics.errors import UnreadableLake
from dueng_analytics.lake.copies import Manifest, read_manifest
from dueng_analytics.lake.storage import Store, StoredFile


def read_manifests(store: Store, files: Sequence[StoredFile]) -> list[Manifest]:
    """The manifests that some files hold, in their order.

    Raises:
        UnreadableLake: one is no whole manifest, or cannot be read.
    """
    found = []
    for manifest in each_manifest(store, files):
        if isinstance(manifest, UnreadableLake):
            raise manifest
        found.append(manifest)
    return found


def each_manifest(store: Store, files: Sequence[StoredFile]) -> list[Manifest | UnreadableLake]:
    """The manifests that some files hold, in their order; of one that is damaged the error.

    Raises:
        UnreadableLake: one cannot be read, or there is no room to bring them.
    """
    if not files:
        return []
    try:
        with tempfile.TemporaryDirectory(prefix="dueng-manifests-") as folder:
            paths = store.bring(files, Path(folder))
            return [
                _manifest(path, store.address(file.path))
                for file, path in zip(files, paths, strict=True)
            ]
    except OSError as error:
        raise UnreadableLake(
            f"the manifests of the copy cannot be brought here: {error.strerror}",
            where=error.filename or tempfile.gettempdir(),
            hint="Make room in the system's temporary folder, or name another one in TMPDIR.",
        ) from None


def _manifest(path: Path, address: str) -> Manifest | UnreadableLake:
    try:
        return read_manifest(path.read_bytes(), address)
    except UnreadableLake as error:
        return error
    except OSError as error:
        raise UnreadableLake(
            f"cannot be read: {error.strerror}", where=address, hint="Repeat the command."
        ) from None
