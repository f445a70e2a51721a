"""Fixtures of several test modules."""

from __future__ import annotations

import gc
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dueng_analytics import Workspace, open_lake
from dueng_analytics.resources import packaged
from tests.kept_views import keep

if TYPE_CHECKING:
    from tests.stack.local_aws import LocalAws

# Trees of SQL are many objects that stay: to walk them as often as Python does by default takes a
# twentieth of the whole run.
gc.set_threshold(100_000, 50, 100)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A job in the background ignores interrupts; the tests that send one would wait for ever.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def packaged_lake() -> Iterator[Workspace]:
    """The packaged events, for tests that only read: to open them takes longer than most tests."""
    fixtures = packaged("fixtures")
    with open_lake(fixtures, names=fixtures / "names.csv") as lake:
        keep(lake, "messaging.messages")
        yield lake


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """The local AWS with Trino on top of it, for modules that begin with ``trino_module``.

    All workers of a run share it: a module has databases and buckets of its own.
    """
    from tests.stack.sharing import shared_aws  # takes long to import, and is rarely needed

    own = tmp_path_factory.getbasetemp()
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    with shared_aws(own.parent if is_worker else own) as local:
        yield local


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder of the test's own; whatever temporary is left behind fails the test."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    yield work
    assert list(temporary.iterdir()) == [], "temporary files were left behind"
    assert list(work.rglob("*.partial")) == []
