# ruff: noqa: E402 - what takes long to import is imported where the module is run
"""The servers of the tests: they answer, say what is missing, and leave nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.on_trino import trino_module

trino_module("test_trino_stack.py")

from dueng_analytics.engines.athena import AthenaEngine
from dueng_analytics.engines.trino import TrinoEngine
from dueng_analytics.errors import EngineError
from dueng_analytics.model.types import parse_glue_type
from tests.stack import processes
from tests.stack.artifacts import StackError, server_folder
from tests.stack.big_table import SLOW_COUNT, big_table
from tests.stack.local_aws import LocalAws, start_local_aws
from tests.stack.trino_server import start_trino
from tests.stack.watching import Watch, a_mark, doing_when, interrupted_when, wait_for

NOWHERE = "http://127.0.0.1:9"
BIGINT = (parse_glue_type("bigint"),)
_ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder of temporary files of this test; nothing may be left in it, and no process."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []
    assert processes_of(tmp_path) == []


def processes_of(folder):
    """The processes that were started with files of a folder."""
    done = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True
    )
    return [line for line in done.stdout.splitlines() if str(folder) in line]


def script(path, *lines):
    """A program that stands in for another."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), "utf-8")
    path.chmod(0o755)
    return path


# --- the servers


def test_trino_is_of_the_version_that_the_answers_are_of(local_aws):
    assert Watch(local_aws.trino).ask("select version()") == [["476"]]


def test_nothing_is_left_of_servers_that_were_stopped(temporary):
    local = start_local_aws(with_trino=False)
    assert processes.is_alive(local.aws_pid)
    assert len(processes_of(temporary)) == 1
    local.stop()
    assert not processes.is_alive(local.aws_pid)


# --- what stops a server from starting


@pytest.fixture
def folder(tmp_path):
    """An empty folder for a server of Trino."""
    made = tmp_path / "trino"
    made.mkdir()
    return made


def test_another_java_is_told_which_is_needed(folder, temporary, monkeypatch):
    java = script(
        folder.parent / "java",
        "echo 'Exception in thread main: java.lang.UnsupportedClassVersionError: TrinoServer' >&2",
        "exit 1",
    )
    monkeypatch.setenv("DUENG_STACK_JAVA", str(java))
    with pytest.raises(StackError, match="Java 24 or newer") as caught:
        start_trino(folder, NOWHERE)
    assert "ended while it started" in str(caught.value)


def test_a_server_that_ends_at_once_is_an_error_with_its_last_words(folder, temporary, monkeypatch):
    java = script(folder.parent / "java", "echo 'there is no room' >&2", "exit 1")
    monkeypatch.setenv("DUENG_STACK_JAVA", str(java))
    with pytest.raises(StackError, match="Trino ended while it started:\n  there is no room"):
        start_trino(folder, NOWHERE)


def test_a_server_that_is_killed_while_it_starts_is_an_error(folder, temporary, monkeypatch):
    number = folder / "number"
    java = script(folder.parent / "java", f"echo $$ > {number}.part", *_and_wait(number))
    monkeypatch.setenv("DUENG_STACK_JAVA", str(java))
    with (
        doing_when(number.is_file, lambda: os.kill(int(number.read_text("utf-8")), signal.SIGKILL)),
        pytest.raises(StackError, match="Trino ended while it started"),
    ):
        start_trino(folder, NOWHERE)


def test_a_server_that_does_not_answer_in_time_is_stopped(folder, temporary, monkeypatch):
    number = folder / "number"
    java = script(folder.parent / "java", f"echo $$ > {number}.part", *_and_wait(number))
    monkeypatch.setenv("DUENG_STACK_JAVA", str(java))
    monkeypatch.setattr("tests.stack.trino_server.STARTED_WITHIN_S", 2.0)
    with pytest.raises(StackError, match="Trino did not answer within 2 s"):
        start_trino(folder, NOWHERE)
    assert not processes.is_alive(int(number.read_text("utf-8")))


def _and_wait(number):
    return f"mv {number}.part {number}", "exec sleep 300"


def test_a_java_that_is_not_there_is_named(folder, temporary, monkeypatch):
    monkeypatch.setenv("DUENG_STACK_JAVA", "/nowhere/java")
    with pytest.raises(StackError, match="DUENG_STACK_JAVA is /nowhere/java"):
        start_trino(folder, NOWHERE)


@pytest.mark.parametrize("server", ["aws_port", "trino_port"])
def test_a_port_that_is_taken_is_named_and_nothing_is_started(server, temporary):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StackError, match=f"The port {port} is taken"):
            start_local_aws(with_trino=True, **{server: port})


# --- by hand


@pytest.fixture
def cache(tmp_path, temporary, monkeypatch):
    """A cache folder of the test's own, with nothing in it."""
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setenv("DUENG_STACK_CACHE", str(folder))
    monkeypatch.setenv("TMPDIR", str(temporary))
    return folder


def by_hand(action, **environment):
    """What ``python -m tests.stack`` gives: exit code, output, complaint."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.stack", action],
        capture_output=True,
        text=True,
        check=False,
        cwd=_ROOT,
        env={**os.environ, **environment},
    )
    return done.returncode, done.stdout, done.stderr


def test_what_is_not_fetched_is_not_started_and_the_command_is_named(cache):
    code, out, complaint = by_hand("up")
    assert (code, out) == (1, "")
    assert "Trino is not fetched" in complaint
    assert "python -m tests.stack fetch" in complaint
    assert by_hand("status")[:2] == (1, "not running, and Trino is not fetched\n")


def test_to_fetch_without_maven_says_how_to_install_it(cache, tmp_path):
    code, _, complaint = by_hand("fetch", PATH=str(tmp_path))
    assert code == 1
    assert "Maven is not installed" in complaint
    assert "apt-get install maven" in complaint
    assert list(cache.iterdir()) == []


def test_a_file_with_another_checksum_is_refused(cache, tmp_path):
    script(
        tmp_path / "bin" / "mvn",
        'for word; do case "$word" in -DoutputDirectory=*) folder=${word#*=};; esac; done',
        'echo something else > "$folder/trino-server-core-476.tar.gz"',
    )
    code, _, complaint = by_hand("fetch", PATH=str(tmp_path / "bin"))
    assert code == 1
    assert "trino-server-core-476.tar.gz has the checksum" in complaint
    assert "Remove it from Maven's local repository" in complaint
    assert list(cache.iterdir()) == []


def test_what_maven_says_when_it_fails_is_passed_on(cache, tmp_path):
    script(tmp_path / "bin" / "mvn", "echo no way to the repository", "exit 1")
    code, _, complaint = by_hand("fetch", PATH=str(tmp_path / "bin"))
    assert code == 1
    assert "Maven did not bring io.trino:trino-server-core:476:tar.gz" in complaint
    assert "no way to the repository" in complaint
    assert list(cache.iterdir()) == []


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """What was shown when servers were started by hand, and they: nobody else changes them."""
    root = tmp_path_factory.mktemp("by-hand")
    cache, temporary = root / "cache", root / "temporary"
    cache.mkdir()
    temporary.mkdir()
    (cache / server_folder().name).symlink_to(server_folder().resolve(), target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DUENG_STACK_CACHE", str(cache))
        patch.setenv("TMPDIR", str(temporary))
        code, shown, complaint = by_hand("up")
        assert (code, complaint) == (0, "")
        try:
            yield shown, LocalAws(**json.loads((cache / "running.json").read_text("utf-8")))
        finally:
            assert by_hand("down") == (0, "", "")
    assert [path.name for path in cache.iterdir()] == [server_folder().name]
    assert list(temporary.iterdir()) == []
    assert processes_of(root) == []


def test_servers_by_hand_start_once_and_are_shown(started):
    shown, servers = started
    assert f"AWS    {servers.endpoint}  (process {servers.aws_pid})" in shown
    assert f"Trino  http://127.0.0.1:{servers.trino_port}  (process {servers.trino_pid})" in shown
    assert f"export AWS_ENDPOINT_URL={servers.endpoint}" in shown
    assert by_hand("up") == by_hand("status") == (0, shown, "")


def contents(local):
    """What the catalogue holds, the workgroups, and what runs on Trino."""
    glue, athena = local.client("glue"), local.client("athena")
    databases = [database["Name"] for database in glue.get_databases()["DatabaseList"]]
    tables = [
        (database, table["Name"])
        for database in databases
        for table in glue.get_tables(DatabaseName=database)["TableList"]
    ]
    groups = [group["Name"] for group in athena.list_work_groups()["WorkGroups"]]
    running = Watch(local.trino).ask(
        "select query_id from system.runtime.queries"
        " where state in ('QUEUED', 'PLANNING', 'RUNNING') and query not like '%runtime.queries%'"
    )
    return databases, tables, groups, running


def test_engines_leave_nothing_in_the_catalogue_and_nothing_running(
    started, temporary, monkeypatch
):
    _, servers = started
    for name, value in servers.environment.items():
        monkeypatch.setenv(name, value)
    servers.client("s3").create_bucket(Bucket="left-behind")
    watch, before = Watch(servers.trino), contents(servers)
    with (
        big_table(servers, "left_behind"),
        TrinoEngine(host="127.0.0.1", port=servers.trino_port, schema="left_behind") as trino,
        AthenaEngine(
            result_location="s3://left-behind/", database="left_behind", poll_interval_s=0.05
        ) as athena,
    ):
        during = contents(servers)
        for engine in (trino, athena):
            mark = a_mark()
            assert engine.run("select max(n) as n from big", BIGINT).table.num_rows == 1
            with pytest.raises(EngineError):
                engine.run("select n from damaged", BIGINT)
            with interrupted_when(lambda mark=mark: watch.is_running(mark)):
                engine.run(f"{SLOW_COUNT} -- {mark}", BIGINT)
            wait_for(lambda mark=mark: watch.is_cancelled(mark))
        assert contents(servers) == during
    assert contents(servers) == before
    assert during != before


def test_a_server_that_is_killed_while_it_works_is_named_and_missed(started, temporary):
    _, servers = started
    with TrinoEngine(host="127.0.0.1", port=servers.trino_port) as engine:
        assert engine.run("select 1 as n", BIGINT).table.num_rows == 1
        watch = Watch(servers.trino)
        with (
            doing_when(
                lambda: watch.is_running("cross join unnest"),
                lambda: os.kill(servers.trino_pid, signal.SIGKILL),
            ),
            pytest.raises(EngineError, match="does not answer") as caught,
        ):
            engine.run(SLOW_COUNT, BIGINT)
    assert "that the server runs" in (caught.value.hint or "")
    assert by_hand("status") == (1, "not running\n", "")
    assert not processes.is_alive(servers.aws_pid)
