"""One stack for all processes of a test run: to start one, and to make it fast, takes a minute."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from .local_aws import LocalAws, start_local_aws


@contextmanager
def shared_aws(folder: Path) -> Iterator[LocalAws]:
    """The servers, with Trino: the first one who comes starts them, the last one who goes stops.

    Args:
        folder: what all that share them know it by.

    Raises:
        StackError: they do not start.
    """
    with _state(folder) as state:
        if state["users"] == 0:
            state["servers"] = asdict(start_local_aws(with_trino=True))
        state["users"] += 1
        servers = LocalAws(**state["servers"])
    try:
        yield servers
    finally:
        with _state(folder) as state:
            state["users"] -= 1
            if state["users"] == 0:
                servers.stop()


@contextmanager
def _state(folder: Path) -> Iterator[dict]:  # type: ignore[type-arg]
    """What is known of the servers, for one at a time; it is kept if nothing goes wrong."""
    with (folder / "stack.json").open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        state = json.loads(file.read() or '{"users": 0}')
        yield state
        file.truncate(0)
        json.dump(state, file)
