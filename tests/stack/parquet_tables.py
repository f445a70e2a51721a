"""Parquet tables as Glue declares them, and their files."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dueng_analytics.deploy.glue_table import PARQUET_INPUT, PARQUET_OUTPUT, PARQUET_SERDE


def parquet_bytes(rows: pa.Table, **written: Any) -> bytes:
    """A file of rows.

    Args:
        written: what ``pyarrow.parquet.write_table`` is told of it.
    """
    buffer = io.BytesIO()
    pq.write_table(rows, buffer, **written)
    return buffer.getvalue()


def parquet_table(
    name: str,
    location: str,
    columns: Mapping[str, str],
    partitions: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The ``TableInput`` of a table; columns and partitions with their Glue types."""
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
        "PartitionKeys": [{"Name": key, "Type": kind} for key, kind in (partitions or {}).items()],
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": kind} for column, kind in columns.items()],
            "Location": location,
            "InputFormat": PARQUET_INPUT,
            "OutputFormat": PARQUET_OUTPUT,
            "SerdeInfo": {"SerializationLibrary": PARQUET_SERDE, "Parameters": {}},
        },
    }
