# ruff: noqa: E402 - what takes long to import is imported where the module is run
"""The engine of Trino on a real server: values, statistics, limits, and what goes wrong."""

import contextlib
import http.server
import math
import threading
import time
from datetime import date, datetime

import pytest

from tests.on_trino import trino_module

trino_module("test_trino_engine.py")

from dueng_analytics.engines.trino import TrinoEngine
from dueng_analytics.errors import EngineError
from dueng_analytics.model.types import parse_glue_type
from tests.heading_cases import HEADINGS
from tests.remote_engines import failing, types
from tests.stack.big_table import SLOW_COUNT, big_table
from tests.stack.faults import Line
from tests.stack.processes import free_port
from tests.stack.watching import Watch, a_mark, doing_when, interrupted_when, wait_for

DATABASE = "trino_engine"


def engine_at(port, **options):
    return TrinoEngine(host="127.0.0.1", port=port, schema=DATABASE, **options)


@pytest.fixture(scope="module")
def database(local_aws):
    """A database with a table of a million rows, several megabytes."""
    with big_table(local_aws, DATABASE) as rows:
        yield rows


@pytest.fixture(scope="module")
def engine(local_aws, database):
    with engine_at(local_aws.trino_port) as engine:
        yield engine


@pytest.fixture(scope="module")
def watch(local_aws):
    return Watch(local_aws.trino)


# --- values


@pytest.mark.parametrize("sql", HEADINGS)
def test_a_heading_is_the_name_as_it_was_written(sql, engine):
    kinds = ["string" if heading == "_col2" else "bigint" for heading in HEADINGS[sql]]
    assert tuple(engine.run(sql, types(*kinds)).table.column_names) == HEADINGS[sql]


def test_values_of_every_type_come_as_their_types(engine):
    row = engine.run(
        "select 7 as n, bigint '-9223372036854775808' as least, true as yes, 'ä 数 😀' as word,"
        " '' as empty, date '0001-01-01' as first_day, date '9999-12-31' as last_day,"
        " timestamp '0001-01-01 00:00:00.000' as first,"
        " timestamp '9999-12-31 23:59:59.999' as last,"
        " 5e-324 as small, -1.7976931348623157e308 as big, nan() as odd, infinity() as endless",
        types(
            *("int", "bigint", "boolean", "string", "string", "date", "date"),
            *("timestamp", "timestamp", "double", "double", "double", "double"),
        ),
    ).table.to_pylist()[0]
    assert math.isnan(row.pop("odd"))
    assert row == {
        "n": 7,
        "least": -(2**63),
        "yes": True,
        "word": "ä 数 😀",
        "empty": "",
        "first_day": date(1, 1, 1),
        "last_day": date(9999, 12, 31),
        "first": datetime(1, 1, 1),
        "last": datetime(9999, 12, 31, 23, 59, 59, 999000),
        "small": 5e-324,
        "big": -1.7976931348623157e308,
        "endless": math.inf,
    }


@pytest.mark.parametrize(
    "name",
    [
        *("boolean", "int", "bigint", "double", "string", "date", "timestamp"),
        *("array<int>", "map<string,double>", "struct<x:int,y:timestamp>"),
    ],
)
def test_null_of_every_type_comes_as_nothing(name, engine):
    kind = parse_glue_type(name)
    found = engine.run(f"select cast(null as {kind.trino}) as nothing", (kind,))
    assert found.table.to_pylist() == [{"nothing": None}]


def test_nested_values_come_whole_and_keys_of_maps_in_order(engine):
    found = engine.run(
        "select map(array['b', 'ä', 'a'], array[row(2, timestamp '2026-10-19 05:00:00.123'),"
        " null, row(null, null)]) as deep, array[array[1], null, array[]] as lists",
        types("map<string,struct<x:int,at:timestamp>>", "array<array<int>>"),
    )
    assert found.table.to_pylist() == [
        {
            "deep": [
                ("a", {"x": None, "at": None}),
                ("b", {"x": 2, "at": datetime(2026, 10, 19, 5, 0, 0, 123000)}),
                ("ä", None),
            ],
            "lists": [[1], None, []],
        }
    ]


def test_an_instant_with_a_zone_comes_as_utc(engine):
    found = engine.run(
        "select timestamp '2026-10-19 05:00:00.123 +02:00' as at", types("timestamp")
    )
    assert found.table.to_pylist() == [{"at": datetime(2026, 10, 19, 3, 0, 0, 123000)}]


def test_a_result_without_rows_has_its_columns(engine):
    found = engine.run("select 1 as a, 'x' as b where false", types("int", "string"))
    assert found.table.column_names == ["a", "b"]
    assert found.table.num_rows == 0


def test_a_result_of_many_pages_comes_whole(engine):
    sql = "select x * 1000 + y as n from unnest(sequence(0, 49)) as a(x)"
    found = engine.run(f"{sql} cross join unnest(sequence(0, 999)) as b(y)", types("bigint"))
    assert sorted(found.table["n"].to_pylist()) == list(range(50_000))


def test_a_time_that_python_cannot_hold_is_an_error_with_a_way_out(engine):
    error = failing(engine, "select timestamp '10000-01-01 00:00:00.000' as at", "timestamp")
    assert "10000-01-01" in error.what
    assert "varchar" in error.hint


def test_a_type_that_no_result_holds_is_refused_by_the_columns_name(engine):
    with pytest.raises(EngineError, match="'odd' has a type") as caught:
        engine.run("select row(1) as odd", (None,))
    assert "Cast" in (caught.value.hint or "")


# --- statistics


def test_statistics_tell_the_rows_and_bytes_of_a_scan(engine, database):
    statistics = engine.run("select max(n) as most from big", types("bigint")).statistics
    assert statistics.engine == "trino"
    assert statistics.scanned_rows == database
    assert (statistics.scanned_bytes or 0) > 1_000_000
    assert (statistics.elapsed_s or 0) > 0


def test_statistics_name_the_query_as_the_server_does(engine, watch):
    mark = a_mark()
    statistics = engine.run(f"select 1 as a -- {mark}", types("bigint")).statistics
    assert [query.id for query in watch.queries(mark)] == [statistics.query_id]


# --- limits


def test_a_query_that_takes_too_long_ends_with_a_way_out(local_aws, database, watch):
    mark, started_at = a_mark(), time.monotonic()
    with engine_at(local_aws.trino_port, timeout_s=0.5) as engine:
        error = failing(engine, f"{SLOW_COUNT} -- {mark}")
    assert "EXCEEDED_TIME_LIMIT" in error.what
    assert "fewer days" in error.hint
    assert time.monotonic() - started_at < 20
    assert [query.state for query in watch.queries(mark)] == ["FAILED"]


def test_an_interrupt_cancels_the_query_on_the_server(engine, watch):
    mark = a_mark()
    with interrupted_when(lambda: watch.is_running(mark)):
        engine.run(f"{SLOW_COUNT} -- {mark}", types("bigint"))
    wait_for(lambda: watch.is_cancelled(mark))


def test_an_engine_runs_on_after_an_interrupt(engine):
    assert engine.run("select 1 as a", types("bigint")).table.num_rows == 1


def test_a_query_that_somebody_ends_on_the_server_says_so(engine, watch):
    mark = a_mark()
    with doing_when(lambda: watch.is_running(mark), lambda: watch.kill(mark, "for a test")):
        error = failing(engine, f"{SLOW_COUNT} -- {mark}")
    assert "ADMINISTRATIVELY_KILLED" in error.what
    assert "for a test" in error.what


# --- failures of the query


@pytest.mark.parametrize(
    ("sql", "name", "way_out"),
    [
        ("select 1 as a from nowhere", "TABLE_NOT_FOUND", "databases and tables"),
        ("select 1 as a from nowhere.t", "SCHEMA_NOT_FOUND", "databases of the target"),
        ("select 1 as a from nowhere.s.t", "CATALOG_NOT_FOUND", "catalog of the target"),
        ("select other from big", "COLUMN_NOT_FOUND", "dueng source ddl"),
        ("select n['k'] from big", "TYPE_MISMATCH", "dueng source ddl"),
        ("select n from damaged", "HIVE_BAD_DATA", "other types"),
        ("select n from wrong", "NOT_SUPPORTED", "other types"),
        ("select n from misnamed", "HIVE_INVALID_PARTITION_VALUE", "layout"),
        ("selct 1", "SYNTAX_ERROR", "--inline"),
        ("select 1 / (n - n) as a from big", "DIVISION_BY_ZERO", "--inline"),
    ],
)
def test_a_failed_query_has_trinos_name_for_it_and_a_way_out(sql, name, way_out, engine):
    error = failing(engine, sql)
    assert f"failed on Trino: {name}: " in error.what
    assert way_out in error.hint


# --- failures of the line and of what is at its end


def test_nobody_listening_says_where_and_what_to_do():
    port = free_port()
    with engine_at(port) as engine:
        error = failing(engine, "select 1 as a")
    assert f"http://127.0.0.1:{port} does not answer" in error.what
    assert "host" in error.hint


def test_a_host_that_is_not_there_says_so():
    with TrinoEngine(host="nowhere.invalid") as engine:
        error = failing(engine, "select 1 as a")
    assert "nowhere.invalid" in error.what


def test_a_line_cut_in_the_middle_of_a_query_says_so(local_aws, database, watch):
    mark = a_mark()
    with (
        Line(local_aws.trino_port) as line,
        engine_at(line.port) as engine,
        doing_when(lambda: watch.is_running(mark), line.cut),
    ):
        error = failing(engine, f"{SLOW_COUNT} -- {mark}")
    assert "does not answer" in error.what
    watch.kill(mark, "its client is gone")


def test_a_server_that_falls_silent_is_not_waited_for_for_ever(local_aws):
    started_at = time.monotonic()
    with (
        Line(local_aws.trino_port) as line,
        engine_at(line.port, answer_within_s=0.5) as engine,
    ):
        line.fall_silent()
        error = failing(engine, "select 1 as a")
    assert "does not answer" in error.what
    assert time.monotonic() - started_at < 15


class _SomethingElse(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = b"<html>a page</html>"
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing."""


@contextlib.contextmanager
def something_else(status):
    server = http.server.HTTPServer(("127.0.0.1", 0), _SomethingElse)
    server.status = status
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "what", "way_out"),
    [
        (200, "is no Trino", "host, port"),
        (404, "does not answer: error 404", "host, port"),
        (401, "does not let you in", "user"),
    ],
)
def test_what_is_no_trino_or_lets_nobody_in_says_so(status, what, way_out):
    with something_else(status) as port, engine_at(port) as engine:
        error = failing(engine, "select 1 as a")
    assert what in error.what
    assert way_out in error.hint
