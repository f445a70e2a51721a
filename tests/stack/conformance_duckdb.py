"""Every view of a lake on DuckDB, from the very files that the other engine reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from dueng_analytics.catalog import Catalog
from dueng_analytics.dialect import bind, parse_query, to_duckdb
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.lake.loading import load_lake
from dueng_analytics.lake.paths import parse_event_path
from dueng_analytics.lake.planning import plan_lake
from dueng_analytics.model.definitions import Source, View
from dueng_analytics.names import read_names_csv

from .conformance import Answer, answer_of_arrow, declared_types, described
from .conformance_lakes import NAMES, Lake, Part

_RAW = "tables"


class LakesOnDuckDB:
    """One engine for all lakes: a view over sources of the same rows is computed once.

    Views are kept as tables, because most are read by others, and a source's rows are the same in
    most lakes. What tells rows apart is their number and the sum of their hashes.
    """

    def __init__(self, catalog: Catalog, names: Path) -> None:
        self._catalog = catalog
        self._engine = DuckDBEngine(memory_limit="2GB")
        self._lake: str | None = None
        self._engine.execute("create schema kept")
        snapshots = catalog.relations[NAMES]
        columns = catalog.columns(snapshots)
        self._engine.create_table("kept", NAMES, columns, read_names_csv(names))
        self._prints = {NAMES: self._print(NAMES)}
        self._point(snapshots.family, snapshots.name, NAMES)

    def close(self) -> None:
        self._engine.close()

    def read(self, lake: Lake) -> Mapping[str, pa.Table]:
        """Read a lake's files; the rows of every table as it is stored, by source.

        Raises:
            AssertionError: a record cannot be read, or an adapter gives other columns than the
                source declares.
        """
        stored = [part.stored for part in lake.parts]
        paths = [
            parse_event_path(f"{source.family}={lake.folder / source.qualified_name}")
            for source in stored
        ]
        loaded = load_lake(plan_lake(paths, stored), self._engine, stored, strict=True)
        rows: dict[str, pa.Table] = {}
        try:
            for part in lake.parts:
                name = part.source.qualified_name
                rows[name] = self._engine.run(f'from "{part.source.family}"."{part.source.name}"')
                self._engine.execute(f'drop view "{part.source.family}"."{part.source.name}"')
                self._make_source(part, rows[name])
        finally:
            loaded.close()
        self._lake = lake.name
        return rows

    def answer(self, lake: Lake, view: View) -> Answer:
        """What a view gives over a lake, which is read unless it was the last one."""
        if self._lake != lake.name:
            self.read(lake)
        types = self._catalog.columns(view)
        self._provide(view)
        table = self._engine.run(f'from "{view.family}"."{view.name}"')
        return answer_of_arrow(table, types)

    def _make_source(self, part: Part, rows: pa.Table) -> None:
        """The source by its adapter over a table with the layout's own partition column."""
        source, layout = part.source, part.layout
        types = {column.name: column.type for column in part.stored.columns}
        types[layout.partition_column] = layout.partition_type
        pattern = layout.hour_pattern
        self._engine.create_table(_RAW, layout.table, self._catalog.columns(part.stored), rows)
        if pattern is not None:
            self._engine.execute(
                f'create or replace table {_RAW}."{layout.table}" as'
                f" select * exclude (ingest_timestamp),"
                f" strftime(ingest_timestamp, '{pattern}') as {layout.partition_column}"
                f' from {_RAW}."{layout.table}"'
            )
        typed = bind(
            parse_query(part.adapter(_RAW)),
            lambda reference, _: (_RAW, layout.table),
            lambda family, name: types,
        )
        self._keep(source, to_duckdb(typed), source.qualified_name)
        self._prints[source.qualified_name] = self._print(source.qualified_name)
        declared = declared_types(self._catalog.columns(source))
        given = described(self._engine, f'from "{source.family}"."{source.name}"')
        assert given == declared, f"{source.qualified_name}: {given} and not {declared}"

    def _provide(self, view: View) -> None:
        for relation in self._catalog.in_order([view]):
            if isinstance(relation, Source):
                continue
            reads = self._catalog.in_order([relation])
            below = [self._prints[r.qualified_name] for r in reads if isinstance(r, Source)]
            kept = f"{relation.qualified_name} of {' '.join(below)}"
            if not self._exists(kept):
                self._keep(relation, self._catalog.translated(relation), kept)
            else:
                self._point(relation.family, relation.name, kept)

    def _exists(self, kept: str) -> bool:
        return bool(
            self._engine.rows(
                f"select 1 as n from duckdb_tables() where schema_name = 'kept'"
                f" and table_name = '{kept}'"
            )
        )

    def _keep(self, relation: Source | View, sql: str, kept: str) -> None:
        self._engine.execute(f'create or replace table kept."{kept}" as {sql}')
        self._point(relation.family, relation.name, kept)

    def _point(self, family: str, name: str, kept: str) -> None:
        self._engine.create_view(family, name, f'from kept."{kept}"')

    def _print(self, kept: str) -> str:
        (row,) = self._engine.rows(
            f'select count(*) as n, sum(hash(kept)::hugeint) as sum from kept."{kept}" as kept'
        )
        return f"{row['n']}/{row['sum']}"
