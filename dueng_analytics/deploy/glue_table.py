"""A source's table and its hours as Glue's API takes them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from dueng_analytics.deploy.glue_view import fitting
from dueng_analytics.deploy.source_ddl import (
    OPENX,
    TEXT_INPUT,
    TEXT_OUTPUT,
    serde_parameters,
    table_columns,
    table_properties,
)
from dueng_analytics.model.definitions import Layout, Source

PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
PARQUET_INPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
PARQUET_OUTPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"


def source_table(
    source: Source,
    layout: Layout,
    *,
    location: str,
    file_format: str,
    name: str | None = None,
    start: date | None = None,
) -> dict[str, Any]:
    """The ``TableInput`` of a source's table; the same table that ``dueng source ddl`` declares.

    Args:
        location: the prefix above the year folders, ``s3://…``.
        file_format: ``json`` or ``parquet``.
        name: of the table; the layout's by default.

    Raises:
        UsageError: the projection has no first day.
    """
    prefix = location.rstrip("/") + "/"
    return {
        "Name": name or layout.table,
        "Description": " ".join(source.description.split()),
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {
            "EXTERNAL": "TRUE",
            **table_properties(source, layout, file_format, prefix, start),
        },
        "PartitionKeys": [{"Name": layout.partition_column, "Type": layout.partition_type.glue}],
        "StorageDescriptor": _storage(source, layout, prefix, file_format),
    }


def registered_hour(
    source: Source, layout: Layout, *, hour: datetime, location: str, file_format: str
) -> dict[str, Any]:
    """The ``PartitionInput`` of one hour in the registered layout, as the samples add it.

    Args:
        location: the prefix above the year folders.
    """
    prefix = f"{location.rstrip('/')}/{hour:%Y/%m/%d/%H}/"
    return {
        "Values": [f"{hour:%Y-%m-%d %H:00:00}"],
        "StorageDescriptor": _storage(source, layout, prefix, file_format),
    }


def _storage(source: Source, layout: Layout, prefix: str, file_format: str) -> dict[str, Any]:
    is_parquet = file_format == "parquet"
    return {
        "Columns": [
            {
                "Name": column.name.lower(),
                "Type": column.type.glue,
                "Comment": fitting(column.description),
            }
            for column in table_columns(source, layout)
        ],
        "Location": prefix,
        "InputFormat": PARQUET_INPUT if is_parquet else TEXT_INPUT,
        "OutputFormat": PARQUET_OUTPUT if is_parquet else TEXT_OUTPUT,
        "SerdeInfo": {
            "SerializationLibrary": PARQUET_SERDE if is_parquet else OPENX,
            "Parameters": {"serialization.format": "1"}
            if is_parquet
            else serde_parameters(source, layout),
        },
    }
