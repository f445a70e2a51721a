"""The process that serves S3, Glue, Athena, DynamoDB and SES: moto, with an Athena that executes.

Run as ``python -m tests.stack.moto_server --port N --engine FILE``. The file says what executes
Athena's statements, ``trino PORT`` or ``duckdb PATH``; it is read for each statement, because
Trino can only be started after the server whose catalogue it uses.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import logging
import threading
import time
from pathlib import Path
from typing import Any

from moto.athena.exceptions import InvalidArgumentException
from moto.athena.models import AthenaBackend, Execution
from moto.athena.responses import AthenaResponse
from moto.s3.models import s3_backends
from moto.s3.utils import bucket_and_name_from_url
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, run_simple

from .athena_engines import Answer, DuckDBStatement, Failed, Running, TrinoStatement

_PAGE_ROWS = 1000
_ENGINE = Path()
_RUNS: dict[str, Run] = {}
_MOTOS_START = AthenaResponse.start_query_execution


class Run:
    """A query execution: its state, and what it gave."""

    def __init__(self, execution: Execution, statement: Running) -> None:
        self.execution = execution
        self.state = "QUEUED"
        self.reason: str | None = None
        self.error_category: int | None = None
        self.answer = Answer((), (), 0)
        self.statement = statement
        self.ended_at: float | None = None
        self.is_reused = False

    @property
    def scanned_bytes(self) -> int:
        """What it has read, also while it runs."""
        if self.is_reused:
            return 0
        return self.answer.scanned_bytes or self.statement.scanned_bytes()

    def asks_the_same(self, other: Run) -> bool:
        """Whether a result of the other is one of this."""
        mine, its = self.execution, other.execution
        return (mine.query, mine.context) == (its.query, its.context)

    def reuse(self, earlier: Run) -> None:
        """Give again what an earlier execution gave."""
        self.answer, self.is_reused = earlier.answer, True
        self._end("SUCCEEDED")

    def carry_out(self, backend: AthenaBackend) -> None:
        self.state = "RUNNING"
        try:
            self.answer = self.statement.result()
            _store(backend, self.execution, self.answer)
        except Failed as error:
            self.reason, self.error_category = str(error), 2
            self._end("FAILED")
        except Exception as error:  # a server answers, whatever happened
            self.reason, self.error_category = f"{type(error).__name__}: {error}", 1
            self._end("FAILED")
        else:
            self._end("SUCCEEDED")

    def _end(self, state: str) -> None:
        if self.state != "CANCELLED":
            self.state = state
        self.ended_at = time.time()


def _statement(sql: str, database: str | None) -> Running:
    kind, _, where = _ENGINE.read_text("utf-8").strip().partition(" ")
    if kind == "trino":
        return TrinoStatement(sql, database, int(where))
    return DuckDBStatement(sql, database, where)


def _start_or_reuse(self: AthenaResponse) -> Any:
    """Take part in moto's answer: it knows nothing of results that are given again."""
    reuse = self._get_param("ResultReuseConfiguration") or {}
    by_age = reuse.get("ResultReuseByAgeConfiguration") or {}
    _THIS_REQUEST.reuse_minutes = by_age.get("MaxAgeInMinutes") if by_age.get("Enabled") else None
    return _MOTOS_START(self)


_THIS_REQUEST = threading.local()


def _earlier(run: Run, minutes: int) -> Run | None:
    """The last execution of the same statement that succeeded not longer ago."""
    oldest = time.time() - minutes * 60
    for other in reversed(list(_RUNS.values())):
        if (
            other.state == "SUCCEEDED"
            and (other.ended_at or 0) >= oldest
            and run.asks_the_same(other)
        ):
            return other
    return None


def _start(
    self: AthenaBackend,
    query: str,
    context: dict[str, str] | None,
    config: dict[str, Any] | None,
    workgroup: str,
    execution_parameters: list[str] | None,
) -> str:
    group = self.work_groups.get(workgroup or "primary")
    if group is None:
        raise InvalidArgumentException(f"WorkGroup {workgroup} is not found.")
    settings = dict(config or {})
    own = (group.configuration or {}).get("ResultConfiguration") or {}
    if "OutputLocation" not in settings and own.get("OutputLocation"):
        settings["OutputLocation"] = own["OutputLocation"]
    if "OutputLocation" not in settings:
        raise InvalidArgumentException(
            "No output location provided. An output location is required either through the"
            " Workgroup result configuration setting or as an API input."
        )
    sql = query
    for parameter in execution_parameters or []:
        sql = sql.replace("?", parameter, 1)
    execution = Execution(query, context or {}, settings, group, execution_parameters)
    self.executions[execution.id] = execution
    run = Run(execution, _statement(sql, (context or {}).get("Database")))
    minutes = _THIS_REQUEST.reuse_minutes
    earlier = _earlier(run, minutes) if minutes is not None else None
    _RUNS[execution.id] = run
    if earlier is not None:
        run.reuse(earlier)
        return execution.id
    threading.Thread(target=run.carry_out, args=(self,), daemon=True).start()
    return execution.id


def _stop(self: AthenaBackend, exec_id: str) -> None:
    run = _RUNS[exec_id]
    if run.ended_at is None:
        run.state = "CANCELLED"
        run.reason = "Query cancelled by user"
        run.statement.cancel()


def _get_execution(self: AthenaResponse) -> str:
    run = _RUNS.get(self._get_param("QueryExecutionId"))
    if run is None:
        raise InvalidArgumentException("QueryExecution was not found")
    execution = run.execution
    status: dict[str, Any] = {"State": run.state, "SubmissionDateTime": execution.start_time}
    if run.ended_at is not None:
        status["CompletionDateTime"] = run.ended_at
    if run.reason is not None:
        status["StateChangeReason"] = run.reason
        if run.error_category is not None:
            status["AthenaError"] = {
                "ErrorCategory": run.error_category,
                "ErrorType": 1301,
                "Retryable": False,
                "ErrorMessage": run.reason,
            }
    millis = int(((run.ended_at or time.time()) - execution.start_time) * 1000)
    return json.dumps(
        {
            "QueryExecution": {
                "QueryExecutionId": execution.id,
                "Query": execution.query,
                "StatementType": "DML",
                "ResultConfiguration": execution.config,
                "QueryExecutionContext": execution.context,
                "Status": status,
                "Statistics": {
                    "DataScannedInBytes": run.scanned_bytes,
                    "EngineExecutionTimeInMillis": millis,
                    "TotalExecutionTimeInMillis": millis,
                    "ResultReuseInformation": {"ReusedPreviousResult": run.is_reused},
                },
                "WorkGroup": execution.workgroup.name if execution.workgroup else None,
            }
        }
    )


def _get_results(self: AthenaResponse) -> str:
    run = _RUNS[self._get_param("QueryExecutionId")]
    if run.state != "SUCCEEDED":
        raise InvalidArgumentException(
            f"Query did not finish successfully. Final query state: {run.state}"
        )
    start = int(self._get_param("NextToken") or 0)
    most = min(int(self._get_param("MaxResults") or _PAGE_ROWS), _PAGE_ROWS)
    rows = [[name for name, _ in run.answer.columns], *run.answer.rows]
    result: dict[str, Any] = {
        "UpdateCount": 0,
        "ResultSet": {
            "Rows": [
                {"Data": [{} if value is None else {"VarCharValue": value} for value in row]}
                for row in rows[start : start + most]
            ],
            "ResultSetMetadata": {
                "ColumnInfo": [_column_info(name, kind) for name, kind in run.answer.columns]
            },
        },
    }
    if start + most < len(rows):
        result["NextToken"] = str(start + most)
    return json.dumps(result)


def _column_info(name: str, kind: str) -> dict[str, Any]:
    plain = kind.partition("(")[0]
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": f"{plain} with time zone" if kind.endswith("with time zone") else plain,
        "Precision": 3,
        "Scale": 0,
        "Nullable": "UNKNOWN",
        "CaseSensitive": plain == "varchar",
    }


def _store(backend: AthenaBackend, execution: Execution, answer: Answer) -> None:
    bucket, key = bucket_and_name_from_url(execution.config["OutputLocation"])
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow([name for name, _ in answer.columns])
    writer.writerows(["" if value is None else value for value in row] for row in answer.rows)
    s3_backends[backend.account_id][backend.partition].put_object(
        bucket_name=str(bucket), key_name=str(key), value=buffer.getvalue().encode("utf-8")
    )


def main() -> None:
    """Serve until the process is told to stop."""
    global _ENGINE
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--engine", type=Path, required=True)
    arguments = parser.parse_args()
    _ENGINE = arguments.engine
    AthenaResponse.start_query_execution = _start_or_reuse  # type: ignore[method-assign]
    AthenaBackend.start_query_execution = _start  # type: ignore[method-assign]
    AthenaBackend.stop_query_execution = _stop  # type: ignore[method-assign]
    AthenaResponse.get_query_execution = _get_execution  # type: ignore[method-assign]
    AthenaResponse.get_query_results = _get_results  # type: ignore[method-assign]
    logging.getLogger("werkzeug").addHandler(logging.StreamHandler())
    logging.getLogger("werkzeug").setLevel(logging.INFO)
    run_simple(
        "127.0.0.1",
        arguments.port,
        DomainDispatcherApplication(create_backend_app),
        threaded=True,
        request_handler=_KeptAlive,
    )


class _KeptAlive(WSGIRequestHandler):
    """A connection serves many requests: to make one costs both sides much of what those cost."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True


if __name__ == "__main__":
    main()
