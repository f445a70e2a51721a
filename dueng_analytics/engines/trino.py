"""A Trino server: Athena SQL as it is, over the tables that its catalogue holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from dueng_analytics.engines.base import Result, Statistics, arrow_table
from dueng_analytics.errors import BudgetExceeded, EngineError
from dueng_analytics.model.types import ColumnType, Scalar

INSTALL = "Install it: pip install 'dueng-analytics[trino]'."

_HINTS: Mapping[str, str] = {
    "TABLE_NOT_FOUND": "Check databases and tables of the target; `dueng config` shows them.",
    "SCHEMA_NOT_FOUND": "Check databases of the target; `dueng config` shows them.",
    "CATALOG_NOT_FOUND": "Check catalog of the target.",
    "COLUMN_NOT_FOUND": "The table has other columns than its source declares:"
    " compare `dueng source ddl` with the table, or choose its layout in the target.",
    "MISSING_CATALOG_NAME": "Name a catalog in the target.",
    "PERMISSION_DENIED": "The user may not read this table.",
    "EXCEEDED_TIME_LIMIT": "Choose fewer days, or allow the query more time.",
    "USER_CANCELED": "Run it again if that was not meant.",
    "ADMINISTRATIVELY_KILLED": "The server's operator ended it.",
}


class TrinoEngine:
    """A session on a Trino server; UTC, read-only by what it is sent."""

    name = "trino"

    def __init__(
        self,
        *,
        host: str,
        port: int = 8080,
        user: str = "dueng",
        catalog: str = "awsdatacatalog",
        schema: str | None = None,
        http_scheme: str = "http",
        timeout_s: float = 600.0,
        max_bytes: int | None = None,
        authentication: Any = None,
    ) -> None:
        """Open a session; nothing is sent before the first query.

        Args:
            max_bytes: a query is ended when it has read more from the tables' files.

        Raises:
            EngineError: the client is not installed.
        """
        try:
            import trino
        except ImportError:
            raise EngineError("the client of Trino is not installed", hint=INSTALL) from None
        self._errors = trino.exceptions
        self._max_bytes = max_bytes
        session = {"query_max_run_time": f"{timeout_s:.0f}s"}
        if max_bytes is not None:
            session["query_max_scan_physical_bytes"] = f"{max_bytes}B"
        self._address = f"{http_scheme}://{host}:{port}"
        connect: Any = trino.dbapi.connect  # the client has no types for it
        self._connection = connect(
            host=host,
            port=port,
            user=user,
            catalog=catalog,
            schema=schema,
            http_scheme=http_scheme,
            timezone="UTC",
            source="dueng",
            request_timeout=timeout_s,
            auth=authentication,
            session_properties=session,
        )

    def __enter__(self) -> TrinoEngine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def run(self, sql: str, types: tuple[ColumnType | None, ...]) -> Result:
        """The rows of a statement; see :class:`~dueng_analytics.engines.base.RemoteEngine`.

        An interrupt cancels the query on the server.
        """
        cursor = self._connection.cursor()
        started_at = time.monotonic()
        try:
            cursor.execute(sql)
            rows = cursor.fetchall()
        except KeyboardInterrupt:
            cursor.cancel()
            raise
        except self._errors.TrinoQueryError as error:
            if error.error_name == "EXCEEDED_SCAN_LIMIT":
                raise BudgetExceeded(
                    f"the query had scanned more than {self._max_bytes:,} bytes and was ended",
                    hint="Choose fewer days with --from and --to, or allow more: --max-bytes.",
                ) from None
            raise EngineError(
                f"the query failed on Trino: {error.error_name}: {error.message}",
                hint=_HINTS.get(str(error.error_name)),
            ) from None
        except (self._errors.TrinoConnectionError, self._errors.HttpError, OSError) as error:
            raise EngineError(
                f"Trino at {self._address} does not answer: {_short(error)}",
                hint="Check host and port of the target, and that the server runs.",
            ) from None
        names = [column.name for column in cursor.description or []]
        columns = [
            [_converted(row[index], kind) for row in rows] for index, kind in enumerate(types)
        ]
        stats = cursor.stats or {}
        return Result(
            arrow_table(names, types, columns),
            Statistics(
                engine=self.name,
                query_id=cursor.query_id,
                elapsed_s=time.monotonic() - started_at,
                scanned_bytes=int(stats.get("physicalInputBytes") or 0),
            ),
        )


def _wall_time(value: Any) -> datetime | None:
    """Naive UTC, whole milliseconds."""
    if value is None or value.tzinfo is None:
        return value  # type: ignore[no-any-return]
    moment: datetime = value.astimezone(UTC).replace(tzinfo=None)
    return moment


# How the client's values become those of a result; all others are taken as they are.
_CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {"timestamp": _wall_time}


def _converted(value: Any, kind: ColumnType | None) -> Any:
    if isinstance(kind, Scalar) and kind.name in _CONVERSIONS:
        return _CONVERSIONS[kind.name](value)
    return value


def _short(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text if len(text) < 200 else f"{text[:200]}…"
