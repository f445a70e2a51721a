"""The tables of a synced copy: each source in its projected layout, over the files of the copy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dueng_analytics.deploy.glue_table import source_table
from dueng_analytics.deploy.source_ddl import create_external_table
from dueng_analytics.lake.copies import Manifest
from dueng_analytics.model.definitions import Layout, Source


@dataclass(frozen=True, slots=True)
class CopyTable:
    """The table of one source in a copy.

    Attributes:
        location: the prefix above its year folders.
        start: the first day that has a record; of a source without any, its family's.
    """

    source: Source
    layout: Layout
    location: str
    start: date

    def statement(self, database: str) -> str:
        """The ``CREATE EXTERNAL TABLE``, without a closing semicolon.

        Raises:
            UsageError: a location that is no S3 prefix.
        """
        return create_external_table(
            self.source,
            self.layout,
            location=self.location,
            file_format="parquet",
            database=database,
            start=self.start,
        )

    def table_input(self) -> dict[str, Any]:
        """The same table as Glue's ``TableInput``."""
        return source_table(
            self.source,
            self.layout,
            location=self.location,
            file_format="parquet",
            start=self.start,
        )


def copy_tables(
    manifests: Iterable[Manifest], sources: Iterable[Source], location: str
) -> list[CopyTable]:
    """The tables of every family that has a record in a copy, in the order of the sources.

    A source without a record has its table too, empty: views of the family read all of them.

    Args:
        location: the folder or prefix of the copy on S3.
    """
    first: dict[str, datetime] = {}
    for manifest in manifests:
        for file in manifest.files:
            if file.hour is not None and not file.is_aside:
                for name in (file.relation, file.relation.partition(".")[0]):
                    first[name] = min(first.get(name, file.hour), file.hour)
    return [
        CopyTable(
            source,
            layout,
            f"{location.rstrip('/')}/{source.family}/{source.name}/",
            first.get(source.qualified_name, first[source.family]).date(),
        )
        for source in sources
        if (layout := source.layout("projected")) is not None and source.family in first
    ]
