"""Files of a copy on this machine: each is held against what its manifest says of it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dueng_analytics.errors import UnreadableLake
from dueng_analytics.lake.copies import damage_of_file, damaged
from dueng_analytics.lake.planning import LakeFile
from dueng_analytics.lake.storage import GONE

_AT_ONCE = 4


def bring(files: Sequence[LakeFile], folder: Path) -> list[Path]:
    """Files of one store on this machine; remote ones are copied into the folder.

    Raises:
        UnreadableLake: one cannot be had; or it is of a copy, and is not as it was written.
    """
    try:
        paths = files[0].store.bring([file.file for file in files], folder)
    except UnreadableLake as error:
        if files[0].copied is not None and error.what == GONE:
            raise damaged(str(error.where), "it is gone or was altered") from None
        raise
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for file, reason in zip(files, pool.map(_damage, files, paths), strict=True):
            if reason is not None:
                raise damaged(file.address, reason)
    return paths


def _damage(file: LakeFile, path: Path) -> str | None:
    return damage_of_file(path, file.copied) if file.copied is not None else None
