"""The embedded engine: DuckDB, set up to answer like Athena."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa

from dueng_analytics.dialect import DUCKDB_MACROS, Typed, to_duckdb
from dueng_analytics.errors import EngineError
from dueng_analytics.model.arrow import arrow_schema
from dueng_analytics.model.types import ColumnType


class DuckDBEngine:
    """One DuckDB database with a schema per family; closed on leaving the ``with`` block."""

    name = "duckdb"

    def __init__(
        self,
        *,
        memory_limit: str | None = None,
        spill_folder: Path | None = None,
        threads: int | None = None,
    ) -> None:
        settings: dict[str, str | bool | int | float | list[str]] = {}
        if memory_limit is not None:
            settings["memory_limit"] = memory_limit
        if spill_folder is not None:
            settings["temp_directory"] = str(spill_folder)
        if threads is not None:
            settings["threads"] = threads
        try:
            self.connection = duckdb.connect(config=settings)
        except duckdb.Error as error:
            raise EngineError(f"DuckDB does not start: {_first_line(error)}") from None
        self.connection.execute("set timezone = 'UTC'")
        for macro in DUCKDB_MACROS:
            self.connection.execute(macro)

    def __enter__(self) -> DuckDBEngine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()

    def query(self, typed: Typed) -> pa.Table:
        """The rows of a bound statement, in Arrow.

        Raises:
            EngineError: DuckDB refused or failed.
        """
        return self.run(to_duckdb(typed))

    def run(self, sql: str) -> pa.Table:
        """The rows of a statement in DuckDB's own SQL."""
        try:
            return self.connection.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise EngineError(
                f"the query failed on DuckDB: {_first_line(error)}", hint=None
            ) from error

    def create_view(self, family: str, name: str, typed: Typed) -> None:
        """Put a view of that name into the family's schema."""
        self.execute(f'create schema if not exists "{family}"')
        self.execute(f'create or replace view "{family}"."{name}" as\n{to_duckdb(typed)}')

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
        try:
            self.connection.execute(sql)
        except duckdb.Error as error:
            raise EngineError(f"DuckDB failed: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
