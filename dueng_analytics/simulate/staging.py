"""Where a lake is made until it is whole: a hidden folder within the target."""

from __future__ import annotations

import errno
import json
import os
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dueng_analytics.errors import DuengError, UsageError
from dueng_analytics.simulate.plan import Plan

STAGE = ".simulation-in-progress"
EVENTS, TRUTH, MANIFEST = "events", "truth", "manifest.json"
# What a stored event takes on a disk, at most, and while the lake is made
_EVENT_BYTES = {"parquet": 280, "json": 480}


class TargetError(DuengError):
    """The folder that the lake should go to cannot take it."""


def earlier_manifest(target: Path, plan: Plan) -> dict[str, Any] | None:
    """The manifest of the same lake if it is there already, None where there is nothing.

    Raises:
        UsageError: the target holds something else.
        TargetError: the target is no folder, or cannot be read.
    """
    try:
        if not target.exists():
            return None
        names = {path.name for path in target.iterdir()}
    except NotADirectoryError as error:
        raise UsageError(
            f"{target} is a file", hint="Give a folder that is empty or not there yet."
        ) from error
    except OSError as error:
        raise TargetError(
            f"{target} cannot be read: {error.strerror}",
            hint="Give a folder that this user may write to.",
        ) from error
    if not names:
        return None
    manifest = target / TRUTH / MANIFEST
    if names == {EVENTS, TRUTH} and manifest.is_file():
        try:
            found: dict[str, Any] = json.loads(manifest.read_text("utf-8"))
        except ValueError:
            found = {}
        if found.get("parameters") == json.loads(json.dumps(plan.parameters())):
            return found
        raise UsageError(
            f"{target} holds a lake of other parameters",
            hint=f"Give another folder, or remove this one: rm -r {shlex.quote(str(target))}",
        )
    if STAGE in names and names <= {STAGE, TRUTH}:
        return None  # what a run left that was ended before its lake was whole
    raise UsageError(
        f"{target} is not empty and holds no simulated lake",
        hint="Give a folder that is empty or not there yet.",
    )


@contextmanager
def stage(target: Path, plan: Plan) -> Iterator[Path]:
    """A hidden folder within the target, whose content is the target's when all went well.

    Raises:
        TargetError: there is no room, or no right to write.
    """
    hidden = target / STAGE
    is_new = not target.exists()
    try:
        shutil.rmtree(hidden, ignore_errors=True)
        shutil.rmtree(target / TRUTH, ignore_errors=True)
        hidden.mkdir(parents=True)
        yield hidden
        # A folder of events is a lake: it comes last.
        for name in (TRUTH, EVENTS):
            (hidden / name).rename(target / name)
        shutil.rmtree(hidden)
    except OSError as error:
        _clear(target, hidden, is_new)
        raise _as_told(error, target, plan) from error
    except BaseException:
        _clear(target, hidden, is_new)
        raise


def _clear(target: Path, hidden: Path, is_new: bool) -> None:
    """Leave the target as it was found."""
    shutil.rmtree(hidden, ignore_errors=True)
    shutil.rmtree(target / TRUTH, ignore_errors=True)
    if is_new and target.is_dir() and not any(target.iterdir()):
        target.rmdir()


def _as_told(error: OSError, target: Path, plan: Plan) -> TargetError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        needed = plan.events * _EVENT_BYTES[plan.file_format] / 1e6
        return TargetError(
            f"there is no room in {target} for this lake: {os.strerror(error.errno)}",
            hint=f"It takes about {max(needed, 1):,.0f} MB while it is made. Nothing was left"
            " behind; free that much, or give fewer --events.",
        )
    return TargetError(
        f"{target} cannot be written: {error.strerror or error}",
        hint="Give a folder that this user may write to.",
    )
