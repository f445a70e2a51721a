"""The sides of the rows as work that is done again and again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from dueng_analytics import Workspace, open_lake
from dueng_analytics.config import Config
from dueng_analytics.dialect import Typed, parse_query, to_duckdb, with_parameters
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.lake.literals import text
from dueng_analytics.lake.window import Window
from dueng_analytics.report_page import facts_statement, named_report, report_page
from dueng_analytics.reporting.html import render_html
from dueng_analytics.reporting.period import Period, cohort_window, read_period
from dueng_analytics.reporting.runner import facts_parameters

from .questions import CAMPAIGN_COUNTS, NAIVE, SENT_MESSAGES, SENT_ON_A_DAY, bare_sql, naive_sql
from .sample_views import VIEWS, summary_sql, view_sql

REPORT = "campaign_performance"
_PINPOINT, _SES = "pinpoint.all_events", "ses.ses_events"
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run gave: a hash of its rows, and how many different event files it read."""

    hash: str
    rows: int
    files_read: int


@dataclass(frozen=True, slots=True)
class Task:
    """What a side is asked to do.

    Attributes:
        events: the folder or prefix of event files.
        first_day, last_day: the period of a report or window, or the day asked for.
        scratch: a folder of the side's own.
    """

    kind: str
    events: str
    scratch: str
    threads: int
    first_day: str
    last_day: str
    memory_limit: str | None = None

    @property
    def period(self) -> Period:
        return read_period(self.first_day, self.last_day)

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "max_bytes": "1000 GB",
            "threads": self.threads,
            "memory_limit": self.memory_limit,
            "spill_folder": self.scratch,
        }


class Work(Protocol):
    """A side that is ready to run."""

    def run(self) -> Outcome: ...

    def proof(self) -> str | None:
        """A hash that another side's must be equal to, found once after the timed runs."""

    def told(self) -> dict[str, Any]:
        """What else is to be known of this side."""

    def close(self) -> None: ...


def result_hash(rows: Iterable[Iterable[object]]) -> str:
    """Twelve hexadecimal digits of rows as a set: neither their order nor column names count."""
    lines = sorted(json.dumps([_plain(value) for value in row], default=str) for row in rows)
    return hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()[:12]


def _plain(value: object) -> object:
    return round(value, _DIGITS) if isinstance(value, float) else value


def _outcome(table: Any, files_read: int) -> Outcome:
    rows = [tuple(row.values()) for row in table.to_pylist()]
    return Outcome(result_hash(rows), len(rows), files_read)


class _Done:
    """What most sides have nothing to say to."""

    def proof(self) -> str | None:
        return None

    def told(self) -> dict[str, Any]:
        return {}


class QueryWork(_Done):
    """One statement in DuckDB's SQL over an engine that stays open; its first run is profiled."""

    def __init__(self, engine: DuckDBEngine, sql: str, scratch: str) -> None:
        self.engine, self.sql = engine, sql
        self._profile = Path(scratch) / "profile.json"
        self._files: int | None = None
        self.result: pa.Table | None = None

    def run(self) -> Outcome:
        if self._files is None:
            with self._profiled():
                self.result = self.engine.run(self.sql)
            self._files = self.files_read()
        else:
            self.result = self.engine.run(self.sql)
        return _outcome(self.result, self._files)

    def files_read(self) -> int:
        """How many different event files a run reads: of scans of one table the most of any."""
        return max(
            int(operator.get("extra_info", {}).get("Total Files Read", 0))
            for operator in self.operators()
        )

    def operators(self) -> Iterator[dict[str, Any]]:
        """Those of the first run as DuckDB's profile has them, in the order of the plan."""
        return _each(json.loads(self._profile.read_text("utf-8"))["operator"])

    def close(self) -> None:
        self.engine.close()

    @contextmanager
    def _profiled(self) -> Iterator[None]:
        self.engine.execute("pragma enable_profiling = 'json'")
        self.engine.execute(f"set profiling_output = {text(str(self._profile))}")
        try:
            yield
        finally:
            self.engine.execute("pragma disable_profiling")


def _each(operators: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Operators and all below them."""
    for operator in operators:
        yield operator
        yield from _each(operator.get("children", ()))


class LakeQueryWork(QueryWork):
    """A statement over a lake that stays open: opening it is not timed."""

    def __init__(self, task: Task, lake: Workspace, sql: str) -> None:
        super().__init__(lake.engine, sql, task.scratch)
        self.lake = lake

    def files_read(self) -> int:
        """Those of all its tables; which scan reads which, a profile does not tell."""
        return self.lake.read_events().files_read

    def close(self) -> None:
        self.lake.close()


def _samples(task: Task, outer: str, inner: str) -> QueryWork:
    engine = DuckDBEngine(
        memory_limit=task.memory_limit or Config().memory_limit,
        spill_folder=Path(task.scratch),
        threads=task.threads,
    )
    # The hour of a record is that of its file's folders: a filter on it leaves files out.
    hour = r"regexp_extract(filename, '(\d{4}/\d\d/\d\d/\d\d)/[^/]*$', 1)"
    engine.execute(
        "create view all_events as select * exclude (filename),"
        f" strptime({hour}, '%Y/%m/%d/%H') as ingest_timestamp"
        f" from read_parquet({text(f'{task.events}/**/*.parquet')}, filename = true)"
    )
    for name in VIEWS:
        engine.execute(f"create view {name} as {view_sql(name, 'DuckDB', 'all_events')}")
    return QueryWork(engine, summary_sql(outer, inner), task.scratch)


def samples(task: Task) -> Work:
    """The campaign summary without a window over views built the samples' way."""
    return _samples(task, "true", "true")


class SummaryWork(_Done):
    """The campaign summary as its users write it, over hours that are looked up in each run."""

    def __init__(self, task: Task) -> None:
        first, last = task.period.from_time, task.period.to_time
        self._hours = (
            f"ingest_timestamp >= timestamp '{first}' and ingest_timestamp < timestamp '{last}'"
        )
        self._task = task
        self._work = _samples(task, self._hours, "true")

    def run(self) -> Outcome:
        return self._work.run()

    def proof(self) -> str:
        """The hash of the summary with the window in all seven scans."""
        self._work.sql = summary_sql(self._hours, self._hours)
        return self._work.run().hash

    def close(self) -> None:
        self._work.close()


def _opened(task: Task) -> Workspace:
    return open_lake(task.events, **task.settings)


def one_pass(task: Task) -> Work:
    """The counts of the summary from one scan of the source."""
    lake = _opened(task)
    lake.read_events()
    return LakeQueryWork(task, lake, to_duckdb(lake.catalog.asked(CAMPAIGN_COUNTS)))


def bare(task: Task) -> Work:
    """The bare aggregation over the columns that the facts read."""
    lake = _opened(task)
    lake.read_events()
    return LakeQueryWork(task, lake, bare_sql("DuckDB", _PINPOINT, _SES))


class FactsWork(LakeQueryWork):
    """The facts of the report, every repeat merged."""

    def __init__(self, task: Task) -> None:
        lake = _opened(task)
        report = named_report(REPORT, lake.config)
        statement = facts_statement(report, task.period)
        # what the facts read is made here: none of it is timed
        nothing = parse_query(f"select * from (\n{report.sql}\n) where false")
        lake.run(lake.catalog.bind(with_parameters(nothing, facts_parameters(task.period))))
        super().__init__(task, lake, to_duckdb(lake.catalog.bind(statement)))

    def told(self) -> dict[str, Any]:
        """The facts' totals and naive counts of the same."""
        assert self.result is not None
        messages = [row for row in self.result.to_pylist() if row["facet"] == "message"]
        naive = [next(iter(self.engine.rows(naive_sql(name))[0].values())) for name in NAIVE]
        return {
            "facts": {name: sum(row[name] or 0 for row in messages) for name in NAIVE},
            "naive": dict(zip(NAIVE, naive, strict=True)),
        }


Windowed = Callable[[Period, Workspace], Window | None]


def its_hours(period: Period, lake: Workspace) -> Window:
    """The period's own hours: records are counted by the hour under which they lie."""
    return Window(period.from_time, period.to_time)


def with_outcomes(period: Period, lake: Workspace) -> Window:
    """The hours in which outcomes of the messages sent in the period may lie too."""
    return cohort_window(period, lake.clocks)


def all_hours(period: Period, lake: Workspace) -> None:
    """No window: the query filters."""


class OpenedAnewWork(_Done):
    """A query in Athena SQL of a lake that each run opens, reads the window of, and closes."""

    def __init__(self, task: Task, sql: str, windowed: Windowed) -> None:
        self._task, self._sql, self._windowed = task, sql, windowed

    def run(self) -> Outcome:
        period = self._task.period
        times = {"from_time": period.from_time, "to_time": period.to_time}
        with _opened(self._task) as lake:
            lake.window = self._windowed(period, lake)
            has_times = ":from_time" in self._sql
            table = lake.query(self._sql, parameters=times if has_times else None).to_arrow()
            return _outcome(table, lake.read_events().files_read)

    def close(self) -> None:
        """Nothing is open."""


class _Noted:
    """A lake that keeps the facts of which a page is made."""

    def __init__(self, lake: Workspace) -> None:
        self.config, self.catalog, self.clocks = lake.config, lake.catalog, lake.clocks
        self.lake_facts = lake.lake_facts
        self._lake = lake
        self.facts: list[pa.Table] = []

    def run(self, typed: Typed) -> pa.Table:
        self.facts.append(self._lake.run(typed))
        return self.facts[-1]


class ReportWork(_Done):
    """The campaign report, from opening the lake to the finished page."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def run(self) -> Outcome:
        period = self._task.period
        with _opened(self._task) as lake:
            lake.window = with_outcomes(period, lake)
            noted = _Noted(lake)
            definition = named_report(REPORT, lake.config)
            render_html(report_page(noted, definition, period))
            (facts,) = noted.facts
            return _outcome(facts, lake.read_events().files_read)

    def close(self) -> None:
        """Nothing is open."""


WORKS: Mapping[str, Callable[[Task], Work]] = {
    "samples": samples,
    "one pass": one_pass,
    "bare": bare,
    "facts": FactsWork,
    "summary": SummaryWork,
    "records": lambda task: OpenedAnewWork(task, CAMPAIGN_COUNTS, its_hours),
    "messages": lambda task: OpenedAnewWork(task, SENT_MESSAGES, with_outcomes),
    "report": ReportWork,
    "one day": lambda task: OpenedAnewWork(task, SENT_ON_A_DAY, its_hours),
    "all hours": lambda task: OpenedAnewWork(task, SENT_ON_A_DAY, all_hours),
}


def prepared(task: Task) -> Work:
    """The side that a task names, ready to run."""
    Path(task.scratch).mkdir(parents=True, exist_ok=True)
    return WORKS[task.kind](task)
