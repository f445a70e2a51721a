"""Files of one batch after another, by format and shape, into Parquet that the engine reads."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import EngineError, UnreadableLake
from dueng_analytics.lake.documents import GZIP, PARQUET, magic_of
from dueng_analytics.lake.parquet_files import (
    ParquetFile,
    UnfittingType,
    open_parquet,
    selection,
    source_of_schema,
)
from dueng_analytics.lake.planning import LakeFile
from dueng_analytics.lake.tolerant import Rejected, Row, read_tolerantly
from dueng_analytics.lake.typed_json import JsonFile, sources_of_whole_files, stage_typed
from dueng_analytics.model.arrow import arrow_schema
from dueng_analytics.model.definitions import Source
from dueng_analytics.model.types import ColumnType, Scalar

_LARGEST_TYPED_DOCUMENT_BYTES = 4_000_000
"""A larger document makes DuckDB hold several buffers of its size; it is read on its own."""
_GROUP_BYTES = 8_000_000
_GROUP_ROWS = 20_000
_RAW_CHARACTERS = 10_000
_QUARANTINE = pa.schema(
    [
        pa.field("file", pa.string()),
        pa.field("position", pa.int64()),
        pa.field("reason", pa.string()),
        pa.field("family", pa.string()),
        pa.field("raw", pa.string()),
        pa.field("hour", pa.timestamp("us")),
    ]
)
_COPY_OPTIONS = "format parquet, compression lz4_raw, row_group_size 50000"


class Stage:
    """Collects the records of files; counts them, and what could not be one."""

    def __init__(self, engine: DuckDBEngine, sources: Sequence[Source], folder: Path) -> None:
        self.records: Counter[str] = Counter()
        self.quarantined = 0
        self.unknown_shapes = 0
        self.records_without_hour = 0
        self.values_lost = 0
        self.first_rejected: str | None = None
        self._engine = engine
        self._sources = sources
        self._folder = folder
        self._pending: list[tuple[LakeFile, Path]] = []
        self._staged: dict[str, list[Path]] = defaultdict(list)
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._row_bytes: Counter[str] = Counter()
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._number = 0

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def add(self, file: LakeFile, path: Path) -> None:
        """Take a file that is on this machine into the current batch."""
        self._pending.append((file, path))

    def flush(self) -> None:
        """Read the current batch; files that were brought from elsewhere are removed."""
        plain: list[tuple[LakeFile, JsonFile]] = []
        for file, path in self._pending:
            try:
                magic = magic_of(path)
            except OSError as error:
                raise UnreadableLake(
                    f"{file.address} cannot be read: {error.strerror}",
                    hint="Check that it exists and may be read.",
                ) from None
            if magic == PARQUET:
                self._add_parquet(file, path)
            else:
                plain.append((file, JsonFile(path, magic[:2] == GZIP, file.hour)))
        for is_gzip in (False, True):
            self._add_json([pair for pair in plain if pair[1].is_gzip is is_gzip])
        for _, path in self._pending:
            if path.parent == self._folder / "incoming":
                path.unlink(missing_ok=True)
        self._pending = []

    def finish(self) -> None:
        """Write out what is still in memory."""
        for name in list(self._rows):
            self._write(name)

    def create_relations(self) -> datetime | None:
        """Make every source and the quarantine readable; returns when the last event happened."""
        last: list[datetime] = []
        for source in self._sources:
            self._engine.execute(f'create schema if not exists "{source.family}"')
            name = f'"{source.family}"."{source.name}"'
            staged = self._staged[source.qualified_name]
            if not staged:
                columns = ", ".join(f'"{c}" {k.duckdb}' for c, k in _columns(source).items())
                self._engine.execute(f"create or replace table {name} ({columns})")
                continue
            self._engine.execute(
                f"create or replace view {name} as select * from read_parquet({_list(staged)})"
            )
            moment = self._last_moment(source, name)
            if moment is not None:
                last.append(moment)
        self._engine.execute("create schema if not exists lake")
        rejected = self._staged["quarantine"]
        body = f"select * from read_parquet({_list(rejected)})" if rejected else _no_quarantine()
        self._engine.execute(f"create or replace view lake.quarantine as {body}")
        return max(last, default=None)

    def _last_moment(self, source: Source, name: str) -> datetime | None:
        if source.clocks is None:
            return None
        kind = _columns(source).get(source.clocks.record_time)
        if kind != Scalar("bigint"):
            return None
        rows = self._engine.run(
            f'select epoch_ms(max("{source.clocks.record_time}")) as moment from {name}'
        )
        moment: datetime | None = rows.column(0)[0].as_py()
        return moment

    def _candidates(self, file: LakeFile) -> list[Source]:
        return [source for source in self._sources if file.family in (None, source.family)]

    def _add_parquet(self, file: LakeFile, path: Path) -> None:
        candidates = self._candidates(file)
        try:
            parquet = open_parquet(path, file.hour)
        except (pa.ArrowException, OSError) as error:
            self._reject(file, Rejected(0, f"not a whole Parquet file: {_line(error)}", ""))
            return
        source = source_of_schema(parquet.schema, candidates)
        if source is None and file.family is not None and len(candidates) == 1:
            source = candidates[0]
        if source is None:
            names = ", ".join(parquet.schema.names)
            self._reject(
                file,
                Rejected(0, "unknown shape: no source has these columns", names, True),
                parquet.rows,
            )
            return
        self._stage_parquet(file, parquet, source)

    def _stage_parquet(self, file: LakeFile, parquet: ParquetFile, source: Source) -> None:
        try:
            columns, lost = selection(parquet.schema, source, file.hour)
        except UnfittingType as error:
            self._reject(file, Rejected(0, f"another schema: {error}", ""), parquet.rows)
            return
        read = f"read_parquet({_list([parquet.path])}, hive_partitioning = false)"
        condition = " or ".join(lost) or "false"
        target = self._target()
        try:
            count = self._copy(f"select {columns} from {read} where not ({condition})", target)
        except EngineError as error:
            target.unlink(missing_ok=True)
            self._reject(
                file, Rejected(0, f"not readable as Parquet: {error.what}", ""), parquet.rows
            )
            return
        self._staged[source.qualified_name].append(target)
        self.records[source.qualified_name] += count
        if file.hour is None:
            self.records_without_hour += count
        if count < parquet.rows:
            rows = self._engine.run(
                f"select file_row_number as position, to_json(record) as raw from"
                f" read_parquet({_list([parquet.path])}, file_row_number = true,"
                f" hive_partitioning = false) as record where {condition}"
            )
            for row in rows.to_pylist():
                reason = "a value does not fit its declared type"
                self._reject(file, Rejected(row["position"], reason, str(row["raw"])))

    def _add_json(self, files: Sequence[tuple[LakeFile, JsonFile]]) -> None:
        typed: dict[str, list[tuple[LakeFile, JsonFile]]] = defaultdict(list)
        by_name = {source.qualified_name: source for source in self._sources}
        families = {file.family for file, _ in files}
        for family in sorted(families, key=str):
            members = [pair for pair in files if pair[0].family == family and pair[1].hour]
            if not members:
                continue
            found = sources_of_whole_files(
                self._engine,
                [json_file for _, json_file in members],
                self._candidates(members[0][0]),
                _LARGEST_TYPED_DOCUMENT_BYTES,
            )
            for pair in members:
                if pair[1].path in found:
                    typed[found[pair[1].path].qualified_name].append(pair)
        done: set[Path] = set()
        for name, pairs in typed.items():
            target = self._target()
            count = stage_typed(
                self._engine,
                [json_file for _, json_file in pairs],
                by_name[name],
                target,
                _LARGEST_TYPED_DOCUMENT_BYTES,
            )
            if count is not None:
                self._staged[name].append(target)
                self.records[name] += count
                done |= {json_file.path for _, json_file in pairs}
        for file, json_file in files:
            if json_file.path not in done:
                self._add_tolerantly(file, json_file.path)

    def _add_tolerantly(self, file: LakeFile, path: Path) -> None:
        candidates = self._candidates(file)
        records = read_tolerantly(
            path, candidates, file.hour, family_is_given=file.family is not None
        )
        for found in records:
            if isinstance(found, Rejected):
                self._reject(file, found)
                continue
            self._keep(found)

    def _keep(self, row: Row) -> None:
        name = row.source.qualified_name
        self.records[name] += 1
        self.values_lost += row.lost_values
        if not row.hour_is_known:
            self.records_without_hour += 1
        self._collect(name, dict(row.values), row.size_bytes)

    def _reject(self, file: LakeFile, rejected: Rejected, count: int = 1) -> None:
        self.quarantined += count
        if rejected.is_unknown_shape:
            self.unknown_shapes += count
        if self.first_rejected is None:
            self.first_rejected = f"{file.address}, byte {rejected.position}: {rejected.reason}"
        self._collect(
            "quarantine",
            {
                "file": file.address,
                "position": rejected.position,
                "reason": rejected.reason,
                "family": file.family,
                "raw": rejected.raw[:_RAW_CHARACTERS],
                "hour": file.hour,
            },
            min(len(rejected.raw), _RAW_CHARACTERS),
        )

    def _collect(self, name: str, values: dict[str, Any], size_bytes: int) -> None:
        self._rows[name].append(values)
        self._row_bytes[name] += size_bytes
        if len(self._rows[name]) >= _GROUP_ROWS or self._row_bytes[name] >= _GROUP_BYTES:
            self._write(name)

    def _write(self, name: str) -> None:
        rows, self._rows[name], self._row_bytes[name] = self._rows[name], [], 0
        if not rows:
            return
        schema = _QUARANTINE if name == "quarantine" else self._schema(name)
        if name not in self._writers:
            target = self._target()
            self._staged[name].append(target)
            self._writers[name] = pq.ParquetWriter(target, schema, compression="lz4")
        self._writers[name].write_table(pa.Table.from_pylist(rows, schema=schema))

    def _schema(self, name: str) -> pa.Schema:
        source = next(source for source in self._sources if source.qualified_name == name)
        return arrow_schema(_columns(source))

    def _copy(self, query: str, target: Path) -> int:
        result = self._engine.run(f"copy ({query}) to {_list([target])[1:-1]} ({_COPY_OPTIONS})")
        return int(result.column(0)[0].as_py())

    def _target(self) -> Path:
        self._number += 1
        return self._folder / f"{self._number:06}.parquet"


def _columns(source: Source) -> dict[str, ColumnType]:
    columns: dict[str, ColumnType] = {column.name: column.type for column in source.columns}
    if source.partition_column is not None:
        columns[source.partition_column] = Scalar("timestamp")
    return columns


def _no_quarantine() -> str:
    kinds = {"position": "bigint", "hour": "timestamp"}
    columns = (f"cast(null as {kinds.get(f.name, 'varchar')}) as {f.name}" for f in _QUARANTINE)
    return f"select {', '.join(columns)} where false"


def _list(paths: Sequence[Path]) -> str:
    return "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths) + "]"


def _line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
