"""The embedded engine: its settings, and how it is interrupted."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import EngineError

# Sorting 600,000 texts holds about 60 MB.
SORTING = """
    select max(t) as t from (
        select md5(cast(range as varchar)) || repeat('x', 40) as t from range(600000)
        order by t offset 5
    )
"""
# Nothing that ends by itself in a test's time.
ENDLESS = (
    "select count(*) from range(3000000) a, range(1000000) b where (a.range * b.range) % 7 = 3"
)


def interrupted_after(seconds: float) -> threading.Timer:
    """A timer that does what a terminal's interrupt does."""
    timer = threading.Timer(seconds, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    return timer


def test_a_query_beyond_the_memory_limit_spills_into_a_folder_that_is_gone_afterwards(tmp_path):
    folder = tmp_path / "deep" / "spill"
    seen: list[str] = []
    with DuckDBEngine(memory_limit="30 MB", spill_folder=folder, threads=1) as engine:
        watching = threading.Event()

        def watch() -> None:
            while not watching.wait(0.005):
                seen.extend(path.name for path in folder.rglob("*.tmp"))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            assert len(engine.run(SORTING)) == 1
        finally:
            watching.set()
            watcher.join()
    assert seen
    assert list(folder.iterdir()) == []


def test_a_query_that_cannot_spill_says_what_to_allow(tmp_path):
    with DuckDBEngine(memory_limit="20 MB", spill_folder=tmp_path, threads=1) as engine:
        engine.execute("set max_temp_directory_size = '1MB'")
        with pytest.raises(EngineError, match=r"[Mm]emory|temp") as caught:
            engine.run(SORTING)
    assert "--memory-limit" in str(caught.value.hint)


@pytest.mark.parametrize("text", ["1 GB", "1gb", "512 MB", "500000000"])
def test_a_memory_limit_is_given_in_any_usual_unit(text):
    with DuckDBEngine(memory_limit=text) as engine:
        assert engine.run("select 1 as one").to_pylist() == [{"one": 1}]


@pytest.mark.parametrize("options", [{"memory_limit": "much"}, {"threads": 0}])
def test_a_setting_that_means_nothing_is_an_error_that_names_the_settings(options):
    with pytest.raises(EngineError) as caught:
        DuckDBEngine(**options)
    assert "--memory-limit" in str(caught.value.hint)


def test_a_spill_folder_that_cannot_be_made_is_an_error_with_its_name(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match="file/spill"):
        DuckDBEngine(spill_folder=tmp_path / "file" / "spill")


def test_without_a_spill_folder_nothing_is_made_in_the_current_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with DuckDBEngine(memory_limit="30 MB", threads=1) as engine:
        engine.run(SORTING)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_ends_a_query_and_the_next_one_runs():
    with DuckDBEngine() as engine:
        timer = interrupted_after(0.3)
        with pytest.raises(KeyboardInterrupt):
            engine.run(ENDLESS)
        timer.join()
        assert engine.run("select 1 as one").to_pylist() == [{"one": 1}]


def test_an_interrupt_ends_a_statement_without_rows_too():
    with DuckDBEngine() as engine:
        timer = interrupted_after(0.3)
        with pytest.raises(KeyboardInterrupt):
            engine.execute(f"create table t as {ENDLESS}")
        timer.join()
        assert engine.run("select * from duckdb_tables() where table_name = 't'").num_rows == 0


def test_a_query_may_be_run_in_another_thread():
    with DuckDBEngine() as engine:
        found: list[object] = []
        thread = threading.Thread(
            target=lambda: found.extend(engine.run("select 1 as one").to_pylist())
        )
        thread.start()
        thread.join()
        assert found == [{"one": 1}]


def test_nothing_is_loaded_from_the_network():
    with DuckDBEngine() as engine:
        rows = engine.run("select current_setting('autoinstall_known_extensions') as value")
        assert rows.to_pylist() == [{"value": False}]


def test_times_with_a_zone_are_shown_in_utc():
    with DuckDBEngine() as engine:
        rows = engine.run("select cast(timestamptz '2026-10-19 05:00:00+02' as varchar) as t")
        assert rows.to_pylist() == [{"t": "2026-10-19 03:00:00+00"}]


def test_a_message_of_the_engine_that_is_cut_within_a_letter_is_an_error_like_others():
    def refused():
        return b"cannot cast \xf0".decode()

    with DuckDBEngine(threads=1) as engine, pytest.raises(EngineError, match="cannot be read"):
        engine._carry_out("select 1", refused)
