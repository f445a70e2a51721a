"""Values put into a statement stay values; a fixed time is what every current time means."""

from datetime import UTC, date, datetime

import pytest
from sqlglot import exp

from dueng_analytics.catalog import Catalog
from dueng_analytics.dialect import parse_query, render, with_current_time, with_parameters
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import SqlError
from dueng_analytics.model.definitions import Definitions
from tests.portable_cases import rows_on

CATALOG = Catalog(Definitions((), (), (), ()))
NOW = datetime(2024, 3, 31, 0, 59, 59, 999000)


@pytest.fixture(scope="module")
def engine():
    with DuckDBEngine() as found:
        yield found


def given(value):
    """A statement whose one column is a parameter with that value."""
    return CATALOG.bind(with_parameters(parse_query("select :value as v"), {"value": value}))


@pytest.mark.parametrize(
    ("value", "kind", "found"),
    [
        ("plain", "varchar", "plain"),
        ("", "varchar", ""),
        ("O'Neill", "varchar", "O'Neill"),
        ('ünï 😀 \\ " ` % _ \n \t', "varchar", 'ünï 😀 \\ " ` % _ \n \t'),
        ("null", "varchar", "null"),
        (0, "integer", 0),
        (-7, "integer", -7),
        (2**31, "bigint", 2**31),
        (-(2**40), "bigint", -(2**40)),
        (1.5, "double", 1.5),
        (-1.5, "double", -1.5),
        (1e-7, "double", 1e-7),
        (1e300, "double", 1e300),
        (3.0, "double", 3.0),
        (True, "boolean", True),
        (False, "boolean", False),
        (date(2024, 2, 29), "date", "2024-02-29"),
        (datetime(2024, 2, 29, 23, 59, 59, 999999), "timestamp(3)", "2024-02-29 23:59:59.999"),
        (datetime(1, 1, 1), "timestamp(3)", "0001-01-01 00:00:00.000"),
    ],
)
def test_a_value_arrives_in_its_type(engine, value, kind, found):
    typed = given(value)
    assert typed.type_text(0) == kind
    assert rows_on(engine, typed) == [(found,)]
    assert render(typed, "athena").lower().startswith("select")


def test_none_is_null_and_fits_every_type(engine):
    sql = "select coalesce(:text, 'none') as a, coalesce(:number, 7) as b, :text is null as c"
    typed = CATALOG.bind(with_parameters(parse_query(sql), {"text": None, "number": None}))
    assert rows_on(engine, typed) == [("none", 7, True)]


@pytest.mark.parametrize(
    "value",
    [
        "' or 1 = 1 --",
        "'; drop table events; --",
        "\\'; drop table events; --",
        "') union all select secret from vault --",
        "*/ select 1 /*",
        "${x} {{ x }} :value ?",
        "'' || (select 1) || ''",
    ],
)
def test_no_text_can_change_what_a_statement_does(engine, value):
    typed = given(value)
    assert rows_on(engine, typed) == [(value,)]
    (literal,) = typed.tree.find_all(exp.Literal)
    assert literal.this == value
    again = parse_query(render(typed, "athena")).tree
    assert [node.this for node in again.find_all(exp.Literal)] == [value]


def test_one_value_may_be_used_at_several_places(engine):
    statement = parse_query("select :a as x, :b as y where :a < :b")
    typed = CATALOG.bind(with_parameters(statement, {"a": 1, "b": 2}))
    assert rows_on(engine, typed) == [(1, 2)]


def test_a_constant_that_must_be_written_may_be_a_parameter(engine):
    sql = "select cast(at_timezone(from_unixtime(0), :zone) as timestamp(3)) as there"
    typed = CATALOG.bind(with_parameters(parse_query(sql), {"zone": "Asia/Tokyo"}))
    assert rows_on(engine, typed) == [("1970-01-01 09:00:00.000",)]


def test_the_statement_that_was_given_stays_as_it_was():
    statement = parse_query("select :a as x, current_date as today")
    before = statement.tree.sql()
    with_current_time(with_parameters(statement, {"a": 1}), NOW)
    assert statement.tree.sql() == before


def test_a_parameter_in_a_text_is_no_parameter():
    statement = parse_query("select ':a' as x -- :b")
    assert with_parameters(statement, {}) is statement


@pytest.mark.parametrize(
    ("sql", "values", "words"),
    [
        ("select\n    :from_day as x", {"from_date": 1}, "line 2: the parameter :from_day has no"),
        ("select :a as x", {}, "There is no parameter"),
        ("select 1 as x", {"a": 1}, "the statement has no parameter :a"),
        ("select\n    ? as x", {}, "line 2: a parameter has no name"),
        ("select :a as x", {"a": float("nan")}, "nan cannot be a parameter"),
        ("select :a as x", {"a": float("inf")}, "inf cannot be a parameter"),
        ("select :a as x", {"a": datetime(2024, 1, 1, tzinfo=UTC)}, "a time with zone cannot"),
        ("select :a as x", {"a": [1]}, "a list cannot be a parameter"),
    ],
)
def test_what_is_no_value_or_no_parameter_is_an_error_with_its_place(sql, values, words):
    with pytest.raises(SqlError) as error:
        with_parameters(parse_query(sql), values)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("expression", "kind", "found"),
    [
        ("current_timestamp", "timestamp(3) with time zone", "2024-03-31 00:59:59.999 UTC"),
        ("now()", "timestamp(3) with time zone", "2024-03-31 00:59:59.999 UTC"),
        ("localtimestamp", "timestamp(3)", "2024-03-31 00:59:59.999"),
        ("current_date", "date", "2024-03-31"),
        ("current_date - interval '1' day", "date", "2024-03-30"),
        ("cast(current_timestamp as timestamp(3))", "timestamp(3)", "2024-03-31 00:59:59.999"),
        (
            "cast(at_timezone(current_timestamp, 'Europe/Berlin') as timestamp(3))",
            "timestamp(3)",
            "2024-03-31 01:59:59.999",
        ),
        (
            "cast(at_timezone(current_timestamp + interval '1' second, 'Europe/Berlin')"
            " as timestamp(3))",
            "timestamp(3)",
            "2024-03-31 03:00:00.999",
        ),
        (
            "cast(at_timezone(current_timestamp, 'America/New_York') as date)",
            "date",
            "2024-03-30",
        ),
        ("current_timestamp > now()", "boolean", False),
        ("hour(current_timestamp)", "bigint", 0),
    ],
)
def test_every_current_time_is_the_given_moment(engine, expression, kind, found):
    statement = with_current_time(parse_query(f"select {expression} as t"), NOW)
    typed = CATALOG.bind(statement)
    assert typed.type_text(0) == kind
    assert rows_on(engine, typed) == [(found,)]


def test_a_fraction_of_a_millisecond_is_cut(engine):
    statement = with_current_time(
        parse_query("select localtimestamp as t"), datetime(2024, 1, 1, 0, 0, 0, 1999)
    )
    assert rows_on(engine, CATALOG.bind(statement)) == [("2024-01-01 00:00:00.001",)]


def test_a_statement_without_a_current_time_is_the_same_one():
    statement = parse_query("select 1 as x")
    assert with_current_time(statement, NOW) is statement


@pytest.mark.parametrize("expression", ["current_time", "localtime"])
def test_a_time_of_day_is_refused_with_its_place(expression):
    with pytest.raises(SqlError, match="line 2: a time of day has no column type"):
        with_current_time(parse_query(f"select\n    {expression} as t"), NOW)


def test_without_a_given_moment_the_local_engine_takes_its_own_in_milliseconds(engine):
    typed = CATALOG.bind(parse_query("select current_timestamp as t, localtimestamp as l"))
    before = datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")
    ((there, local),) = rows_on(engine, typed)
    assert before <= local
    assert there == f"{local} UTC"
