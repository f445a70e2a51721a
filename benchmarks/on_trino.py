"""The rows that are measured on Trino too: the lake's Parquet files in the tests' Glue and S3.

The table of Pinpoint's events has the samples' layout, registered hours, which is what their views
read; that of SES is projected. Trino and the S3 server are shared by both sides: they take turns,
and memory is that of the query as Trino tells it.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from trino.exceptions import TrinoQueryError

from dueng_analytics import Target
from dueng_analytics.catalog import load_catalog
from dueng_analytics.dialect import Typed
from dueng_analytics.remote import RemoteWorkspace, open_target
from dueng_analytics.report_page import facts_statement, named_report
from dueng_analytics.reporting.period import read_period
from tests.stack.artifacts import StackError
from tests.stack.conformance_lakes import lake_of, put_tables
from tests.stack.conformance_stage import Catalogue
from tests.stack.local_aws import LocalAws, start_local_aws
from tests.stack.trino_server import lake_database

from .lakes import Lake, email_lake
from .measured import Measurement
from .options import Options
from .questions import CAMPAIGN_COUNTS, bare_sql
from .rows import BARE, FACTS, ONE_PASS, SAMPLES, row
from .sample_views import inlined, summary_sql
from .turns import Found, MeasuringFailed, in_turns
from .work import REPORT, result_hash

_PINPOINT, _SES = "pinpoint.all_events", "ses.ses_events"
_OBJECT = re.compile(rb"GET (\S+\.parquet)\S* HTTP")


def measured_on_trino(options: Options, size: int, name: str) -> Iterator[Found]:
    """A row of :data:`~benchmarks.rows.ON_TRINO`, with results that must be those of DuckDB.

    Raises:
        MeasuringFailed: Trino does not start, or refuses a statement.
    """
    lake = email_lake(options.folder, size, options.days)
    try:
        local = start_local_aws(with_trino=True)
    except StackError as error:
        raise MeasuringFailed(str(error)) from None
    try:
        with _tables(local, lake, size) as tables:
            statements = _STATEMENTS[name](tables, lake)
            sides = [_TrinoSide(side, sql, local) for side, sql in statements.items()]
            taken = in_turns(sides, options.rounds)
            records = lake.records_of(row(name))
            yield Measurement(name, "Trino", records, tuple(one.side for one in taken))
    finally:
        local.stop()


@dataclass
class _TrinoSide:
    """A statement that Trino runs; what it takes is what Trino says of it."""

    name: str
    sql: str
    local: LocalAws
    peak_bytes: int = 0

    def run(self) -> dict[str, Any]:
        log = Path(self.local.folder) / "aws.log"
        answered_before = log.stat().st_size
        with self.local.trino.connect() as connection:
            cursor = connection.cursor()
            started_at = time.perf_counter()
            try:
                cursor.execute(self.sql)
                rows = cursor.fetchall()
            except TrinoQueryError as error:
                raise MeasuringFailed(f"{self.name}: {error.error_name}: {error.message}") from None
            seconds = time.perf_counter() - started_at
            stats = cursor.stats or {}
        self.peak_bytes = max(self.peak_bytes, int(stats["peakMemoryBytes"]))
        answered = log.read_bytes()[answered_before:]
        return {
            "seconds": seconds,
            "cpu_s": stats["cpuTimeMillis"] / 1000,
            "bytes_read": int(stats["physicalInputBytes"]),
            "files_read": len(set(_OBJECT.findall(answered))),
            "rows": len(rows),
            "hash": result_hash(rows),
        }

    def end(self) -> dict[str, Any]:
        return {"peak_bytes": self.peak_bytes}


@dataclass(frozen=True, slots=True)
class _Tables:
    """Where the events lie, and a workspace that writes statements over them."""

    pinpoint: str
    ses: str
    events: RemoteWorkspace

    def written(self, typed: Typed) -> str:
        return self.events.written(typed)


@contextmanager
def _tables(local: LocalAws, lake: Lake, size: int) -> Iterator[_Tables]:
    catalog = load_catalog()
    catalogue = Catalogue(local)
    # of these databases Trino remembers which files there are, and does not ask moto each time
    databases = {f: lake_database("parquet_registered", f) for f in ("pinpoint", "ses")}
    names = {_PINPOINT: "registered", _SES: "projected"}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / f"bench-{size}"
        folder.mkdir()
        for name in names:
            (folder / name).symlink_to(lake.events / name.partition(".")[0])
        parts = [
            part
            for layout in ("registered", "projected")
            for part in lake_of(catalog, layout, "parquet", folder).parts
            if names.get(part.source.qualified_name) == layout
        ]
        stored = replace(lake_of(catalog, "projected", "parquet", folder), parts=tuple(parts))
        put_tables(stored, catalogue, databases)
    target = Target(
        "bench",
        "trino",
        databases=databases,
        families=tuple(databases),
        layouts=names,
        host="127.0.0.1",
        port=local.trino.port,
    )
    where = {
        part.source.qualified_name: f"{databases[part.source.family]}.{part.layout.table}"
        for part in parts
    }
    with open_target(target) as events:
        yield _Tables(where[_PINPOINT], where[_SES], events)


def _campaigns(tables: _Tables, lake: Lake) -> dict[str, str]:
    return {
        SAMPLES: inlined(summary_sql(), "Trino", tables.pinpoint),
        ONE_PASS: tables.written(tables.events.catalog.asked(CAMPAIGN_COUNTS)),
    }


def _facts(tables: _Tables, lake: Lake) -> dict[str, str]:
    report = named_report(REPORT, tables.events.config)
    statement = facts_statement(report, read_period(lake.first_day, lake.last_day))
    return {
        BARE: bare_sql("Trino", tables.pinpoint, tables.ses),
        FACTS: tables.written(tables.events.catalog.bind(statement)),
    }


_STATEMENTS = {"campaigns": _campaigns, "facts": _facts}
