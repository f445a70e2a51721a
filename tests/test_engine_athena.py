# ruff: noqa: E402 - what takes long to import is imported where the module is run
"""The Athena engine over a local Athena whose statements DuckDB executes: quick, no Trino."""

from datetime import date, datetime

import duckdb
import pytest
from exhaustive import exhaustive_module

exhaustive_module("test_engine_athena.py")

from stack.local_aws import start_local_aws

from dueng_analytics.engines.athena import AthenaEngine, cost_usd
from dueng_analytics.errors import BudgetExceeded, EngineError
from dueng_analytics.model.types import parse_glue_type

RESULTS = "s3://results/dueng/"


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    local = start_local_aws(with_trino=False)
    local.client("s3").create_bucket(Bucket="results")
    database = tmp_path_factory.mktemp("athena") / "lake.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema due; create table due.t as select 1 as a")
    local.executes_on_duckdb(database)
    yield local
    local.stop()


@pytest.fixture
def engine(aws, monkeypatch):
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    with AthenaEngine(result_location=RESULTS, database="due", poll_interval_s=0.01) as engine:
        yield engine


def types(*names):
    return tuple(parse_glue_type(name) for name in names)


def test_values_come_as_their_types(engine):
    result = engine.run(
        "select 7 as n, 1.5e0 as x, true as yes, 'ä' as text, date '2026-10-19' as day,"
        " timestamp '2026-10-19 05:00:00.123' as moment, cast(null as varchar) as nothing",
        types("bigint", "double", "boolean", "string", "date", "timestamp", "string"),
    )
    assert result.table.to_pylist() == [
        {
            "n": 7,
            "x": 1.5,
            "yes": True,
            "text": "ä",
            "day": date(2026, 10, 19),
            "moment": datetime(2026, 10, 19, 5, 0, 0, 123000),
            "nothing": None,
        }
    ]


def test_nested_values_are_read_from_json_with_the_keys_of_maps_in_order(engine):
    result = engine.run(
        """select '{"b": "2", "a": null}' as m,"""
        """ '[{"x": 1, "at": "2026-10-19 05:00:00.000"}]' as l""",
        types("map<string,string>", "array<struct<x:int,at:timestamp>>"),
    )
    assert result.table.to_pylist() == [
        {"m": [("a", None), ("b", "2")], "l": [{"x": 1, "at": datetime(2026, 10, 19, 5)}]}
    ]


def test_a_result_of_many_pages_comes_whole(engine):
    result = engine.run("select x from range(2500) as t(x)", types("bigint"))
    assert result.table.num_rows == 2500


def test_a_failed_query_says_what_the_engine_said(engine):
    with pytest.raises(EngineError, match=r"failed on Athena: .*nonsense"):
        engine.run("select nonsense from t", types("bigint"))


def test_a_workgroup_without_a_result_location_says_what_to_do(aws, monkeypatch):
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    with (
        AthenaEngine(workgroup="primary", poll_interval_s=0.01) as engine,
        pytest.raises(EngineError, match="No output location") as caught,
    ):
        engine.run("select 1 as a", types("bigint"))
    assert "result_location" in (caught.value.hint or "")


def test_an_unknown_workgroup_says_what_to_do(aws, monkeypatch):
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    with (
        AthenaEngine(workgroup="analysts", result_location=RESULTS) as engine,
        pytest.raises(EngineError, match="WorkGroup") as caught,
    ):
        engine.run("select 1 as a", types("bigint"))
    assert "workgroup of the target" in (caught.value.hint or "")


def test_a_type_that_no_result_holds_is_refused_by_the_columns_name(engine):
    with pytest.raises(EngineError, match="'odd' has a type"):
        engine.run("select 1 as odd", (None,))


def test_a_query_that_scans_more_than_it_may_is_cancelled(aws, monkeypatch):
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    # what is scanned here is nothing, and still more than this
    with (
        AthenaEngine(result_location=RESULTS, max_bytes=-1) as engine,
        pytest.raises(BudgetExceeded, match="are allowed"),
    ):
        engine.run("select 1 as a", types("bigint"))


@pytest.mark.parametrize(
    ("scanned", "usd"),
    [(0, 0.0), (1, 0.00005), (10_000_000, 0.00005), (10_000_001, 0.000055), (10**12, 5.0)],
)
def test_scanning_costs_whole_megabytes_and_at_least_ten(scanned, usd):
    assert cost_usd(scanned) == pytest.approx(usd)
