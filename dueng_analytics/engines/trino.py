"""A Trino server: Athena SQL as it is, over the tables that its catalogue holds."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from dueng_analytics.closing import ClosedOnLeaving
from dueng_analytics.engines.base import Result, Statistics, arrow_table, hint_for
from dueng_analytics.errors import BudgetExceeded, EngineError
from dueng_analytics.model.types import ColumnType, Scalar

INSTALL = "Install it: pip install 'dueng-analytics[trino]'."

_CONNECT_WITHIN_S = 10.0
_ANSWER_WITHIN_S = 30.0
"""Trino answers each request within a second or so, however long the query takes."""


class TrinoEngine(ClosedOnLeaving):
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
        answer_within_s: float = _ANSWER_WITHIN_S,
    ) -> None:
        """Open a session; nothing is sent before the first query.

        Args:
            timeout_s: how long a query may run on the server.
            max_bytes: a query is ended when it has read more from the tables' files.
            answer_within_s: how long the server may be silent.

        Raises:
            EngineError: the client is not installed.
        """
        try:
            import trino
        except ImportError:
            raise EngineError("the client of Trino is not installed", hint=INSTALL) from None
        self._errors = trino.exceptions
        self._max_bytes = max_bytes
        session = {"query_max_run_time": f"{timeout_s * 1000:.0f}ms"}
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
            request_timeout=(_CONNECT_WITHIN_S, answer_within_s),
            auth=authentication,
            session_properties=session,
        )

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
            with contextlib.suppress(Exception):  # it is the interrupt that has to arrive
                cursor.cancel()
            raise
        except self._errors.TrinoQueryError as error:
            if error.error_name == "EXCEEDED_SCAN_LIMIT":
                raise BudgetExceeded(
                    f"the query had scanned more than {self._max_bytes:,} bytes and was ended",
                    hint="Choose fewer days with --from and --to, or allow more: --max-bytes.",
                ) from None
            text = f"{error.error_name}: {error.message}"
            raise EngineError(f"the query failed on Trino: {text}", hint=hint_for(text)) from None
        except self._errors.TrinoDataError as error:
            with contextlib.suppress(Exception):
                cursor.cancel()
            raise EngineError(
                f"the query's result cannot be held: {error}",
                hint="Cast to varchar what lies outside the years 1 to 9999.",
            ) from None
        except (self._errors.TrinoConnectionError, self._errors.HttpError, OSError) as error:
            if _short(error).startswith(("error 401", "error 403")):
                raise EngineError(
                    f"Trino at {self._address} does not let you in: {_short(error)}",
                    hint="Check user of the target.",
                ) from None
            raise EngineError(
                f"Trino at {self._address} does not answer: {_short(error)}",
                hint="Check host, port and http_scheme of the target, and that the server runs.",
            ) from None
        except (ValueError, KeyError) as error:
            raise EngineError(
                f"what answers at {self._address} is no Trino: {_short(error)}",
                hint="Check host, port and http_scheme of the target.",
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
                scanned_rows=int(stats.get("processedRows") or 0),
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
