"""Events, views and the embedded engine put together: what ``open_lake`` returns."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from dueng_analytics import __version__
from dueng_analytics.catalog import Relation, load_catalog
from dueng_analytics.closing import ClosedOnLeaving
from dueng_analytics.config import Config, load_config, setting_names
from dueng_analytics.dialect import Typed, Value, to_duckdb
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import UnknownName, UsageError
from dueng_analytics.grain import query_notices
from dueng_analytics.lake.last_moment import last_moment
from dueng_analytics.lake.loading import LoadedLake, load_lake
from dueng_analytics.lake.paths import parse_event_path
from dueng_analytics.lake.planning import LakePlan, plan_lake
from dueng_analytics.lake.storage import Storage
from dueng_analytics.lake.window import Window
from dueng_analytics.model.definitions import Clocks, Source, View
from dueng_analytics.names import read_names_csv
from dueng_analytics.query_result import QueryResult
from dueng_analytics.reporting.blocks import LakeFacts
from dueng_analytics.reporting.period import read_period, read_window

NAMES = "names.name_snapshots"

Announce = Callable[[LakePlan], None]
Progress = Callable[[int, int, int], None]


@dataclass(slots=True)
class _Held:
    """What a workspace holds of the machine: apart from it, so that it can outlive it."""

    engine: DuckDBEngine | None = None
    lake: LoadedLake | None = None

    def release(self) -> None:
        if self.engine is not None:
            self.engine.close()
            self.engine = None
        if self.lake is not None:
            self.lake.close()
            self.lake = None


class Workspace(ClosedOnLeaving):
    """A catalog over event files; files are read when the first query needs them.

    What was staged on disk is removed by :meth:`close`, on leaving the ``with`` block, or when
    nothing refers to the workspace any more.
    """

    def __init__(
        self,
        config: Config,
        *,
        window: Window | None = None,
        strict: bool = False,
        announce: Announce | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.config = config
        self.catalog = load_catalog(
            *config.sql_folders, databases=config.databases, aliases=config.aliases
        )
        self.window = window
        self._held = _Held()
        self._strict = strict
        self._announce = announce
        self._progress = progress
        self._made: set[str] = set()
        self._empty: set[str] = set()
        self._asked: set[str] = set()
        weakref.finalize(self, self._held.release)

    def close(self) -> None:
        """Give back memory and remove what was staged on disk."""
        self._held.release()
        self._made.clear()
        self._empty.clear()

    @property
    def engine(self) -> DuckDBEngine:
        """The embedded engine, started when it is first needed."""
        if self._held.engine is None:
            self._held.engine = DuckDBEngine(
                memory_limit=self.config.memory_limit,
                spill_folder=self.config.spill_folder,
                threads=self.config.threads,
            )
        return self._held.engine

    @property
    def lake(self) -> LoadedLake | None:
        """What was read of the event files, None before the first query that needed them."""
        return self._held.lake

    def query(
        self,
        text: str,
        *,
        parameters: Mapping[str, Value] | None = None,
        now: datetime | None = None,
    ) -> QueryResult:
        """The rows of one SELECT in Athena SQL over any view or source.

        Args:
            parameters: values for ``:name`` in the text.
            now: what ``current_timestamp`` means, UTC; the real time by default.

        Raises:
            SqlError: the text does not parse, names no column, or is not portable.
            UnknownRelation: with the nearest names.
            LakeError: the events cannot be read.
            EngineError: the query failed.
        """
        typed = self.catalog.asked(text, parameters, now)
        table = self.run(typed)
        notices = query_notices(self.catalog, typed)
        return QueryResult(table, notices)

    def run(self, typed: Typed) -> pa.Table:
        """The rows of a bound statement; it raises what :meth:`query` raises."""
        # translated first: what cannot be is said before anything is read
        translated = to_duckdb(typed)
        relations = self.catalog.reads(typed.statement)
        self._provide(relations)
        self._asked.update(relation.family for relation in relations)
        return self.engine.run(translated).rename_columns(list(typed.headings))

    def quarantine(self) -> QueryResult:
        """Every record that could not be read: file, position, reason, family, raw text, hour."""
        self.read_events()
        return QueryResult(self.engine.run("select * from lake.quarantine order by all"))

    def lake_facts(self, origins: tuple[str, ...] | None = None) -> LakeFacts:
        """What a page tells about the events that it was read from; they are read for it.

        Args:
            origins: what the page calls them instead of their paths.

        Raises:
            LakeError: they cannot be read.
        """
        lake = self.read_events()
        window = self.window
        sources = [s for s in self._event_sources() if lake.records.get(s.qualified_name)]
        return LakeFacts(
            engine="DuckDB",
            version=__version__,
            origins=tuple(self.config.events) if origins is None else origins,
            files=lake.files_read,
            bytes=lake.bytes_read,
            records=sum(lake.records.values()),
            first_hour=window.first_hour if window is not None else None,
            end_hour=window.end_hour if window is not None else None,
            hours=len(lake.hours),
            last_event_at=last_moment(self.engine, sources),
            quarantined=lake.quarantined,
            unknown_shapes=lake.unknown_shapes,
            values_lost=lake.values_lost,
            records_without_hour=lake.records_without_hour,
            empty_families=self.missing_families,
        )

    @property
    def missing_families(self) -> tuple[str, ...]:
        """The families without a record that somebody counts on, in the order of their names.

        Those are the families that the settings of the events name, and those whose relations a
        query names. A lake of one service has nothing to say about the others.
        """
        lake = self._held.lake
        if lake is None:
            return ()
        named = {parse_event_path(text).family for text in self.config.events}
        return tuple(family for family in lake.empty_families if family in named | self._asked)

    @property
    def clocks(self) -> Sequence[Clocks]:
        """The clocks of every source of events."""
        return [source.clocks for source in self._event_sources() if source.clocks is not None]

    def _provide(self, relations: Iterable[Source | View]) -> None:
        """Make relations and all that they read exist in the engine."""
        order = self.catalog.in_order(relations)
        if any(isinstance(node, Source) and node.qualified_name != NAMES for node in order):
            self.read_events()
        for relation in order:
            if relation.qualified_name in self._made:
                continue
            if self._has_no_rows(relation):
                self._empty.add(relation.qualified_name)
            if relation.qualified_name == NAMES and isinstance(relation, Source):
                self._read_names(relation)
            elif isinstance(relation, View) and relation.qualified_name in self._empty:
                # to translate and plan the views of a family without records would take a while
                columns = self.catalog.columns(relation)
                self.engine.create_table(relation.family, relation.name, columns, _no_rows(columns))
            elif isinstance(relation, View):
                self.engine.create_view(
                    relation.family, relation.name, self.catalog.translated(relation)
                )
            self._made.add(relation.qualified_name)

    def _has_no_rows(self, relation: Relation) -> bool:
        """Whether no record is below a relation; what it reads was looked at before."""
        if isinstance(relation, View):
            return self.catalog.has_no_rows(relation, self._empty)
        lake = self._held.lake
        return (
            relation.qualified_name != NAMES
            and lake is not None
            and not lake.records.get(relation.qualified_name)
        )

    def _event_sources(self) -> Sequence[Source]:
        return [
            source for source in self.catalog.definitions.sources if source.qualified_name != NAMES
        ]

    def _read_names(self, source: Source) -> None:
        columns = self.catalog.columns(source)
        rows = (
            read_names_csv(self.config.names)
            if self.config.names is not None
            else _no_rows(columns)
        )
        self.engine.create_table(source.family, source.name, columns, rows)

    def read_events(self) -> LoadedLake:
        """What the event files hold, read now if no query needed them yet.

        Raises:
            UsageError: no event files are configured.
            LakeError: they cannot be read.
        """
        if self._held.lake is not None:
            return self._held.lake
        if not self.config.events:
            raise UsageError(
                "no event files were given",
                hint="Say where they are: --events PATH, DUENG_EVENTS, or events in dueng.toml."
                " `dueng demo` shows a report over packaged ones.",
            )
        sources = self._event_sources()
        plan = plan_lake(
            [parse_event_path(text) for text in self.config.events],
            sources,
            window=self.window,
            storage=Storage(profile=self.config.profile, region=self.config.region),
        )
        if self._announce is not None:
            self._announce(plan)
        self._held.lake = load_lake(
            plan,
            self.engine,
            sources,
            strict=self._strict,
            max_bytes=None if self.window is not None else self.config.max_bytes,
            progress=self._progress,
            spill_folder=self.config.spill_folder,
        )
        return self._held.lake


def _no_rows(columns: Iterable[str]) -> pa.Table:
    return pa.table({name: pa.nulls(0) for name in columns})


def open_lake(
    *events: str | Path,
    names: str | Path | None = None,
    first_day: date | str | None = None,
    last_day: date | str | None = None,
    time_zone: str | None = None,
    lateness: timedelta | str | None = None,
    strict: bool = False,
    project: Path | None = None,
    **settings: object,
) -> Workspace:
    """A workspace over event files; nothing is read before the first query.

    Args:
        events: folders, files or ``s3://`` prefixes, each as ``PATH`` or ``family=PATH``; those of
            the environment or of dueng.toml if none is given.
        names: CSV of campaign, journey and segment names.
        first_day: with ``last_day`` the days, both included, whose events are read.
        time_zone: zone of those days, UTC by default.
        lateness: how much longer to read for outcomes that came later, as ``60 days`` or ``72h``.
        strict: whether a record that cannot be read is an error.
        project: folder of a dueng.toml; by default the nearest one upwards.
        settings: any other setting of :class:`~dueng_analytics.config.Config`.

    Raises:
        UsageError: a setting or a period that means nothing.
        DefinitionError: dueng.toml or a view of the project is wrong.
    """
    flags = {
        "events": tuple(str(path) for path in events),
        "names": str(names) if names is not None else None,
        "time_zone": time_zone,
        "lateness": lateness,
        **settings,
    }
    config = called_config(flags, project)
    return Workspace(config, window=arrival_window(config, first_day, last_day), strict=strict)


def called_config(flags: Mapping[str, object], project: Path | None) -> Config:
    """The settings of a call from Python.

    Raises:
        UsageError: a setting that there is not, or a value that means nothing.
        DefinitionError: dueng.toml is wrong.
    """
    unknown = [name for name in flags if name not in setting_names()]
    if unknown:
        raise UnknownName("setting", unknown[0], setting_names())
    return load_config(flags, os.environ, Path.cwd(), project, flag_name=str)


def arrival_window(
    config: Config, first_day: date | str | None, last_day: date | str | None
) -> Window | None:
    """The hours under which the events of whole days lie, or None where no day is given.

    The days are those of the configured time zone, both included. A configured lateness is read
    on for outcomes that came later.

    Raises:
        UsageError: one bound without the other, or days that are no period.
    """
    if first_day is None and last_day is None:
        return None
    if first_day is None or last_day is None:
        raise UsageError(
            "a period has a first and a last day",
            hint="Give both: --from and --to, or first_day and last_day.",
        )
    sources = load_catalog(*config.sql_folders).definitions.sources
    clocks = [source.clocks for source in sources if source.clocks is not None]
    period = read_period(str(first_day), str(last_day), config.time_zone)
    return read_window(period, clocks, config.lateness or timedelta())
