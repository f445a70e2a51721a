"""When the last record of a lake that was read arrived."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.lake.arrival import moment_sql
from dueng_analytics.lake.literals import identifier, qualified
from dueng_analytics.model.definitions import Source


def last_moment(engine: DuckDBEngine, sources: Iterable[Source]) -> datetime | None:
    """When the last record arrived by its own account, UTC; None without a record that tells.

    One that is later than its path allows has a wrong clock; it counts only if all have. Every
    source is scanned for it, so it is looked for where it is shown and not whenever a lake is read.
    """
    moments: list[datetime] = []
    for source in sources:
        moment = moment_sql(source)
        if moment is None or source.clocks is None or source.partition_column is None:
            continue
        latest = f"interval '{source.clocks.slack_after.total_seconds() + 3600:.0f}' second"
        rows = engine.run(
            f"select coalesce(max(moment) filter (where moment < hour + {latest}), max(moment))"
            f" from (select {moment} as moment, {identifier(source.partition_column)} as hour"
            f" from {qualified(source.family, source.name)})"
        )
        found: datetime | None = rows.column(0)[0].as_py()
        if found is not None:
            moments.append(found)
    return max(moments, default=None)
