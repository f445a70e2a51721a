# ruff: noqa: E402 - what takes long to import is imported where the module is run
"""The engine of Athena over a local Athena that executes on Trino, and over one that refuses."""

import math
from datetime import date, datetime

import pytest

from tests.on_trino import trino_module

trino_module("test_trino_athena.py")

from dueng_analytics.engines.athena import AthenaEngine, cost_usd
from dueng_analytics.errors import BudgetExceeded, EngineError
from tests.local_s3 import aws_variables
from tests.remote_engines import failing, types
from tests.stack.big_table import SLOW_COUNT, big_table
from tests.stack.faults import AwsError, Front
from tests.stack.processes import free_port
from tests.stack.watching import Watch, a_mark, interrupted_when, wait_for

DATABASE = "athena_engine"
RESULTS = "s3://athena-results/dueng/"


@pytest.fixture(scope="module")
def database(local_aws):
    local_aws.executes_on_trino()
    local_aws.client("s3").create_bucket(Bucket="athena-results")
    with big_table(local_aws, DATABASE) as rows:
        yield rows


@pytest.fixture
def machine(local_aws, database, monkeypatch, tmp_path):
    """A machine whose AWS is the local one."""
    for name in aws_variables():
        monkeypatch.delenv(name)
    for name, value in local_aws.environment.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    return monkeypatch


def engine_of(**options):
    settings = {"result_location": RESULTS, "database": DATABASE, "poll_interval_s": 0.05}
    return AthenaEngine(**{**settings, **options})


@pytest.fixture
def engine(machine):
    with engine_of() as engine:
        yield engine


@pytest.fixture(scope="module")
def watch(local_aws):
    return Watch(local_aws.trino)


# --- values


def test_values_of_every_type_come_as_their_types(engine):
    row = engine.run(
        "select 7 as n, bigint '-9223372036854775808' as least, true as yes,"
        " 'ä \"数\", 😀' as word, '' as empty, date '0001-01-01' as day,"
        " timestamp '9999-12-31 23:59:59.999' as moment,"
        " 5e-324 as small, -1.7976931348623157e308 as big, nan() as odd, infinity() as endless,"
        " cast(null as varchar) as nothing",
        types(
            *("int", "bigint", "boolean", "string", "string", "date", "timestamp"),
            *("double", "double", "double", "double", "string"),
        ),
    ).table.to_pylist()[0]
    assert math.isnan(row.pop("odd"))
    assert row == {
        "n": 7,
        "least": -(2**63),
        "yes": True,
        "word": 'ä "数", 😀',
        "empty": "",
        "day": date(1, 1, 1),
        "moment": datetime(9999, 12, 31, 23, 59, 59, 999000),
        "small": 5e-324,
        "big": -1.7976931348623157e308,
        "endless": math.inf,
        "nothing": None,
    }


def test_nested_values_come_as_json_and_whole(engine):
    found = engine.run(
        "select json_format(cast(map(array['b', 'a'], array["
        "cast(row(2, timestamp '2026-10-19 05:00:00.123') as row(x integer, \"at\" timestamp(3))),"
        " null]) as json)) as deep",
        types("map<string,struct<x:int,at:timestamp>>"),
    )
    moment = datetime(2026, 10, 19, 5, 0, 0, 123000)
    assert found.table.to_pylist() == [{"deep": [("a", None), ("b", {"x": 2, "at": moment})]}]


def test_a_result_of_several_pages_comes_whole_and_once(engine):
    found = engine.run("select n from big where n < 2500", types("bigint"))
    assert sorted(found.table["n"].to_pylist()) == list(range(2500))


def test_a_time_that_python_cannot_hold_is_an_error_with_a_way_out(engine):
    error = failing(engine, "select '+10000-01-01 00:00:00.000' as at", "timestamp")
    assert "'at' holds what is no timestamp(3)" in error.what
    assert "varchar" in error.hint


@pytest.mark.parametrize("rows", [0, 999, 1000])
def test_a_result_at_the_edge_of_a_page_comes_whole(rows, engine):
    found = engine.run(f"select n from big where n < {rows}", types("bigint"))
    assert found.table.column_names == ["n"]
    assert found.table.num_rows == rows


# --- what it took, and limits


def test_statistics_tell_the_bytes_of_a_scan_and_their_cost(engine):
    statistics = engine.run("select max(n) as most from big", types("bigint")).statistics
    assert statistics.engine == "athena"
    assert statistics.query_id
    assert (statistics.scanned_bytes or 0) > 1_000_000
    assert statistics.cost_usd == cost_usd(statistics.scanned_bytes or 0)
    assert not statistics.from_cache


def test_the_same_query_within_the_minutes_of_reuse_is_not_scanned_again(machine):
    sql = f"select min(n) as least from big -- {a_mark()}"
    with engine_of(reuse_minutes=60) as engine:
        first = engine.run(sql, types("bigint"))
        second = engine.run(sql, types("bigint"))
    assert not first.statistics.from_cache
    assert second.statistics.from_cache
    assert (second.statistics.scanned_bytes, second.statistics.cost_usd) == (0, 0.0)
    assert second.table == first.table


def test_without_reuse_the_same_query_is_scanned_again(engine):
    sql = "select min(n + 1) as least from big"
    engine.run(sql, types("bigint"))
    again = engine.run(sql, types("bigint")).statistics
    assert not again.from_cache
    assert (again.scanned_bytes or 0) > 1_000_000


def test_a_query_that_has_scanned_more_than_it_may_is_cancelled_while_it_runs(machine, watch):
    mark = a_mark()
    sql = f"select n from ({SLOW_COUNT}) union all select sum(n) from big -- {mark}"
    with engine_of(max_bytes=1_000_000) as engine, pytest.raises(BudgetExceeded) as caught:
        engine.run(sql, types("bigint"))
    assert "1,000,000 are allowed" in caught.value.what
    assert "--max-bytes" in (caught.value.hint or "")
    wait_for(lambda: watch.is_cancelled(mark))


def test_a_query_that_scans_less_than_it_may_is_carried_out(machine, database):
    with engine_of(max_bytes=100_000_000) as engine:
        found = engine.run("select count(n) as n from big", types("bigint"))
    assert found.table.to_pylist() == [{"n": database}]


def test_an_interrupt_cancels_the_query_down_to_trino(engine, watch):
    mark = a_mark()
    with interrupted_when(lambda: watch.is_running(mark)):
        engine.run(f"{SLOW_COUNT} -- {mark}", types("bigint"))
    wait_for(lambda: watch.is_cancelled(mark))


# --- failures of the query


@pytest.mark.parametrize(
    ("sql", "name", "way_out"),
    [
        ("select 1 as a from nowhere", "TABLE_NOT_FOUND", "databases and tables"),
        ("select 1 as a from nowhere.t", "SCHEMA_NOT_FOUND", "databases of the target"),
        ("select other from big", "COLUMN_NOT_FOUND", "dueng source ddl"),
        ("select n['k'] from big", "TYPE_MISMATCH", "dueng source ddl"),
        ("select n from damaged", "HIVE_BAD_DATA", "other types"),
        ("selct 1", "SYNTAX_ERROR", "--inline"),
    ],
)
def test_a_failed_query_has_trinos_text_and_a_way_out(sql, name, way_out, engine):
    error = failing(engine, sql)
    assert f"failed on Athena: {name}: " in error.what
    assert way_out in error.hint


# --- refusals of the service


def test_a_workgroup_without_a_result_location_says_what_to_do(machine):
    with engine_of(result_location=None) as engine:
        error = failing(engine)
    assert "No output location" in error.what
    assert "result_location" in error.hint


def test_a_workgroup_with_a_result_location_needs_no_other(local_aws, machine):
    athena = local_aws.client("athena")
    where = {"OutputLocation": "s3://athena-results/analysts/"}
    athena.create_work_group(Name="analysts", Configuration={"ResultConfiguration": where})
    try:
        with engine_of(result_location=None, workgroup="analysts") as engine:
            assert engine.run("select 1 as a", types("bigint")).table.num_rows == 1
    finally:
        athena.delete_work_group(WorkGroup="analysts", RecursiveDeleteOption=True)
    stored = local_aws.client("s3").list_objects_v2(Bucket="athena-results", Prefix="analysts/")
    assert stored["KeyCount"] > 0


def test_an_unknown_workgroup_says_what_to_do(machine):
    with engine_of(workgroup="nobodys") as engine:
        error = failing(engine)
    assert "WorkGroup" in error.what
    assert "list-work-groups" in error.hint


@pytest.fixture
def front(local_aws, machine):
    """Stands before the AWS of this machine."""
    with Front(local_aws.aws_port) as front:
        machine.setenv("AWS_ENDPOINT_URL", front.endpoint)
        yield front


def test_a_throttled_request_that_is_answered_the_second_time_succeeds(front):
    for action in ("StartQueryExecution", "GetQueryExecution", "GetQueryResults"):
        front.errors[action] = AwsError("ThrottlingException", "Rate exceeded", times=1)
    with engine_of() as engine:
        assert engine.run("select 1 as a", types("bigint")).table.to_pylist() == [{"a": 1}]
    assert front.seen["StartQueryExecution"] == 2
    assert front.seen["GetQueryResults"] == 2


def test_throttling_that_does_not_end_says_so_after_what_botocore_tried(front, machine):
    machine.setenv("AWS_MAX_ATTEMPTS", "2")  # five by default, with longer and longer pauses
    front.errors["StartQueryExecution"] = AwsError("ThrottlingException", "Rate exceeded")
    with engine_of() as engine:
        error = failing(engine)
    assert "Rate exceeded" in error.what
    assert "try again later" in error.hint
    assert front.seen["StartQueryExecution"] == 2


def test_a_query_that_can_no_longer_be_watched_is_stopped(front, watch):
    mark = a_mark()
    front.errors["GetQueryExecution"] = AwsError("AccessDeniedException", "not you")
    with engine_of() as engine:
        assert "not you" in failing(engine, f"{SLOW_COUNT} -- {mark}").what
    wait_for(lambda: bool(watch.queries(mark)) and not watch.is_running(mark))
    assert front.seen["StopQueryExecution"] == 1


_USER = "User: arn:aws:iam::123456789012:user/ann"


@pytest.mark.parametrize(
    ("action", "code", "message", "way_out"),
    [
        (
            "StartQueryExecution",
            "AccessDeniedException",
            f"{_USER} is not authorized to perform: athena:StartQueryExecution",
            "athena:StartQueryExecution",
        ),
        (
            "GetQueryExecution",
            "AccessDeniedException",
            f"{_USER} is not authorized to perform: athena:GetQueryExecution",
            "GetQueryExecution",
        ),
        (
            "GetQueryResults",
            "AccessDeniedException",
            f"{_USER} is not authorized to perform: athena:GetQueryResults",
            "GetQueryResults",
        ),
        (
            "StartQueryExecution",
            "ExpiredTokenException",
            "The security token included in the request is expired",
            "aws sso login",
        ),
        (
            "StartQueryExecution",
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            "aws sso login",
        ),
        (
            "StartQueryExecution",
            "TooManyRequestsException",
            "You have exceeded the limit for the number of queries you can run concurrently.",
            "try again later",
        ),
    ],
)
def test_a_refusal_says_what_aws_said_and_what_to_do(
    action, code, message, way_out, front, machine
):
    machine.setenv("AWS_MAX_ATTEMPTS", "1")
    front.errors[action] = AwsError(code, message)
    with engine_of() as engine:
        error = failing(engine)
    assert message in error.what
    assert way_out in error.hint


# --- a machine that is not set up


def test_a_machine_without_credentials_says_what_to_do(machine):
    machine.delenv("AWS_ACCESS_KEY_ID")
    with engine_of() as engine:
        assert "--profile" in failing(engine).hint


def test_a_machine_without_a_region_says_what_to_do(machine):
    machine.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(EngineError) as caught:
        engine_of()
    assert "--region" in (caught.value.hint or "")


def test_a_profile_that_is_not_there_says_what_to_do(machine):
    with pytest.raises(EngineError, match="nobody") as caught:
        engine_of(profile="nobody")
    assert "list-profiles" in (caught.value.hint or "")


def test_an_endpoint_that_nobody_serves_says_what_to_do(machine):
    machine.setenv("AWS_MAX_ATTEMPTS", "1")
    machine.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with engine_of() as engine:
        assert "region" in failing(engine).hint
