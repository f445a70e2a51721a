"""What happens to a query on the server, seen from a test; and an interrupt at the right moment."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from .trino_server import TrinoServer


@dataclass(frozen=True, slots=True)
class Query:
    """A query as the server remembers it."""

    id: str
    state: str
    error: str | None


def a_mark() -> str:
    """A word that no other query has: put it in a comment."""
    return f"mark_{uuid.uuid4().hex}"


class Watch:
    """Asks a server about the queries that have a mark, such as a comment, in their text."""

    def __init__(self, server: TrinoServer) -> None:
        self._server = server

    def ask(self, sql: str) -> list[list[Any]]:
        """The rows of a statement, past any engine of this package."""
        with self._server.connect() as connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            return list(cursor.fetchall())

    def queries(self, mark: str) -> list[Query]:
        """Those with the mark, whatever became of them."""
        rows = self.ask(
            "select query_id, state, error_code from system.runtime.queries"
            f" where query like '%{mark}%' and query not like '%runtime.queries%'"
        )
        return [Query(*row) for row in rows]

    def is_running(self, mark: str) -> bool:
        return any(query.state == "RUNNING" for query in self.queries(mark))

    def is_cancelled(self, mark: str) -> bool:
        """Whether there is just one, and its client ended it."""
        found = [(query.state, query.error) for query in self.queries(mark)]
        return found == [("FAILED", "USER_CANCELED")]

    def kill(self, mark: str, reason: str) -> None:
        """End those that run."""
        for query in self.queries(mark):
            if query.state == "RUNNING":
                self.ask(f"call system.runtime.kill_query('{query.id}', '{reason}')")


def wait_for(condition: Callable[[], bool], *, within_s: float = 60.0) -> None:
    """Return when a condition holds; fail if it never does."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.1)


@contextmanager
def doing_when(condition: Callable[[], bool], action: Callable[[], object]) -> Iterator[None]:
    """Do something on the side as soon as a condition holds."""

    def wait_and_do() -> None:
        wait_for(condition)
        action()

    thread = threading.Thread(target=wait_and_do)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@contextmanager
def interrupted_when(condition: Callable[[], bool]) -> Iterator[None]:
    """Interrupt what runs here as soon as a condition holds, as Ctrl-C does, and expect that."""
    with (
        pytest.raises(KeyboardInterrupt),
        doing_when(condition, lambda: os.kill(os.getpid(), signal.SIGINT)),
    ):
        yield
    with warnings.catch_warnings():  # of a talk that was broken off a socket may be left
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
