"""Records as JSON objects under a table of Glue, one in each hour, and what Trino reads of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from dueng_analytics.deploy.glue_table import registered_hour, source_table
from dueng_analytics.deploy.source_ddl import table_columns
from dueng_analytics.engines.trino import TrinoEngine
from dueng_analytics.errors import EngineError
from dueng_analytics.model.definitions import Layout, Source
from dueng_analytics.model.types import Scalar

from .local_aws import LocalAws

BUCKET = "json-records"
FIRST_HOUR = datetime(2026, 10, 5)
_SESSIONS = 4
_MOST_PARTITIONS = 100
Found = Mapping[int, "list[dict[str, Any]] | str"]
"""By number of the object: the rows that are read of it, or what the query fails with."""


def hour_of(number: int) -> datetime:
    """The hour in which the object of a number lies."""
    return FIRST_HOUR + timedelta(hours=number)


@dataclass(frozen=True, slots=True)
class JsonTable:
    """A table in Glue over objects that were put into S3, one in each hour."""

    local: LocalAws
    schema: str
    source: Source
    layout: Layout
    name: str | None = None
    """Of the table; the layout's by default."""

    @property
    def _prefix(self) -> str:
        return f"{self.schema}/{self.name or self.source.qualified_name}"

    @property
    def _location(self) -> str:
        return f"s3://{BUCKET}/{self._prefix}"

    @property
    def _table(self) -> str:
        return self.name or self.layout.table

    def put(self, objects: Sequence[tuple[str, bytes]]) -> None:
        """Put objects, each a file name and its bytes, into the hours of their numbers."""
        s3 = self.local.client("s3")
        s3.create_bucket(Bucket=BUCKET)

        def put_one(numbered: tuple[int, tuple[str, bytes]]) -> None:
            number, (name, data) = numbered
            key = f"{self._prefix}/{hour_of(number):%Y/%m/%d/%H}/{name}"
            s3.put_object(Bucket=BUCKET, Key=key, Body=data)

        with ThreadPoolExecutor(_SESSIONS) as pool:
            list(pool.map(put_one, enumerate(objects)))

    def declare(self, hours: int) -> None:
        """Create the table; where its layout has hours registered, so many of them."""
        glue = self.local.client("glue")
        table = source_table(
            self.source,
            self.layout,
            location=self._location,
            file_format="json",
            name=self._table,
            start=date(2026, 10, 1),
        )
        glue.create_table(DatabaseName=self.schema, TableInput=table)
        if self.layout.hour_pattern is not None:
            return
        partitions = [
            registered_hour(
                self.source,
                self.layout,
                hour=hour_of(number),
                location=self._location,
                file_format="json",
            )
            for number in range(hours)
        ]
        for start in range(0, len(partitions), _MOST_PARTITIONS):
            glue.batch_create_partition(
                DatabaseName=self.schema,
                TableName=self._table,
                PartitionInputList=partitions[start : start + _MOST_PARTITIONS],
            )

    def read(self, together: Sequence[int], apart: Iterable[int]) -> Found:
        """What Trino reads: some objects with one query, others with a query each."""
        queries = [list(together)] if together else []
        queries += [[number] for number in apart]
        found: dict[int, list[dict[str, Any]] | str] = {}
        with ThreadPoolExecutor(_SESSIONS) as pool:
            for numbers, answer in zip(queries, pool.map(self._rows, queries), strict=True):
                if isinstance(answer, str):
                    found |= dict.fromkeys(numbers, answer)
                    continue
                found |= {number: [] for number in numbers}
                for number, row in answer:
                    rows = found[number]
                    assert isinstance(rows, list)
                    rows.append(row)
        return found

    def _rows(self, numbers: Sequence[int]) -> list[tuple[int, dict[str, Any]]] | str:
        columns = table_columns(self.source, self.layout)
        names = ", ".join(f'"{column.name}"' for column in columns)
        partition = self.layout.partition_column
        kind = Scalar("string" if self.layout.hour_pattern else "timestamp")
        hours = ", ".join(self._literal(hour_of(number)) for number in numbers)
        sql = (
            f'select {names}, "{partition}" as hour from "{self.schema}"."{self._table}"'
            f' where "{partition}" in ({hours})'
        )
        types = (*(column.type for column in columns), kind)
        with TrinoEngine(host="127.0.0.1", port=self.local.trino.port) as engine:
            try:
                table = engine.run(sql, types).table
            except EngineError as error:
                return error.what
        rows = table.to_pylist(maps_as_pydicts="strict")
        return [(self._number(row.pop("hour")), row) for row in rows]

    def _literal(self, hour: datetime) -> str:
        if self.layout.hour_pattern is not None:
            return f"'{hour.strftime(self.layout.hour_pattern)}'"
        return f"timestamp '{hour:%Y-%m-%d %H:%M:%S}.000'"

    def _number(self, hour: str | datetime) -> int:
        if isinstance(hour, str):
            assert self.layout.hour_pattern is not None
            hour = datetime.strptime(hour, self.layout.hour_pattern)
        return round((hour - FIRST_HOUR) / timedelta(hours=1))
