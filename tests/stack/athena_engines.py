"""What runs the statements that the local Athena is sent: Trino, or DuckDB to be quick."""

from __future__ import annotations

import datetime
import decimal
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import duckdb
import sqlglot
import trino


@dataclass(frozen=True, slots=True)
class Answer:
    """Columns as (name, Athena type, precision, scale), rows as Athena writes them."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[str | None]]
    scanned_bytes: int


class Failed(Exception):
    """The engine refused or failed; the text is what the engine says."""

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class Running(Protocol):
    """One statement on its way."""

    def result(self) -> Answer:
        """Run it to its end; raises :class:`Failed`."""

    def cancel(self) -> None:
        """Stop it, from another thread."""

    def scanned_bytes(self) -> int:
        """What it has read so far."""


class TrinoStatement:
    """A statement on the Trino of the stack."""

    def __init__(self, sql: str, database: str | None, port: int) -> None:
        self._sql = sql
        self._connection = trino.dbapi.connect(
            host="127.0.0.1",
            port=port,
            user="athena",
            catalog="awsdatacatalog",
            schema=database,
            timezone="UTC",
        )
        self._cursor = self._connection.cursor()

    def result(self) -> Answer:
        try:
            self._cursor.execute(self._sql)
            rows = self._cursor.fetchall()
        except trino.exceptions.TrinoQueryError as error:
            raise Failed(f"{error.error_name}: {error.message}", str(error.error_type)) from None
        columns = [
            (column.name, str(column.type_code)) for column in self._cursor.description or []
        ]
        return Answer(
            columns, [[text(value) for value in row] for row in rows], self.scanned_bytes()
        )

    def cancel(self) -> None:
        self._cursor.cancel()

    def scanned_bytes(self) -> int:
        return int((self._cursor.stats or {}).get("physicalInputBytes", 0))


class DuckDBStatement:
    """A statement over the tables of one DuckDB database, translated as plainly as it goes."""

    def __init__(self, sql: str, database: str | None, path: str) -> None:
        self._sql = sql
        self._database = database
        self._connection = duckdb.connect(path, read_only=True)
        self._lock = threading.Lock()

    def result(self) -> Answer:
        try:
            statement = sqlglot.transpile(self._sql, read="athena", write="duckdb")[0]
            self._connection.execute("set timezone = 'UTC'")
            if self._database:
                self._connection.execute(f'use "{self._database}"')
            found = self._connection.execute(statement)
            columns = [
                (name, _ATHENA_TYPES.get(str(kind), "varchar"))
                for name, kind, *_ in found.description or []
            ]
            rows = [[text(value) for value in row] for row in found.fetchall()]
        except (sqlglot.errors.SqlglotError, duckdb.Error) as error:
            raise Failed(str(error).splitlines()[0], "USER_ERROR") from None
        finally:
            self._connection.close()
        return Answer(columns, rows, 0)

    def cancel(self) -> None:
        self._connection.interrupt()

    def scanned_bytes(self) -> int:
        return 0


_ATHENA_TYPES = {
    "BIGINT": "bigint",
    "INTEGER": "integer",
    "HUGEINT": "bigint",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "TIMESTAMP": "timestamp",
    "DATE": "date",
}


def text(value: Any) -> str | None:
    """A value as Athena writes it into its results."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{text(k)}={text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, tuple):  # a row; named fields where the engine names them
        names = getattr(value, "__annotations__", {}).get("names") or []
        parts = [f"{name}={text(v)}" for name, v in zip(names, value, strict=False)]
        return "{" + ", ".join(parts or [str(text(v)) for v in value]) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(str(text(item)) for item in value) + "]"
    if isinstance(value, (datetime.date, decimal.Decimal, int, float, str)):
        return str(value)
    return str(value)
