"""Queries and reports on Athena or Trino, over the tables that are there.

Every statement is written down to the target's own tables, so no view has to exist and nothing is
written but the results that Athena keeps itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from dueng_analytics import __version__
from dueng_analytics.catalog import Catalog, load_catalog
from dueng_analytics.closing import ClosedOnLeaving
from dueng_analytics.config import Config
from dueng_analytics.dialect import Typed, Value
from dueng_analytics.dialect.expansion import Hours
from dueng_analytics.engines.athena import AthenaEngine
from dueng_analytics.engines.base import RemoteEngine, Statistics
from dueng_analytics.engines.trino import TrinoEngine
from dueng_analytics.errors import UnknownName, UsageError
from dueng_analytics.grain import query_notices
from dueng_analytics.lake.window import Window
from dueng_analytics.model.definitions import Clocks, Source
from dueng_analytics.names import read_names_csv
from dueng_analytics.query_result import QueryResult
from dueng_analytics.reporting.blocks import LakeFacts
from dueng_analytics.target_settings import Target, chosen_target
from dueng_analytics.targets import Rows, latest_moments, scan_of, written_down
from dueng_analytics.workspace import NAMES, arrival_window, called_config

_LONGEST_ATHENA_BYTES = 262_144
"""What Athena takes as the text of a query."""
_LOOKS_BACK = (timedelta(days=3), timedelta(days=30))
"""How far the last event is looked for before all hours of a window are."""
_LABELS = {"athena": "Athena", "trino": "Trino"}


class RemoteWorkspace(ClosedOnLeaving):
    """A catalog over the tables of a target; nothing is sent before the first query."""

    def __init__(self, config: Config, target: Target, *, window: Window | None = None) -> None:
        """Open it.

        Raises:
            UnknownName: the target names a family or a source that there is not.
            UsageError: or a layout that a source does not have.
        """
        self.config = config
        self.target = target
        self.catalog = load_catalog(
            *config.sql_folders, databases=config.databases, aliases=config.aliases
        )
        self.window = window
        self.statistics: list[Statistics] = []
        """Of every query that was made, in order."""
        self._engine: RemoteEngine | None = None
        _check_names(self.catalog, target)

    def close(self) -> None:
        """End the session on the engine."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    @property
    def engine(self) -> RemoteEngine:
        """The session on the engine, begun when it is first needed."""
        if self._engine is None:
            self._engine = _engine(self.target, self.config, self._max_bytes)
        return self._engine

    @property
    def sources(self) -> Sequence[Source]:
        """The sources of events that have tables at the target."""
        return [
            source
            for source in self.catalog.definitions.sources
            if source.layouts and scan_of(self.target, self.catalog, source).tables
        ]

    @property
    def clocks(self) -> Sequence[Clocks]:
        """The clocks of every source that has a table there."""
        return [source.clocks for source in self.sources if source.clocks is not None]

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
            now: what ``current_timestamp`` means, UTC; the engine's own time by default.

        Raises:
            SqlError: the text does not parse, or names no column.
            UnknownRelation: with the nearest names.
            UsageError: the statement is too long for Athena.
            BudgetExceeded: the query would scan more than it may.
            EngineError: the engine cannot be reached, refused, or failed.
        """
        typed = self.catalog.asked(text, parameters, now)
        table = self.run(typed)
        return QueryResult(table, query_notices(self.catalog, typed))

    def run(self, typed: Typed) -> pa.Table:
        """The rows of a bound statement; it raises what :meth:`query` raises."""
        return self._rows(typed, self._hours)

    def written(self, typed: Typed) -> str:
        """A bound statement over the target's own tables, laid out to be read and pasted."""
        return written_down(
            self.catalog,
            self.target,
            typed,
            hours=self._hours,
            rows=self._names,
            nested_as_json=False,
        )

    def lake_facts(self, origins: tuple[str, ...] | None = None) -> LakeFacts:
        """What a page tells about the tables that it was read from; asks for the last event.

        Args:
            origins: what the page calls them instead of their names.

        Raises:
            EngineError: the engine cannot be reached, refused, or failed.
        """
        tables = [
            ".".join(table)
            for source in self.sources
            for table in scan_of(self.target, self.catalog, source).tables
        ]
        last_event_at = self._last_event_at()
        window = self.window
        return LakeFacts(
            engine=_LABELS[self.target.engine],
            version=__version__,
            origins=tuple(tables) if origins is None else origins,
            first_hour=window.first_hour if window is not None else None,
            end_hour=window.end_hour if window is not None else None,
            last_event_at=last_event_at,
        )

    def _last_event_at(self) -> datetime | None:
        """When the last record of the window's hours came: looked for from their end."""
        text = latest_moments(self.sources)
        if text is None:
            return None
        typed = self.catalog.asked(text)
        for hours in self._hours_from_the_end():
            found: datetime | None = self._rows(typed, hours).column(0)[0].as_py()
            if found is not None:
                return found
        return None

    def _hours_from_the_end(self) -> Iterable[Hours | None]:
        whole = self._hours
        if whole is None:
            return [None]
        now = datetime.now(UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0)
        end = min(whole.end, now + timedelta(hours=1))
        shorter = [Hours(end - span, end) for span in _LOOKS_BACK if end - span > whole.first]
        return [*shorter, whole]

    @property
    def _hours(self) -> Hours | None:
        return None if self.window is None else Hours(self.window.first_hour, self.window.end_hour)

    @property
    def _max_bytes(self) -> int | None:
        """A window bounds what is read by itself; a limit that somebody set always holds."""
        is_set = self.config.origin("max_bytes") != "default"
        return self.config.max_bytes if is_set or self.window is None else None

    def _rows(self, typed: Typed, hours: Hours | None) -> pa.Table:
        sql = written_down(
            self.catalog, self.target, typed, hours=hours, rows=self._names, pretty=False
        )
        if self.target.engine == "athena" and len(sql.encode("utf-8")) > _LONGEST_ATHENA_BYTES:
            raise UsageError(
                f"the statement has {len(sql.encode('utf-8')):,} bytes with all that it reads,"
                f" and Athena takes {_LONGEST_ATHENA_BYTES:,}",
                hint="Name the families that you need with --family, or give fewer names.",
            )
        result = self.engine.run(sql, tuple(kind for _, kind in typed.columns))
        self.statistics.append(result.statistics)
        return result.table

    @cached_property
    def _names(self) -> Rows:
        path = self.config.names
        return {NAMES: read_names_csv(path).to_pylist() if path is not None else []}


def _check_names(catalog: Catalog, target: Target) -> None:
    place = target.place
    families = catalog.definitions.families
    for family in (*target.databases, *(target.families or ())):
        if family not in families:
            raise UnknownName("family", family, families, where=place)
    sources = [source for source in catalog.definitions.sources if source.layouts]
    known = {name for source in sources for name in (source.name, source.qualified_name)}
    for name in (*target.tables, *target.layouts):
        if name not in known:
            raise UnknownName("source", name, known, where=place)
    for source in sources:
        scan_of(target, catalog, source)


def _engine(target: Target, config: Config, max_bytes: int | None) -> RemoteEngine:
    if target.engine == "athena":
        return AthenaEngine(
            region=target.region or config.region,
            profile=target.profile or config.profile,
            workgroup=target.workgroup,
            result_location=target.result_location,
            catalog=target.catalog,
            max_bytes=max_bytes,
            reuse_minutes=target.reuse_minutes,
        )
    return TrinoEngine(
        host=target.host,
        port=target.port,
        user=target.user,
        catalog=target.catalog,
        http_scheme=target.http_scheme,
        timeout_s=target.timeout_s,
        max_bytes=max_bytes,
    )


def open_target(
    target: str | Target,
    *,
    names: str | Path | None = None,
    first_day: date | str | None = None,
    last_day: date | str | None = None,
    time_zone: str | None = None,
    lateness: timedelta | str | None = None,
    project: Path | None = None,
    **settings: object,
) -> RemoteWorkspace:
    """A workspace over the tables of a target; nothing is sent before the first query.

    Args:
        target: one of dueng.toml by its name, or one of your own.
        names: CSV of campaign, journey and segment names, which are sent along.
        first_day: with ``last_day`` the days, both included, whose events are read.
        time_zone: zone of those days, UTC by default.
        lateness: how much longer to read for outcomes that came later, as ``60 days`` or ``72h``.
        project: folder of a dueng.toml; by default the nearest one upwards.
        settings: any other setting of :class:`~dueng_analytics.config.Config`.

    Raises:
        UsageError: a setting or a period that means nothing, or a target that there is not.
        DefinitionError: dueng.toml or a view of the project is wrong.
    """
    flags = {
        "names": str(names) if names is not None else None,
        "time_zone": time_zone,
        "lateness": lateness,
        **settings,
    }
    config = called_config(flags, project)
    if isinstance(target, str):
        chosen = chosen_target(config.targets, target, {})
        assert chosen is not None
        target = chosen
    return RemoteWorkspace(config, target, window=arrival_window(config, first_day, last_day))
