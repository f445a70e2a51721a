"""The packaged events as lakes for two engines: in two layouts, as JSON and as Parquet.

What is written is what both engines read; DuckDB's reader says of the packaged files what a record
is. Left out are the records that it puts aside, for one of them fails a whole query of Trino or
is a row of NULLs there. Each document stands on a line of its own in an object that is compressed
and named so, which is what Trino's reader needs. Parquet is as Firehose converts: one object for
each of JSON, keys of maps in small letters, a NULL in a map of texts the text ``null``.

An object costs Trino more than the records in it, for each view again. So the records of
neighbouring hours lie together, in objects under as many kinds of hours as there are.

A source without the registered layout is projected in both lakes. Its projection begins and ends
with the hours of the lake, in as long steps as they allow: each hour of it is a request, whether
there is a file or not.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import gcd
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dueng_analytics.catalog import Catalog
from dueng_analytics.deploy.glue_table import registered_hour, source_table
from dueng_analytics.deploy.source_ddl import source_layout, stored_source
from dueng_analytics.dialect import render
from dueng_analytics.dialect.adapter import adapter_view
from dueng_analytics.lake.documents import Damage, read_documents
from dueng_analytics.lake.local_files import Format, TextFile, format_of, unpacked
from dueng_analytics.lake.paths import hour_of
from dueng_analytics.lake.recognition import recogniser
from dueng_analytics.model.arrow import arrow_schema
from dueng_analytics.model.definitions import Layout, Source
from dueng_analytics.model.types import Array, ColumnType, Map, Scalar, Struct
from dueng_analytics.names import read_names_csv

from .conformance_stage import BUCKET, Catalogue
from .trino_server import lake_database

LAYOUTS = ("registered", "projected")
FORMATS = ("json", "parquet")
NAMES = "names.name_snapshots"
_AT_ONCE = 100
"""Partitions that Glue takes in one request."""
_HOURS_TOGETHER = 23
"""No divisor or multiple of a day's: the objects of a lake lie under every hour of the day."""
_FIRST_HOUR = datetime(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Part:
    """A source as a lake holds it: its layout, and its files by hour."""

    source: Source
    layout: Layout
    folder: Path
    files: Mapping[datetime, tuple[Path, ...]]

    @property
    def stored(self) -> Source:
        """The source with the columns that the layout's table has."""
        return stored_source(self.source, self.layout)

    @property
    def is_table(self) -> bool:
        """Whether the table itself has the source's name and shape."""
        return self.layout.table == self.source.name and not self.layout.columns

    @property
    def relation(self) -> str:
        """The name under which views find it in its database."""
        return self.layout.adapter or self.source.name

    def adapter(self, database: str) -> str:
        """The SELECT that gives the table the source's shape."""
        return adapter_view(self.source, self.layout, [(database, self.layout.table)])


@dataclass(frozen=True, slots=True)
class Lake:
    """All sources of events, written in one layout and format."""

    layout: str
    file_format: str
    folder: Path
    parts: tuple[Part, ...]

    @property
    def name(self) -> str:
        return f"{self.file_format}_{self.layout}"

    def database(self, family: str) -> str:
        """The lake's own database of a family."""
        return lake_database(self.name, family)


def event_sources(catalog: Catalog) -> tuple[Source, ...]:
    return tuple(source for source in catalog.definitions.sources if source.layouts)


def chosen_layout(source: Source, name: str) -> Layout:
    """The layout of a source in a lake of that layout."""
    return source.layout(name) or source_layout(source)


def write_json(catalog: Catalog, fixtures: Path, folder: Path) -> int:
    """Write the records of the packaged files below ``folder/SOURCE/HOUR``; how many were left out.

    A record lies in the object of :func:`hour_together`.
    """
    sources = event_sources(catalog)
    source_of = recogniser(sources)
    left_out = 0
    scratch = folder / "scratch"
    folder.mkdir(parents=True)
    lines: defaultdict[tuple[str, datetime], list[str]] = defaultdict(list)
    for path in sorted(fixtures.rglob("*")):
        if not path.is_file() or path.suffix in (".csv", ".md"):
            continue
        relative = path.relative_to(fixtures)
        hour = hour_of(str(relative))
        assert hour is not None, relative
        text = unpacked(path, scratch) if format_of(path) is Format.GZIP else TextFile(path)
        for found in read_documents([text], lambda value: source_of(value) is not None):
            source = None if isinstance(found, Damage) else source_of(found.value)
            if isinstance(found, Damage) or source is None or "errors" in relative.parts:
                left_out += 1
                continue
            assert "\n" not in found.raw
            lines[source.qualified_name, hour_together(hour)].append(found.raw + "\n")
    for (name, hour), records in lines.items():
        target = folder / name / f"{hour:%Y/%m/%d/%H}" / "records.gz"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(gzip.compress("".join(records).encode("utf-8"), mtime=0))
    scratch.unlink(missing_ok=True)
    return left_out


def hour_together(hour: datetime) -> datetime:
    """The hour under which the records of an hour lie: one of every few, and not before it."""
    since = hour - _FIRST_HOUR
    return hour + (-since) % timedelta(hours=_HOURS_TOGETHER)


def lake_of(catalog: Catalog, layout: str, file_format: str, folder: Path) -> Lake:
    """The lake whose files lie in a folder."""
    parts = []
    for source in event_sources(catalog):
        below = folder / source.qualified_name
        files: defaultdict[datetime, list[Path]] = defaultdict(list)
        for path in sorted(below.rglob("*.*")):
            hour = hour_of(str(path.relative_to(below)))
            if path.is_file() and hour is not None:
                files[hour].append(path)
        chosen = chosen_layout(source, layout)
        parts.append(Part(source, chosen, below, {h: tuple(p) for h, p in sorted(files.items())}))
    return Lake(layout, file_format, folder, tuple(parts))


def write_parquet(lake: Lake, rows: Mapping[str, pa.Table], folder: Path) -> None:
    """Write the rows of a JSON lake below a folder as Firehose converts them, an object an hour.

    Args:
        rows: by source, qualified: the columns that its table has, and ``ingest_timestamp``.
    """
    for part in lake.parts:
        types = {column.name: column.type for column in part.stored.columns}
        by_hour: defaultdict[datetime, list[dict[str, Any]]] = defaultdict(list)
        for row in rows[part.source.qualified_name].to_pylist():
            values = {name: _converted(row[name], kind) for name, kind in types.items()}
            by_hour[row["ingest_timestamp"]].append(values)
        for hour, records in by_hour.items():
            target = folder / part.source.qualified_name / f"{hour:%Y/%m/%d/%H}" / "rows.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            table = pa.Table.from_pylist(records, schema=arrow_schema(types))
            pq.write_table(table, target, compression="snappy")


def _converted(value: Any, kind: ColumnType) -> Any:
    if value is None or isinstance(kind, Scalar):
        return value
    if isinstance(kind, Array):
        return [_converted(item, kind.element) for item in value]
    if isinstance(kind, Struct):
        return {field.name: _converted(value[field.name], field.type) for field in kind.fields}
    assert isinstance(kind, Map)
    is_text = kind.value == Scalar("string")
    pairs = {
        key.lower(): "null" if item is None and is_text else _converted(item, kind.value)
        for key, item in value
    }
    return list(pairs.items())


def put_lake(lake: Lake, catalog: Catalog, catalogue: Catalogue, names: Path) -> Mapping[str, str]:
    """Make Glue and S3 hold a lake and every view; the SELECT of each adapter, by source."""
    families = {relation.family for relation in catalog.relations.values()}
    databases = {family: lake.database(family) for family in sorted(families)}
    put_tables(lake, catalogue, databases)
    relations: dict[tuple[str, str], tuple[str, str]] = {}
    adapters: dict[str, str] = {}
    for part in lake.parts:
        source, database = part.source, databases[part.source.family]
        relations[source.family, source.name] = (database, part.relation)
        if not part.is_table:
            adapters[source.qualified_name] = sql = part.adapter(database)
            types = catalog.columns(source)
            catalogue.put_select(
                database, part.relation, sql, source.columns, types, source.description
            )
    snapshots = catalog.relations[NAMES]
    columns = catalog.columns(snapshots)
    rows = read_names_csv(names).cast(arrow_schema(columns))
    catalogue.put_rows(databases[snapshots.family], snapshots.name, columns, rows)
    for view in catalog.definitions.views:
        sql = render(
            catalog.typed(view),
            "athena",
            lambda family, name: relations.get((family, name), (databases[family], name)),
        )
        catalogue.put_view(databases[view.family], catalog, view, sql)
    return adapters


def put_tables(lake: Lake, catalogue: Catalogue, databases: Mapping[str, str]) -> None:
    """Make Glue and S3 hold a lake: its databases, by family, with the tables of its sources."""
    location = upload(lake, catalogue)
    for database in databases.values():
        catalogue.create_database(database)
    for part in lake.parts:
        put_table(part, lake, catalogue, databases[part.source.family], location)


def upload(lake: Lake, catalogue: Catalogue) -> str:
    """Put the files of a lake into the local S3; the prefix below which they lie."""
    location = f"lakes/{lake.folder.name}"
    listed = catalogue.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{location}/", MaxKeys=1)
    if listed["KeyCount"]:
        return f"s3://{BUCKET}/{location}"  # both layouts read the same JSON

    def put(path: Path) -> None:
        key = f"{location}/{path.relative_to(lake.folder)}"
        catalogue.s3.put_object(Bucket=BUCKET, Key=key, Body=path.read_bytes())

    with ThreadPoolExecutor(4) as pool:
        files = [path for part in lake.parts for paths in part.files.values() for path in paths]
        list(pool.map(put, files))
    return f"s3://{BUCKET}/{location}"


def put_table(part: Part, lake: Lake, catalogue: Catalogue, database: str, location: str) -> None:
    """Make Glue hold the table of a source, with its hours where they are registered.

    Args:
        location: what :func:`upload` gave.
    """
    location = f"{location}/{part.folder.name}/"
    hours = list(part.files)
    table = source_table(
        part.source,
        part.layout,
        location=location,
        file_format=lake.file_format,
        start=hours[0].date(),
    )
    pattern = part.layout.hour_pattern
    if pattern is not None:
        after = hours[-1] + timedelta(hours=1)  # two bounds that are one are refused
        bounds = f"{hours[0].strftime(pattern)},{after.strftime(pattern)}"
        every = gcd(*((hour - hours[0]) // timedelta(hours=1) for hour in hours)) or 1
        column = f"projection.{part.layout.partition_column}"
        table["Parameters"] |= {f"{column}.range": bounds, f"{column}.interval": str(every)}
    catalogue.glue.create_table(DatabaseName=database, TableInput=table)
    if pattern is not None:
        return
    inputs: Sequence[Any] = [
        registered_hour(
            part.source, part.layout, hour=hour, location=location, file_format=lake.file_format
        )
        for hour in hours
    ]
    for start in range(0, len(inputs), _AT_ONCE):
        catalogue.glue.batch_create_partition(
            DatabaseName=database,
            TableName=table["Name"],
            PartitionInputList=inputs[start : start + _AT_ONCE],
        )
