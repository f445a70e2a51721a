"""A lake of many hours in S3, with Glue's tables and views above it, and the plans of queries."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from dueng_analytics.catalog import Catalog
from dueng_analytics.deploy.glue_table import registered_hour, source_table
from dueng_analytics.deploy.glue_view import CATALOG, StoredView, ViewColumn, encode
from dueng_analytics.dialect import render
from dueng_analytics.dialect.adapter import adapter_view
from dueng_analytics.dialect.scans import scans
from dueng_analytics.model.definitions import Source, View
from dueng_analytics.model.types import ColumnType, Scalar

from .local_aws import LocalAws
from .trino_server import TrinoServer

BUCKET = "pruned-lake"
_SESSIONS = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """One scan of a plan: the physical table, and the hours of which it reads partitions."""

    table: str
    hours: frozenset[datetime]


@dataclass(frozen=True, slots=True)
class PrunedLake:
    """Sources with a few records in every hour, declared in one layout under one database."""

    local: LocalAws
    catalog: Catalog
    layout: str
    hours: Sequence[datetime]

    @property
    def schema(self) -> str:
        return f"pruned_{self.layout}"

    @property
    def sources(self) -> list[Source]:
        return [source for source in self.catalog.definitions.sources if source.layouts]

    def put_objects(self, records: Mapping[str, Sequence[str]]) -> None:
        """Put an object of each source into each hour: the same for every layout."""
        s3 = self.local.client("s3")
        s3.create_bucket(Bucket=BUCKET)

        def put(place: tuple[str, bytes]) -> None:
            s3.put_object(Bucket=BUCKET, Key=place[0], Body=place[1])

        places = [
            (
                f"{source.qualified_name}/{hour:%Y/%m/%d/%H}/events",
                "".join(f"{line}\n" for line in records[source.qualified_name]).encode("utf-8"),
            )
            for source in self.sources
            for hour in self.hours
        ]
        with ThreadPoolExecutor(_SESSIONS) as pool:
            list(pool.map(put, places))

    def declare(self) -> None:
        """Create database, tables and views."""
        glue = self.local.client("glue")
        glue.create_database(DatabaseInput={"Name": self.schema})
        for source in self.sources:
            self._declare_table(glue, source)
        for relation in self.catalog.in_order():
            self._declare_view(glue, relation)

    def drop(self) -> None:
        """Remove database, tables and views."""
        glue = self.local.client("glue")
        for page in glue.get_paginator("get_tables").paginate(DatabaseName=self.schema):
            for table in page["TableList"]:
                glue.delete_table(DatabaseName=self.schema, Name=table["Name"])
        glue.delete_database(Name=self.schema)

    def _declare_table(self, glue: Any, source: Source) -> None:
        layout = source.layout(self.layout) or source.layouts[0]
        # a stream that has ended has an hour of now too
        endless = replace(source, ended_on=None)
        location = f"s3://{BUCKET}/{source.qualified_name}"
        declared = {"location": location, "file_format": "json"}
        table = source_table(
            endless, layout, **declared, name=table_name(source), start=self.hours[0].date()
        )
        glue.create_table(DatabaseName=self.schema, TableInput=table)
        if layout.hour_pattern is None:
            glue.batch_create_partition(
                DatabaseName=self.schema,
                TableName=table_name(source),
                PartitionInputList=[
                    registered_hour(endless, layout, hour=hour, **declared) for hour in self.hours
                ],
            )

    def _declare_view(self, glue: Any, relation: Source | View) -> None:
        types: dict[str, ColumnType] = dict(self.catalog.columns(relation))
        if isinstance(relation, View):
            sql = render(
                self.catalog.typed(relation), "athena", lambda family, name: (self.schema, name)
            )
        else:
            layout = relation.layout(self.layout) or next(iter(relation.layouts), None)
            tables = [(self.schema, table_name(relation))] if layout is not None else []
            sql = adapter_view(relation, layout, tables)
            if relation.partition_column is not None:
                types.setdefault(relation.partition_column, Scalar("timestamp"))
        stored = StoredView(
            relation.name,
            sql,
            CATALOG,
            self.schema,
            tuple(ViewColumn(name, kind.trino) for name, kind in types.items()),
        )
        glue.create_table(DatabaseName=self.schema, TableInput=encode(stored, types))


def table_name(source: Source) -> str:
    """The physical table of a source: its view has the source's own name."""
    return f"{source.name}_table"


def scans_of(catalog: Catalog, view: View) -> Counter[str]:
    """How many scans of each physical table a view makes, the views that it reads inlined."""
    found: Counter[str] = Counter()
    for scan in scans(catalog.typed(view), "ingest_timestamp"):
        relation = catalog.relations[f"{scan.family}.{scan.name}"]
        if isinstance(relation, View):
            found += scans_of(catalog, relation)
        elif relation.layouts:
            found[table_name(relation)] += 1
    return found


class Plans:
    """The plans of queries on Trino, with the partitions that each scan reads.

    ``EXPLAIN (TYPE IO)`` gives one entry for scans that are alike; the logical plan has every one.
    """

    def __init__(self, server: TrinoServer) -> None:
        self._server = server

    def readings(self, query: str) -> set[Reading]:
        """The scans of a query, alike ones once."""
        plan = json.loads(self._explained("type io, format json", query))
        return {
            Reading(
                entry["table"]["schemaTable"]["table"],
                frozenset(_hours_of(entry["constraint"]["columnConstraints"])),
            )
            for entry in plan["inputTableColumnInfos"]
        }

    def scans(self, query: str) -> Counter[Reading]:
        """Every scan of a query; only partitions that are listed one by one have hours."""
        plan = json.loads(self._explained("type logical, format json", query))
        return Counter(self._scans(plan))

    def rows(self, query: str) -> list[list[Any]]:
        """The rows of a query."""
        with self._server.connect() as connection:
            cursor = connection.cursor()
            cursor.execute(query)
            found: list[list[Any]] = cursor.fetchall()
            return found

    def _explained(self, options: str, query: str) -> str:
        return str(self.rows(f"explain ({options}) {query}")[0][0])

    def _scans(self, node: Mapping[str, Any]) -> Iterator[Reading]:
        table = node["descriptor"].get("table")
        if table is not None and "Scan" in node["name"]:
            name = table.rpartition(":")[2].partition(" ")[0]  # a constraint may follow it
            yield Reading(name, frozenset(_hours_of_details(node["details"])))
        for child in node["children"]:
            yield from self._scans(child)


def _hours_of(constraints: Sequence[Mapping[str, Any]]) -> Iterator[datetime]:
    for constraint in constraints:
        if constraint["columnName"] in ("datehour", "ingest_timestamp"):
            for part in constraint["domain"]["ranges"]:
                first, last = _hour(part["low"]["value"]), _hour(part["high"]["value"])
                while first <= last:
                    yield first
                    first += timedelta(hours=1)


_PARTITION = re.compile(r"\[([^\[\],]+)\]")


def _hours_of_details(details: Sequence[str]) -> Iterator[datetime]:
    for line, following in pairwise(details):
        if line.endswith(":PARTITION_KEY"):
            yield from map(_hour, _PARTITION.findall(following))


def _hour(text: str) -> datetime:
    if "/" in text:
        return datetime.strptime(text, "%Y/%m/%d/%H")
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f")
