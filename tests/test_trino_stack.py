# ruff: noqa: E402 - what takes long to import is imported where the module is run
"""The servers of the tests: they answer, and nothing of them is left behind."""

import pytest

from tests.on_trino import trino_module

trino_module("test_trino_stack.py")

from tests.stack import processes
from tests.stack.local_aws import start_local_aws


@pytest.fixture(scope="module")
def cursor(local_aws):
    with local_aws.trino.connect() as connection:
        yield connection.cursor()


def test_trino_is_of_the_version_that_the_answers_are_of(cursor):
    cursor.execute("select version()")
    assert cursor.fetchall() == [["476"]]


def test_nothing_is_left_of_servers_that_were_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    local = start_local_aws(with_trino=False)
    assert processes.is_alive(local.aws_pid)
    local.stop()
    assert not processes.is_alive(local.aws_pid)
    assert list(tmp_path.iterdir()) == []
