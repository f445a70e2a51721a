"""Relations put into moto's Glue as Glue stores them: rows as Parquet, views in Presto's form."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from dueng_analytics.catalog import Catalog
from dueng_analytics.deploy.glue_view import CATALOG, StoredView, ViewColumn, encode
from dueng_analytics.model.definitions import Column, View
from dueng_analytics.model.types import ColumnType

from .local_aws import LocalAws
from .parquet_tables import parquet_bytes, parquet_table

BUCKET = "conformance"


class Catalogue:
    """Databases, tables and views of the local Glue, with files in the local S3."""

    def __init__(self, aws: LocalAws) -> None:
        self.glue = aws.client("glue")
        self.s3 = aws.client("s3")
        self.s3.create_bucket(Bucket=BUCKET)

    def create_database(self, name: str) -> None:
        self.glue.create_database(DatabaseInput={"Name": name})

    def drop_database(self, name: str) -> None:
        """Remove a database with all that it holds."""
        self.glue.delete_database(Name=name)

    def put_rows(
        self, database: str, name: str, columns: Mapping[str, ColumnType], rows: pa.Table
    ) -> None:
        """A Parquet table of given rows."""
        prefix = f"{database}/{name}/"
        if rows.num_rows:
            body = parquet_bytes(rows, compression="snappy")
            self.s3.put_object(Bucket=BUCKET, Key=f"{prefix}rows.parquet", Body=body)
        types = {column: kind.glue for column, kind in columns.items()}
        table = parquet_table(name, f"s3://{BUCKET}/{prefix}", types)
        self.glue.create_table(DatabaseName=database, TableInput=table)

    def put_view(self, database: str, catalog: Catalog, view: View, sql: str) -> None:
        """A view of the catalog in the Presto encoding, with its SELECT as it is stored."""
        types = catalog.columns(view)
        self.put_select(database, view.name, sql, view.columns, types, view.description)

    def put_select(
        self,
        database: str,
        name: str,
        sql: str,
        columns: tuple[Column, ...],
        types: Mapping[str, ColumnType],
        description: str,
    ) -> None:
        """A SELECT as a view of declared columns."""
        comments = {column.name: column.description for column in columns}
        stored = StoredView(
            name=name,
            sql=sql,
            catalog=CATALOG,
            schema=database,
            columns=tuple(
                ViewColumn(column, kind.trino, comments.get(column))
                for column, kind in types.items()
            ),
            comment=description,
        )
        self.glue.create_table(DatabaseName=database, TableInput=encode(stored, types))
