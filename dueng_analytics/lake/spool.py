"""Rows of one relation, collected as JSON lines and turned into Parquet by the engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.lake.literals import text, texts
from dueng_analytics.model.arrow import arrow_schema
from dueng_analytics.model.types import Array, ColumnType, Map, Struct

COPY_OPTIONS = "format parquet, compression lz4_raw, row_group_size 50000"
LARGEST_LINE_BYTES = 4_000_000
"""DuckDB holds several buffers of the size of the largest document that it is told to expect."""
_LARGEST_SPOOL_BYTES = 64_000_000


class Spool:
    """Takes rows one by one, whose values are of the declared types, maps as dictionaries."""

    def __init__(
        self, engine: DuckDBEngine, columns: Mapping[str, ColumnType], folder: Path, name: str
    ) -> None:
        self._engine = engine
        self._columns = columns
        self._folder = folder
        self._name = name
        self._lines: BinaryIO | None = None
        self._staged: list[Path] = []

    def add(self, values: Mapping[str, Any], size: int = 0) -> None:
        """Take a row; a large one, as far as its size is known, is not written out twice."""
        line = b"" if size > LARGEST_LINE_BYTES else _line(values)
        if not 0 < len(line) <= LARGEST_LINE_BYTES:
            del line
            self._write_alone(values)
            return
        if self._lines is None:
            self._lines = self._path("json").open("wb")
        self._lines.write(line)
        if self._lines.tell() > _LARGEST_SPOOL_BYTES:
            self._turn()

    def close(self) -> list[Path]:
        """The Parquet files that hold every row; none where no row came."""
        self._turn()
        return self._staged

    def abandon(self) -> None:
        """Close what is open, of a spool whose rows nobody wants any more."""
        if self._lines is not None:
            self._lines.close()
            self._lines = None

    def _path(self, suffix: str) -> Path:
        return self._folder / f"{self._name}-{len(self._staged):04}.{suffix}"

    def _turn(self) -> None:
        if self._lines is None:
            return
        self._lines.close()
        lines, target = Path(self._lines.name), self._path("parquet")
        self._lines = None
        columns = ", ".join(
            f"{text(name)}: {text(kind.duckdb)}" for name, kind in self._columns.items()
        )
        self._engine.execute(
            f"copy (select * from read_json({texts([lines])}, columns = {{{columns}}},"
            f" format = 'newline_delimited', compression = 'uncompressed',"
            f" maximum_object_size = {2 * LARGEST_LINE_BYTES}))"
            f" to {text(target)} ({COPY_OPTIONS})"
        )
        lines.unlink()
        self._staged.append(target)

    def _write_alone(self, values: Mapping[str, Any]) -> None:
        self._turn()
        target = self._path("parquet")
        row = {name: _paired(values.get(name), kind) for name, kind in self._columns.items()}
        table = pa.Table.from_pylist([row], schema=arrow_schema(self._columns))
        del row
        pq.write_table(
            table, target, compression="lz4", use_dictionary=False, write_statistics=False
        )
        self._staged.append(target)
        del table
        pa.default_memory_pool().release_unused()


def _line(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, default=str).encode("ascii") + b"\n"


def _paired(value: Any, kind: ColumnType) -> Any:
    """A value with its maps as lists of pairs, as Arrow takes them."""
    if value is None:
        return None
    if isinstance(kind, Map):
        return [(key, _paired(item, kind.value)) for key, item in value.items()]
    if isinstance(kind, Array):
        return [_paired(item, kind.element) for item in value]
    if isinstance(kind, Struct):
        return {item.name: _paired(value[item.name], item.type) for item in kind.fields}
    return value
