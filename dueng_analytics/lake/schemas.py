"""What is found of the schemas of Parquet files, once for each: files of a stream mostly share one.

To compare hundreds of fields with the declared ones takes longer than to read a small file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from dueng_analytics.lake.parquet_files import (
    ParquetFile,
    UnfittingType,
    open_parquet,
    selection,
    told_apart,
)
from dueng_analytics.lake.recognition import sources_of_columns
from dueng_analytics.model.definitions import Source


class Schemas:
    """The schemas of the files of one lake, each as one object, with what was found of it."""

    def __init__(self) -> None:
        self._known: dict[pa.Schema, pa.Schema] = {}
        self._sources: dict[tuple[int, tuple[str, ...]], list[Source]] = {}
        self._fits: dict[tuple[int, str], bool] = {}

    def opened(self, path: Path) -> ParquetFile:
        """A file whose schema is the same object as that of every file which has the same.

        Raises:
            pyarrow.ArrowException, OSError: it is no whole Parquet file.
        """
        stored = open_parquet(path)
        return replace(stored, schema=self._known.setdefault(stored.schema, stored.schema))

    def sources(self, file: ParquetFile, sources: Sequence[Source]) -> Sequence[Source]:
        """The sources that an opened file may belong to by its columns, or of several its rows.

        Raises:
            pyarrow.ArrowException, OSError: the columns that tell them apart cannot be read.
        """
        key = (id(file.schema), tuple(source.qualified_name for source in sources))
        if key not in self._sources:
            self._sources[key] = sources_of_columns(file.schema.names, sources)
        return told_apart(file, self._sources[key])

    def fits(self, file: ParquetFile, source: Source) -> bool:
        """Whether an opened file can be read where it lies: no value is lost for its type."""
        key = (id(file.schema), source.qualified_name)
        if key not in self._fits:
            try:
                selection(file.schema, source)
            except UnfittingType:
                self._fits[key] = False
            else:
                self._fits[key] = True
        return self._fits[key]
