"""The same rows on DuckDB and on Trino: views and tables stored as Glue stores them, compared."""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dueng_analytics.catalog import Catalog, Relation
from dueng_analytics.deploy.glue_view import CATALOG, StoredView, ViewColumn, encode
from dueng_analytics.dialect import render
from dueng_analytics.engines.base import Result
from dueng_analytics.engines.trino import TrinoEngine
from dueng_analytics.model.definitions import UnitTest, View
from dueng_analytics.model.types import ColumnType
from dueng_analytics.quality.unit_tests import given_rows

from .local_aws import LocalAws

BUCKET = "conformance"
_PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_PARQUET_INPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
_PARQUET_OUTPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows that only one of the engines gave, in words."""

    text: str


class Stage:
    """A Glue database that holds relations for a comparison; gone when it is left."""

    def __init__(self, local: LocalAws, name: str) -> None:
        self.name = name
        self._glue = local.client("glue")
        self._s3 = local.client("s3")
        self._glue.create_database(DatabaseInput={"Name": name})

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        for table in self._glue.get_tables(DatabaseName=self.name)["TableList"]:
            self._glue.delete_table(DatabaseName=self.name, Name=table["Name"])
        self._glue.delete_database(Name=self.name)

    def put_rows(self, name: str, columns: Mapping[str, ColumnType], rows: pa.Table) -> None:
        """A Parquet table of given rows."""
        buffer = io.BytesIO()
        pq.write_table(rows, buffer, compression="snappy")
        prefix = f"{self.name}/{name}/"
        self._s3.put_object(Bucket=BUCKET, Key=f"{prefix}rows.parquet", Body=buffer.getvalue())
        self._glue.create_table(
            DatabaseName=self.name,
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
                "StorageDescriptor": {
                    "Columns": [
                        {"Name": column, "Type": kind.glue} for column, kind in columns.items()
                    ],
                    "Location": f"s3://{BUCKET}/{prefix}",
                    "InputFormat": _PARQUET_INPUT,
                    "OutputFormat": _PARQUET_OUTPUT,
                    "SerdeInfo": {"SerializationLibrary": _PARQUET_SERDE, "Parameters": {}},
                },
            },
        )

    def put_view(self, catalog: Catalog, view: View) -> None:
        """The view, reading relations of this database only."""
        sql = render(catalog.typed(view), "athena", lambda family, name: (self.name, name))
        types = catalog.columns(view)
        stored = StoredView(
            name=view.name,
            sql=sql,
            catalog=CATALOG,
            schema=self.name,
            columns=tuple(
                ViewColumn(column.name, column.type.trino, column.description)
                for column in view.columns
            ),
            comment=view.description,
        )
        self._glue.create_table(DatabaseName=self.name, TableInput=encode(stored, types))


def on_trino(
    catalog: Catalog, view: View, test: UnitTest, local: LocalAws, engine: TrinoEngine, name: str
) -> Result:
    """What a view gives on Trino for the given rows of a unit test."""
    with Stage(local, name) as stage:
        for relation, rows in given_rows(catalog, view, test):
            stage.put_rows(relation.name, catalog.columns(relation), rows)
        stage.put_view(catalog, view)
        types = tuple(column.type for column in view.columns)
        return engine.run(f'select * from "{name}"."{view.name}"', types)


def difference(left: pa.Table, right: pa.Table) -> Difference | None:
    """How two tables differ as sets of rows with repeats; None where they do not."""
    if left.column_names != right.column_names:
        return Difference(f"columns {left.column_names} and {right.column_names}")
    one, other = _rows(left), _rows(right)
    if one == other:
        return None
    only_left = list((Counter(one) - Counter(other)).elements())
    only_right = list((Counter(other) - Counter(one)).elements())
    if len(only_left) == len(only_right) and all(
        _near(a, b) for a, b in zip(only_left, only_right, strict=True)
    ):
        return None
    lines = [f"{len(one)} and {len(other)} rows"]
    for a, b in list(zip(only_left, only_right, strict=False))[:3]:
        lines += [
            f"  {name}: {x} and {y}"
            for name, x, y in zip(left.column_names, a, b, strict=True)
            if not _near(x, y)
        ]
    lines += [f"  only one side: {row}" for row in (only_left + only_right)[:2]]
    return Difference("\n".join(lines))


def _rows(table: pa.Table) -> list[tuple[Any, ...]]:
    columns = [column.to_pylist() for column in table.columns]
    rows = [tuple(_frozen(value) for value in row) for row in zip(*columns, strict=True)]
    return sorted(rows, key=repr)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((key, _frozen(item)) for key, item in value.items())
    if isinstance(value, list):
        items = [_frozen(item) for item in value]
        is_map = bool(value) and all(isinstance(item, tuple) and len(item) == 2 for item in value)
        return tuple(sorted(items, key=repr)) if is_map else tuple(items)
    return value


def _near(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(left, tuple) and isinstance(right, tuple) and len(left) == len(right):
        return all(_near(a, b) for a, b in zip(left, right, strict=True))
    return bool(left == right)


def relations_of(catalog: Catalog, view: View) -> Sequence[Relation]:
    """Everything that a view reads, each after what it reads, and the view."""
    return catalog.in_order([view])
