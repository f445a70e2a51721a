"""Where a lake is made until it is whole: a hidden folder within the target."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from dueng_analytics.errors import DuengError, UsageError
from dueng_analytics.simulate.plan import GENERATOR, Plan

STAGE = ".simulation-in-progress"
_LOCK = "lock"
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
        manifest = target / TRUTH / MANIFEST
        # Both folders are moved whole: with both there, only tidying up was left to do.
        if names - {STAGE} == {EVENTS, TRUTH} and manifest.is_file():
            return _of_the_same(plan, manifest.read_bytes(), target)
    except NotADirectoryError as error:
        raise UsageError(
            f"{target} is a file", hint="Give a folder that is empty or not there yet."
        ) from error
    except OSError as error:
        raise TargetError(
            f"{target} cannot be read: {error.strerror}",
            hint="Give a folder that this user may write to.",
        ) from error
    if not names or (STAGE in names and names <= {STAGE, TRUTH}):
        return None  # nothing, or what a run left that was ended before its lake was whole
    raise UsageError(
        f"{target} is not empty and holds no simulated lake",
        hint="Give a folder that is empty or not there yet.",
    )


def _of_the_same(plan: Plan, text: bytes, target: Path) -> dict[str, Any]:
    """The manifest of a lake that is there, if this plan would make the very same."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("totals"), dict):
        why = "a lake whose manifest cannot be understood"
    elif found.get("generator") != GENERATOR:
        why = "a lake that another version of the generator made"
    elif found.get("parameters") != json.loads(json.dumps(plan.parameters())):
        why = "a lake of other parameters"
    else:
        return found
    raise UsageError(
        f"{target} holds {why}",
        hint=f"Give another folder, or remove this one: rm -r {shlex.quote(str(target))}",
    )


@contextmanager
def alone(target: Path, plan: Plan) -> Iterator[None]:
    """Nobody else makes a lake in the target for the time, and nothing but a whole one stays there.

    Raises:
        UsageError: another run is making a lake there.
        TargetError: there is no room, or no right to write.
    """
    is_new = not target.exists()
    try:
        with _locked(target / STAGE, target):
            try:
                yield
            finally:
                _clear(target, is_new)
    except OSError as error:
        raise _as_told(error, target, plan) from error


@contextmanager
def stage(target: Path) -> Iterator[Path]:
    """A hidden folder within the target, whose content is the target's when all went well."""
    _empty(target / STAGE)
    shutil.rmtree(target / TRUTH, ignore_errors=True)
    # A folder of its own: a worker of a run that was killed may still be writing.
    hidden = Path(tempfile.mkdtemp(dir=target / STAGE))
    yield hidden
    # A folder of events is a lake: it comes last.
    for name in (TRUTH, EVENTS):
        (hidden / name).rename(target / name)


def _locked(hidden: Path, target: Path) -> IO[bytes]:
    """The file whose lock says that a run is at work, open and locked."""
    while True:
        hidden.mkdir(parents=True, exist_ok=True)
        try:
            lock = (hidden / _LOCK).open("wb")
        except FileNotFoundError:
            continue  # the run that had it has just tidied up
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(lock.fileno()), (hidden / _LOCK).stat()):
                return lock
        except BlockingIOError:
            lock.close()
            raise UsageError(
                f"another run is making a lake in {target}",
                hint="Wait until it is done, or give another folder.",
            ) from None
        except FileNotFoundError:
            pass
        lock.close()


def _empty(hidden: Path) -> None:
    """Remove all that a run left in its hidden folder, but for the lock."""
    for left in hidden.iterdir():
        if left.name != _LOCK:
            shutil.rmtree(left, ignore_errors=True)


def _clear(target: Path, is_new: bool) -> None:
    """Leave the whole lake and nothing else, or the target as it was found.

    What cannot be removed is no error: the next run takes no notice of it.
    """
    with suppress(OSError):
        if not (target / EVENTS).exists():
            shutil.rmtree(target / TRUTH, ignore_errors=True)
        _empty(target / STAGE)
        # The lock goes last: from here on another run may begin.
        (target / STAGE / _LOCK).unlink()
        (target / STAGE).rmdir()
        if is_new and not any(target.iterdir()):
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
