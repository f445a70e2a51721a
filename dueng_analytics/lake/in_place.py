"""Parquet files that the engine reads where they lie, one query for each schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.lake.arrival import hour_column, hour_of_file_sql, hour_sql, within_sql
from dueng_analytics.lake.literals import texts, timestamps
from dueng_analytics.lake.parquet_files import ParquetFile, selection
from dueng_analytics.lake.planning import LakeFile
from dueng_analytics.lake.window import Window
from dueng_analytics.model.definitions import Source


@dataclass(slots=True)
class _Group:
    """Files of one schema; either each lies under an hour or none does."""

    source: Source
    schema: pa.Schema
    has_hour: bool
    files: list[tuple[LakeFile, ParquetFile]] = field(default_factory=list)


class FilesInPlace:
    """Collects files whose stored types become the declared ones without a loss."""

    def __init__(self, engine: DuckDBEngine, window: Window | None) -> None:
        self._engine = engine
        self._window = window
        self._groups: dict[tuple[str, str, bool], _Group] = {}
        self._number = 0
        self._schema: pa.Schema | None = None
        self._text = ""

    def add(self, file: LakeFile, stored: ParquetFile, source: Source) -> None:
        """Take a file of a source."""
        has_hour = file.hour is not None
        if stored.schema is not self._schema:  # of files of one copy it is the same object
            self._schema, self._text = stored.schema, str(stored.schema.remove_metadata())
        key = (source.qualified_name, self._text, has_hour)
        group = self._groups.setdefault(key, _Group(source, stored.schema, has_hour))
        group.files.append((file, stored))

    def queries(self, source: Source) -> list[str]:
        """What reads the files of a source, in the columns that every view sees."""
        return [self._query(group) for group in self._of(source)]

    def records_without_hour(self, source: Source) -> int:
        """The records of files under no hour; those outside the window do not count."""
        count = 0
        for group in self._of(source):
            if not group.has_hour:
                rows = self._engine.run(f"select count(*) from ({self._query(group)})")
                count += int(rows.column(0)[0].as_py())
        return count

    def _of(self, source: Source) -> Iterator[_Group]:
        return (group for group in self._groups.values() if group.source is source)

    def _query(self, group: _Group) -> str:
        hour = hour_sql(group.source)
        where = within_sql(hour, self._window)
        if group.has_hour:
            self._number += 1
            variable = f"lake_hours_{self._number}"
            hours = [file.hour for file, _ in group.files if file.hour is not None]
            self._engine.execute(f"set variable {variable} = {timestamps(hours)}")
            hour, where = hour_of_file_sql(f"getvariable('{variable}')"), "true"
        inner = (
            f"select {selection(group.schema, group.source)}, file_index from"
            f" read_parquet({texts(stored.path for _, stored in group.files)},"
            " hive_partitioning = false)"
        )
        partition = hour_column(group.source, hour)
        return f"select * exclude (file_index){partition} from ({inner}) where {where}"
