"""Amazon Athena through PyAthena: results page by page over the API, no bucket of our own."""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from datetime import date, datetime
from math import ceil
from typing import Any

from dueng_analytics.closing import ClosedOnLeaving
from dueng_analytics.engines.base import (
    QUERY_HINTS,
    Result,
    Statistics,
    arrow_table,
    hint_for,
)
from dueng_analytics.errors import BudgetExceeded, EngineError
from dueng_analytics.model.types import Array, ColumnType, Map, Scalar, Struct

USD_PER_TERABYTE = 5.0
"""The list price of most regions; a workgroup with provisioned capacity pays otherwise."""
_TERABYTE = 1_000_000_000_000
_SMALLEST_CHARGE_BYTES = 10_000_000
_MEGABYTE = 1_000_000

# What a failure says → what to do about it; the first that fits.
_HINTS: tuple[tuple[str, str], ...] = (
    (
        "No output location",
        "Give the workgroup a result location, or set result_location of the target to an"
        " s3:// prefix that you may write.",
    ),
    ("WorkGroup", "Check workgroup of the target: `aws athena list-work-groups` shows yours."),
    ("ThrottlingException", "Athena is busy with your account's queries; try again later."),
    ("TooManyRequests", "Athena is busy with your account's queries; try again later."),
    (
        "AccessDenied",
        "Reading needs athena:StartQueryExecution, GetQueryExecution, GetQueryResults and"
        " StopQueryExecution, glue:GetTable(s), GetPartitions and GetDatabase, and s3:GetObject"
        " and ListBucket on the events and the result location.",
    ),
    ("not authorized", "Ask for the rights that docs/engines.md lists; none of them writes Glue."),
    ("ExpiredToken", "Sign in again: `aws sso login`, or renew the credentials of the profile."),
    ("Unable to locate credentials", "Sign in, or name a profile: --profile NAME."),
    (
        "Insufficient permissions",
        "Ask for the rights that docs/engines.md lists; none of them writes Glue.",
    ),
    ("Access Denied", "Ask for s3:GetObject and s3:ListBucket on the events of the table."),
    ("security token", "Sign in again: `aws sso login`, or renew the profile's credentials."),
    ("config profile", "Check profile of the target: `aws configure list-profiles` shows yours."),
    ("must specify a region", "Name it: region of the target, or --region NAME."),
    ("Could not connect", "Check region of the target, and the network."),
    *QUERY_HINTS,
)


class AthenaEngine(ClosedOnLeaving):
    """A session on Athena; it reads, and writes nothing but query results."""

    name = "athena"

    def __init__(
        self,
        *,
        region: str | None = None,
        profile: str | None = None,
        workgroup: str | None = None,
        result_location: str | None = None,
        catalog: str = "awsdatacatalog",
        database: str | None = None,
        max_bytes: int | None = None,
        reuse_minutes: int | None = None,
        poll_interval_s: float = 0.5,
        usd_per_terabyte: float = USD_PER_TERABYTE,
    ) -> None:
        """Open a session; nothing is sent before the first query.

        Args:
            max_bytes: a query is cancelled when it has scanned more.
            reuse_minutes: how old a result of the same query may be that is given again.

        Raises:
            EngineError: no region is known.
        """
        # Imported here, because only who asks Athena needs it.
        import pyathena
        from pyathena.converter import Converter
        from pyathena.util import RetryConfig

        # It logs each failure with its trace; what failed is told in our own words.
        logging.getLogger("pyathena").addHandler(logging.NullHandler())

        class AsText(Converter):
            """Values as Athena writes them: their types are known here, not guessed there."""

            def __init__(self) -> None:
                super().__init__(mappings={})

            def convert(self, type_: str, value: str | None, type_hint: Any = None) -> str | None:
                return value

        self._errors = pyathena.error
        self._max_bytes = max_bytes
        self._usd_per_terabyte = usd_per_terabyte
        self._exceeded_bytes: int | None = None
        try:
            self._connection = pyathena.connect(
                region_name=region,
                profile_name=profile,
                work_group=workgroup or "primary",
                s3_staging_dir=result_location or "",
                catalog_name=catalog,
                schema_name=database or "default",
                poll_interval=poll_interval_s,
                kill_on_interrupt=True,
                result_reuse_enable=reuse_minutes is not None,
                result_reuse_minutes=reuse_minutes or 0,
                converter=AsText(),
                on_poll=self._watch,
                # botocore has tried five times by then; PyAthena alone would take minutes
                retry_config=RetryConfig(attempt=1),
            )
        except Exception as error:  # botocore's tree is not ours to import here
            raise _failure(error) from None

    def close(self) -> None:
        self._connection.close()

    def run(self, sql: str, types: tuple[ColumnType | None, ...]) -> Result:
        """The rows of a statement; see :class:`~dueng_analytics.engines.base.RemoteEngine`.

        A column of arrays, maps or structs has to come as JSON text: Athena's own text of them
        cannot be read back. An interrupt cancels the query.

        Raises:
            BudgetExceeded: it scanned more than allowed and was cancelled.
        """
        started_at = time.monotonic()
        self._exceeded_bytes = None
        cursor = self._connection.cursor()
        try:
            cursor.execute(sql)
            rows = cursor.fetchall()
        except KeyboardInterrupt:
            raise
        except Exception as error:  # PyAthena wraps botocore's errors in its own, not all of them
            if self._exceeded_bytes is not None:
                raise BudgetExceeded(
                    f"the query had scanned {self._exceeded_bytes:,} bytes and was cancelled:"
                    f" {self._max_bytes:,} are allowed",
                    hint="Choose fewer days with --from and --to, or allow more: --max-bytes.",
                ) from None
            if error.__cause__ is not None and cursor.query_id:
                # not the query failed but a request about it: it would run on unseen, for money
                with contextlib.suppress(Exception):
                    cursor.cancel()
            raise _failure(error) from None
        names = [column[0] for column in cursor.description or []]
        columns = [
            _values(name, kind, [row[index] for row in rows])
            for index, (name, kind) in enumerate(zip(names, types, strict=True))
        ]
        scanned = int(cursor.data_scanned_in_bytes or 0)
        return Result(
            arrow_table(names, types, columns),
            Statistics(
                engine=self.name,
                query_id=cursor.query_id,
                elapsed_s=time.monotonic() - started_at,
                scanned_bytes=scanned,
                cost_usd=cost_usd(scanned, self._usd_per_terabyte),
                from_cache=bool(cursor.reused_previous_result),
            ),
        )

    def _watch(self, execution: Any) -> None:
        """Cancel a query that has scanned more than it may; called at every look at its state."""
        scanned = int(getattr(execution, "data_scanned_in_bytes", None) or 0)
        if self._max_bytes is not None and scanned > self._max_bytes:
            self._exceeded_bytes = scanned
            client: Any = self._connection.client
            client.stop_query_execution(QueryExecutionId=execution.query_id)
            raise self._errors.OperationalError("too many bytes scanned")


def cost_usd(scanned_bytes: int, usd_per_terabyte: float = USD_PER_TERABYTE) -> float:
    """What scanning costs: whole megabytes, at least ten of them; nothing for nothing."""
    if scanned_bytes == 0:
        return 0.0
    charged = max(ceil(scanned_bytes / _MEGABYTE) * _MEGABYTE, _SMALLEST_CHARGE_BYTES)
    return charged / _TERABYTE * usd_per_terabyte


def _failure(error: Exception) -> EngineError:
    text = " ".join(str(error).split())
    return EngineError(f"the query failed on Athena: {text}", hint=hint_for(text, _HINTS))


_SCALARS: Mapping[str, Callable[[str], Any]] = {
    "string": str,
    "boolean": lambda text: text == "true",
    "int": int,
    "bigint": int,
    "double": float,
    "date": date.fromisoformat,
    "timestamp": lambda text: datetime.fromisoformat(text),
}


def _values(name: str, kind: ColumnType | None, texts: list[str | None]) -> list[Any]:
    try:
        return [_value(text, kind) for text in texts]
    except (ValueError, AttributeError) as error:
        raise EngineError(
            f"the column {name!r} holds what is no {kind.trino if kind else 'text'}: {error}",
            hint="Cast to varchar what lies outside the years 1 to 9999.",
        ) from None


def _value(text: str | None, kind: ColumnType | None) -> Any:
    """A value of a result from its text; nested ones come as JSON."""
    if text is None or kind is None:
        return text
    if isinstance(kind, Scalar):
        return _SCALARS[kind.name](text)
    return _from_json(json.loads(text), kind)


def _from_json(value: Any, kind: ColumnType) -> Any:
    if value is None:
        return None
    if isinstance(kind, Array):
        return [_from_json(item, kind.element) for item in value]
    if isinstance(kind, Map):
        return {key: _from_json(item, kind.value) for key, item in value.items()}
    if isinstance(kind, Struct):
        return {field.name: _from_json(value.get(field.name), field.type) for field in kind.fields}
    return _SCALARS[kind.name](value) if kind.name in ("date", "timestamp") else value
