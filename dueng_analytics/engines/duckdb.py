"""The embedded engine: DuckDB, set up to answer like Athena."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any, TypeVar
from uuid import uuid4

import duckdb
import pyarrow as pa

from dueng_analytics.closing import ClosedOnLeaving
from dueng_analytics.config import parse_size
from dueng_analytics.dialect import NATIVE, Typed, macros_of, to_duckdb
from dueng_analytics.errors import EngineError
from dueng_analytics.model.arrow import arrow_schema
from dueng_analytics.model.types import ColumnType

Rows = list[dict[str, Any]]
_Result = TypeVar("_Result")


class DuckDBEngine(ClosedOnLeaving):
    """One DuckDB database with a schema per family; closed on leaving the ``with`` block.

    An interrupt ends a running statement at once, which DuckDB by itself does not do.

    Args:
        memory_limit: what may be held in memory, for instance ``1 GB``; beyond it DuckDB spills.
        spill_folder: where; the system's temporary folder by default. What is spilled lies in a
            folder of its own there, which is made when it is needed and removed on closing.
        threads: one for each core by default.
    """

    name = "duckdb"

    def __init__(
        self,
        *,
        memory_limit: str | None = None,
        spill_folder: Path | None = None,
        threads: int | None = None,
    ) -> None:
        self._spilled = _spill_path(spill_folder)
        settings: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": str(self._spilled),
            # What DuckDB does not bring along it would load from the network.
            "autoinstall_known_extensions": False,
        }
        try:
            if memory_limit is not None:
                settings["memory_limit"] = f"{parse_size(memory_limit)}B"
            if threads is not None:
                settings["threads"] = threads
            self.connection = duckdb.connect(config=settings)
        except (duckdb.Error, ValueError) as error:
            raise EngineError(
                f"DuckDB does not start: {_first_line(error)}",
                hint="Check --memory-limit, --spill-folder and --threads.",
            ) from None
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="duckdb")
        # Its thread begins now: to begin one is what an interrupt must not come into.
        self._worker.submit(int).result()
        self.connection.execute("set timezone = 'UTC'")
        self.connection.execute("set enable_progress_bar = false")
        for name, function in NATIVE.items():
            self.connection.create_function(name, function, ["VARCHAR"], "VARCHAR")
        self._macros: set[str] = set()

    def close(self) -> None:
        """Give back memory, and remove what was spilled."""
        self._worker.shutdown()
        self.connection.close()
        shutil.rmtree(self._spilled, ignore_errors=True)

    def query(self, typed: Typed) -> pa.Table:
        """The rows of a bound statement, in Arrow.

        Raises:
            EngineError: DuckDB refused or failed.
        """
        return self.run(to_duckdb(typed))

    def run(self, sql: str) -> pa.Table:
        """The rows of a statement in DuckDB's own SQL."""
        return self._carry_out(sql, lambda: self.connection.sql(sql).to_arrow_table())

    def rows(self, sql: str) -> Rows:
        """The rows of a statement in DuckDB's own SQL, where they are few: maps as dictionaries.

        It is planned once. :meth:`run` plans it twice, for its columns and for its rows, which
        counts where thousands of statements read a handful of rows.
        """

        def fetched() -> Rows:
            cursor = self.connection.execute(sql)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        return self._carry_out(sql, fetched)

    def create_view(self, family: str, name: str, sql: str) -> None:
        """Put a view of that name, in DuckDB's own SQL, into the family's schema."""
        self.execute(f'create schema if not exists "{family}"')
        self.execute(f'create or replace view "{family}"."{name}" as\n{sql}')

    def create_table(
        self, family: str, name: str, columns: Mapping[str, ColumnType], rows: pa.Table
    ) -> None:
        """Put a table of exactly these columns and rows into the family's schema."""
        self.execute(f'create schema if not exists "{family}"')
        self.connection.register("incoming_rows", rows.cast(arrow_schema(columns)))
        try:
            self.execute(
                f'create or replace table "{family}"."{name}" as select * from incoming_rows'
            )
        finally:
            self.connection.unregister("incoming_rows")

    def execute(self, sql: str) -> None:
        """Run a statement in DuckDB's own SQL for its effect."""
        self._carry_out(sql, lambda: self.connection.execute(sql), failed="DuckDB failed")

    def _carry_out(
        self, sql: str, call: Callable[[], _Result], failed: str = "the query failed on DuckDB"
    ) -> _Result:
        """What a call that runs a statement gives, its macros created before.

        Only those that it calls: all macros at once would take longer than most queries.
        """
        try:
            for macro in macros_of([sql], frozenset(NATIVE)):
                if macro not in self._macros:
                    self.connection.execute(macro)
                    self._macros.add(macro)
            return self._interruptible(call)
        except duckdb.Error as error:
            raise EngineError(f"{failed}: {_first_line(error)}", hint=_hint(error)) from error
        except UnicodeDecodeError as error:
            # DuckDB cuts what it quotes of a text, also inside of a letter.
            raise EngineError(f"{failed}, and what it says cannot be read") from error

    def _interruptible(self, call: Callable[[], _Result]) -> _Result:
        """Carry out a call; an interrupt meanwhile ends it, and goes on to the caller.

        Python sees signals in the main thread only, and there only between its own steps: so the
        call is made in another one, and the main thread waits.
        """
        if current_thread() is not main_thread():
            return call()
        try:
            return self._worker.submit(call).result()
        except Exception:
            raise
        except BaseException:
            # The call may be running, or be about to: once another one has ended, it has too.
            after = self._worker.submit(int)
            while not after.done():
                self.connection.interrupt()
                wait([after], timeout=0.05)
            raise


def _spill_path(folder: Path | None) -> Path:
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EngineError(
                f"nothing can be spilled to {folder}: {error.strerror}",
                hint="Choose a folder with room: --spill-folder.",
            ) from None
    return (folder or Path(tempfile.gettempdir())) / f"dueng-spill-{uuid4().hex}"


def _hint(error: duckdb.Error) -> str | None:
    """The way out where it is a matter of settings."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return (
            "Allow more with --memory-limit, read fewer hours, or give a folder with more room"
            " as --spill-folder."
        )
    if isinstance(error, duckdb.IOException) and "dueng-" in str(error):
        return "Choose a folder with room: --spill-folder."
    return None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
