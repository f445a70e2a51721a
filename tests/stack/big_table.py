"""A table of several megabytes, and tables whose files are not what they are declared to be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from .local_aws import LocalAws
from .parquet_tables import parquet_bytes, parquet_table

SLOW_COUNT = (
    "select count(*) as n from unnest(sequence(1, 10000)) as a(x)"
    " cross join unnest(sequence(1, 10000)) as b(y) cross join unnest(sequence(1, 10000)) as c(z)"
    " where (x * y * z) % 7 = 3"
)
"""A statement that takes minutes, and reads nothing."""
_ROWS = 500_000
_COLUMNS = {"n": "bigint"}


@contextmanager
def big_table(local: LocalAws, database: str) -> Iterator[int]:
    """A database with the table ``big`` of a number of rows, gone afterwards.

    Beside it ``damaged`` (its file is no Parquet), ``wrong`` (its file holds texts) and
    ``misnamed`` (an hour of it is none); each declares one bigint, ``n``.
    """
    bucket = database.replace("_", "-")
    s3, glue = local.client("s3"), local.client("glue")
    s3.create_bucket(Bucket=bucket)
    glue.create_database(DatabaseInput={"Name": database})
    numbers = pa.array(range(_ROWS), pa.int64())
    files = {
        "big": _file(numbers),
        "damaged": b"not what it should be",
        "wrong": _file(pa.array(["a"])),
    }
    for name, content in files.items():
        s3.put_object(Bucket=bucket, Key=f"{name}/rows.parquet", Body=content)
        table = parquet_table(name, f"s3://{bucket}/{name}/", _COLUMNS)
        glue.create_table(DatabaseName=database, TableInput=table)
    odd = parquet_table("misnamed", f"s3://{bucket}/big/", _COLUMNS, {"hour": "timestamp"})
    glue.create_table(DatabaseName=database, TableInput=odd)
    glue.create_partition(
        DatabaseName=database,
        TableName="misnamed",
        PartitionInput={
            "Values": ["2026-10-19T05:00:00"],
            "StorageDescriptor": odd["StorageDescriptor"],
        },
    )
    try:
        yield _ROWS
    finally:
        for name in (*files, "misnamed"):
            glue.delete_table(DatabaseName=database, Name=name)
        glue.delete_database(Name=database)


def _file(values: pa.Array) -> bytes:
    return parquet_bytes(pa.table({"n": values}), use_dictionary=False, compression="none")
