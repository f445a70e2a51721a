"""Event files as tests need them, and a lake that is read from them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from dueng_analytics.catalog import load_catalog
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import Location
from dueng_analytics.lake.last_moment import last_moment
from dueng_analytics.lake.loading import LoadedLake, load_lake
from dueng_analytics.lake.paths import parse_event_path
from dueng_analytics.lake.planning import LakePlan, plan_lake
from dueng_analytics.lake.storage import Storage
from dueng_analytics.lake.window import Window
from dueng_analytics.model.definitions import Clocks, Column, Layout, Recognition, Shape, Source
from dueng_analytics.model.types import Scalar, parse_glue_type

HOUR = datetime(2026, 10, 19, 5)
FOLDER = "2026/10/19/05"
MILLISECONDS = 1_792_386_000_000
"""2026-10-19 05:00:00 UTC."""


@cache
def all_events() -> Source:
    """The Pinpoint source as it is packaged."""
    sources = load_catalog().definitions.sources
    return next(source for source in sources if source.qualified_name == "pinpoint.all_events")


def source(
    columns: Mapping[str, str],
    *,
    family: str = "demo",
    name: str = "things",
    all_of: Sequence[str] = ("id",),
    none_of: Sequence[str] = (),
    mappings: Mapping[str, str] | None = None,
    record_time: str = "at",
    path_time_zone: str = "UTC",
) -> Source:
    """A source of a test: columns as name to Glue type, a name in its wire spelling."""
    hour = timedelta(hours=1)
    return Source(
        family=family,
        name=name,
        description="",
        owner="",
        type_column=None,
        columns=tuple(
            Column(wire.lower(), parse_glue_type(kind), "", wire=wire)
            for wire, kind in columns.items()
        ),
        layouts=(Layout("registered", name, "ingest_timestamp", Scalar("timestamp")),),
        clocks=Clocks("arrival_of_oldest_record", path_time_zone, (record_time,), hour, hour, {}),
        recognition=Recognition((Shape(tuple(all_of), tuple(none_of)),)),
        mappings=mappings or {},
        where=Location(Path("things.yaml")),
    )


def event(kind: str = "_email.send", at: int = MILLISECONDS, **values: Any) -> dict[str, Any]:
    """A small Pinpoint record in wire format."""
    record: dict[str, Any] = {
        "event_type": kind,
        "event_timestamp": at,
        "arrival_timestamp": at,
        "application": {"app_id": "app", "sdk": {}},
        "attributes": {"campaign_id": "c1"},
    }
    return {**record, **values}


def lines(records: Iterable[Any]) -> str:
    """Records as newline-delimited JSON."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def write(root: Path, path: str, content: str | bytes | Iterable[Any]) -> Path:
    """A file of text, of bytes, or of records; gzipped where its name ends so."""
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(content, (str, bytes)):
        content = lines(content)
    data = content.encode("utf-8") if isinstance(content, str) else content
    target.write_bytes(gzip.compress(data) if path.endswith(".gz") else data)
    return target


@dataclass(frozen=True)
class ReadLake:
    """A lake that was read, with the engine that holds its relations."""

    plan: LakePlan
    loaded: LoadedLake
    engine: DuckDBEngine
    sources: Sequence[Source]

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query in the engine's own SQL, maps as dictionaries."""
        found: list[dict[str, Any]] = self.engine.run(sql).to_pylist(maps_as_pydicts="strict")
        return found

    def values(self, expression: str, relation: str = "pinpoint.all_events") -> list[Any]:
        """One column of a relation, in order."""
        rows = self.rows(f"select {expression} as value from {relation} order by all")
        return [row["value"] for row in rows]

    @property
    def last_event_at(self) -> datetime | None:
        return last_moment(self.engine, self.sources)

    @property
    def quarantine(self) -> list[dict[str, Any]]:
        return self.rows("select * from lake.quarantine order by file, position")

    @property
    def reasons(self) -> list[str]:
        return [row["reason"] for row in self.quarantine]

    @property
    def deviations(self) -> list[dict[str, Any]]:
        return self.rows("select * from lake.deviations order by file, position, field")


@contextmanager
def read(
    *events: str | Path,
    sources: Sequence[Source] | None = None,
    window: Window | None = None,
    storage: Storage | None = None,
    **options: Any,
) -> Iterator[ReadLake]:
    """The lake of some event paths; by default of Pinpoint's records."""
    known = sources or (all_events(),)
    paths = [parse_event_path(str(path)) for path in events]
    plan = plan_lake(paths, known, window=window, storage=storage)
    with _engine() as engine:
        loaded = load_lake(plan, engine, known, **options)
        try:
            yield ReadLake(plan, loaded, engine, known)
        finally:
            loaded.close()


_IDLE: list[DuckDBEngine] = []
"""Engines that are started and hold nothing: a start takes as long as reading a small lake."""


@contextmanager
def _engine() -> Iterator[DuckDBEngine]:
    """An engine without relations; after an error it is not used again."""
    engine = _IDLE.pop() if _IDLE else DuckDBEngine(memory_limit="1GB", threads=2)
    try:
        yield engine
        for row in engine.rows(
            "select schema_name as name from duckdb_schemas() where not internal"
            " and database_name = current_database() and schema_name <> 'main'"
        ):
            engine.execute(f'drop schema "{row["name"]}" cascade')
    except BaseException:
        engine.close()
        raise
    _IDLE.append(engine)


def hours(first: datetime, count: int) -> Window:
    """A window of some hours."""
    return Window(first, first + timedelta(hours=count))


def milliseconds(moment: datetime) -> int:
    """The epoch milliseconds of a naive UTC time."""
    return int(moment.replace(tzinfo=UTC).timestamp() * 1000)
