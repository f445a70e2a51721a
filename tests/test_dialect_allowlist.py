"""What is not portable is refused, with construct, statement and line."""

import inspect
from pathlib import Path

import pytest
from sqlglot import exp

from dueng_analytics.dialect import bind, parse_query, to_duckdb
from dueng_analytics.dialect.allowlist import check_portable
from dueng_analytics.dialect.portable import portable_set
from dueng_analytics.dialect.problem import construct
from dueng_analytics.errors import SqlError
from dueng_analytics.model.types import Scalar
from tests.portable_cases import bound

LISTED = {*portable_set().by_class, *portable_set().syntax, exp.Anonymous}
CLASSES = [item for _, item in inspect.getmembers(exp, inspect.isclass)]
UNLISTED_FUNCTIONS = [
    item
    for item in CLASSES
    if issubclass(item, exp.Func) and item not in {*LISTED, exp.Func, exp.AggFunc}
]
UNLISTED_SYNTAX = [
    item
    for item in CLASSES
    if issubclass(item, exp.Expression) and not issubclass(item, exp.Func) and item not in LISTED
]
STATEMENT = parse_query("select\n    x as first,\n    0 as second\nfrom t", label="sends")


def refusal(typed, node):
    """What is said when a node stands on the third line of a bound statement."""
    typed.tree.selects[1].set("this", node)
    try:
        check_portable(typed)
    except SqlError as error:
        return str(error).splitlines()[0]
    return "nothing"


@pytest.fixture
def typed():
    return bind(STATEMENT, lambda *_: ("demo", "t"), lambda *_: {"x": Scalar("string")})


def test_the_statement_itself_is_portable(typed):
    assert refusal(typed, exp.Literal.number(1)) == "nothing"


def test_every_function_of_sqlglot_that_is_not_listed_is_refused_with_name_and_line(typed):
    assert len(UNLISTED_FUNCTIONS) > 400
    for kind in UNLISTED_FUNCTIONS:
        node = kind()
        assert refusal(typed, node) == f"sends, line 3: {construct(node)} is not portable"


def test_all_syntax_of_sqlglot_that_is_not_listed_is_refused_with_name_and_line(typed):
    assert len(UNLISTED_SYNTAX) > 300
    for kind in UNLISTED_SYNTAX:
        node = kind()
        assert refusal(typed, node) == f"sends, line 3: {construct(node)} is not portable"


def test_syntax_with_a_part_that_is_not_listed_is_refused(typed):
    order = exp.Ordered(this=exp.Literal.number(1), with_fill=exp.WithFill())
    assert refusal(typed, order) == "sends, line 3: Ordered with with_fill is not portable"


def test_a_function_of_any_other_name_is_refused():
    with pytest.raises(SqlError, match=r"soundex_of is not portable"):
        to_duckdb(bound("select soundex_of('a') as x"))


def test_the_line_of_a_view_is_that_of_its_file():
    statement = parse_query(
        "select\n    1 as a,\n    bit_count(7, 8) as b",
        label="sends",
        path=Path("sql/demo/sends/view.sql"),
    )
    with pytest.raises(SqlError) as refused:
        to_duckdb(bind(statement, lambda *_: ("demo", "t"), lambda *_: {}))
    found = "sql/demo/sends/view.sql:3: sends: bit_count is not portable"
    assert str(refused.value).startswith(found)


# A statement, and what the message says of it.
NOT_ATHENA = [
    ("select '1'::bigint as x", ":: is not Athena SQL"),
    ("select [1, 2] as x", "array in brackets is not Athena SQL"),
    ("select x from (values 1) as t(x) qualify row_number() over (order by x) = 1", "qualify"),
    ("select 1 as x where true is true", "is TRUE or FALSE is not Athena SQL"),
    ("select interval 1 day as x", "interval without quotes is not Athena SQL"),
    ("select sum(x) filter (where x > 1) over () as s from (values 1) as t(x)", "with filter"),
    ("select distinct on (x) x from (values 1) as t(x)", "Distinct with on is not portable"),
    ("select x from (values 1) as t(x) tablesample bernoulli (10)", "not portable"),
    (
        "select a.x from (values 1) as a(x) join (values 1) as b(x) using (x)",
        "Join with using is not portable",
    ),
    (
        "select a.x from (values 1) as a(x) natural join (values 1) as b(x)",
        "Join with method is not portable",
    ),
    ("select x from (values 1) as t(x) where x = any (select 1)", "= mixes integer and boolean"),
    ("select approx_distinct(x) as n from (values 1) as t(x)", "approx_distinct is not portable"),
    ("select group_concat(x) as n from (values 'a') as t(x)", "group_concat is not portable"),
    ("select ifnull(x, 1) as n from (values 1) as t(x)", "ifnull is not portable"),
    ("select cast(1 as decimal(5, 2)) as n", "cast"),
    ("select 1.5 as n", "the decimal 1.5 is not portable"),
    ("select * exclude (x) from (values (1, 2)) as t(x, y)", "Star without some columns"),
]


@pytest.mark.parametrize(("sql", "words"), NOT_ATHENA, ids=[sql for sql, _ in NOT_ATHENA])
def test_what_the_parser_takes_and_athena_does_not_is_refused(sql, words):
    with pytest.raises(SqlError) as refused:
        to_duckdb(bound(sql))
    assert words in str(refused.value)
    assert str(refused.value).startswith("query, line 1")


MISTYPED = [
    ("'7' = 7", "= mixes varchar and integer"),
    ("1 < 'a'", "< mixes"),
    ("'a' || 1", "|| joins texts, not integer"),
    ("1 + '2'", "+ calculates with numbers, not varchar"),
    ("1 in ('a')", "in mixes"),
    ("1 in (2, null)", "in has NULL in its list"),
    ("1 between 'a' and 'b'", "between mixes"),
    ("1 like 'a'", "like compares texts, not integer"),
    ("array[1] = array[1]", "= compares array(integer)"),
    ("row(1, 2) = row(1, 2)", "= compares row"),
    ("case when true then 1 else 'a' end", "case mixes"),
    ("if(true, 1, 'a')", "if mixes"),
    ("coalesce(1, 'a')", "coalesce mixes"),
    ("greatest(1, 'a')", "greatest mixes"),
    ("nullif(1, 'a')", "nullif mixes"),
    ("length(5)", "length takes varchar, not integer"),
    ("lower(5)", "lower takes varchar, not integer"),
    ("sum('a')", "sum takes number, not varchar"),
    ("count_if(1)", "count_if takes boolean, not integer"),
    ("year('2024-01-01')", "year takes time, not varchar"),
    ("hour(date '2024-01-01')", "hour takes timestamp or timestamptz, not date"),
    ("date '2024-01-02' - date '2024-01-01'", "- calculates with numbers, not date"),
    ("from_unixtime('1')", "from_unixtime takes double, not varchar"),
    ("element_at('a', 1)", "element_at takes array or map, not varchar"),
    ("transform(array[1], 5)", "transform takes lambda, not integer"),
    ("substr('abc')", "substr lacks an argument"),
    ("map_concat(map(), 5)", "map_concat takes map, not integer"),
    ("every(true, false)", "every has too many arguments"),
]


@pytest.mark.parametrize(("expression", "words"), MISTYPED, ids=[text for text, _ in MISTYPED])
def test_types_that_athena_does_not_convert_are_refused(expression, words):
    with pytest.raises(SqlError) as refused:
        to_duckdb(bound(f"select\n    {expression} as result"))
    where, _, message = str(refused.value).partition(": ")
    assert where == "query, line 2"
    assert message.startswith(words)


NO_COUNTERPART = [
    (r"regexp_like(s, '(?=a)')", "regexp_like has (?="),
    (r"regexp_like(s, '(a)\1')", "regexp_like has \\1"),
    (r"regexp_like(s, 'a++')", "regexp_like has ++"),
    (r"regexp_like(s, '\p{L}')", "regexp_like has \\p"),
    (r"regexp_like(s, '[a-z&&[^b]]')", "regexp_like has &"),
    (r"regexp_like(s, '(?<name>a)')", "regexp_like has (?<"),
    (r"regexp_like(s, '\bä')", r"regexp_like uses \b"),
    (r"regexp_like(s, '\b\w+')", r"regexp_like uses \b"),
    (r"regexp_like(s, s)", "regexp_like needs a constant"),
    (r"regexp_extract(s, 'a', 1)", "regexp_extract asks for a group"),
    (r"regexp_extract(s, 'a(b*)?c', 1)", "regexp_extract takes a group that may be empty"),
    (r"regexp_extract_all(s, 'a*')", "regexp_extract_all has a pattern that matches nothing"),
    (r"regexp_replace(s, 'a$', 'b')", "regexp_replace replaces at $"),
    (r"regexp_replace(s, 'a', '$1')", "regexp_replace puts in $1"),
    (r"regexp_split(s, '(a)')", "regexp_split splits at groups"),
    (r"split(s, '')", "split needs a delimiter"),
    (r"split_part(s, ',', 0)", "split_part counts parts from 1"),
    (r"lpad(s, 3, '')", "lpad needs"),
    (r"date_format(t, '%U')", "date_format has a format whose"),
    (r"date_format(t, s)", "date_format needs a constant"),
    (r"date_parse(s, '%a')", "date_parse has a format whose %a"),
    (r"date_trunc('decade', t)", "date_trunc has the unit decade"),
    (r"date_add('hour', 1, date '2024-01-01')", "date_add has the unit hour"),
    (r"date '2024-01-01' + interval '1' hour", "+ adds hours to a date"),
    (r"t + interval '1' week", "interval has the unit week"),
    (r"extract(timezone_hour from t)", "extract takes timezone_hour"),
    (r"hour(from_iso8601_timestamp(s))", "depends on the zone"),
    (r"cast(from_iso8601_timestamp(s) as timestamp(3))", "depends on the zone"),
    (r"at_timezone(from_unixtime(0), 'Europe/Berln')", "no time zone"),
    (r"date_trunc('day', at_timezone(from_unixtime(0), 'Europe/Berlin'))", "clocks are changed"),
    (r"json_format(json_parse(s))", "json_format writes a parsed document"),
    (r"json_format(cast(1e0 as json))", "cast writes doubles, times or rows as JSON"),
    (r"cast(json_parse(s) as row(a varchar))", "cast reads a row or a time from JSON"),
    (r"cast(date '2024-01-01' as bigint)", "cast converts between types"),
    (r"cast(1 as date)", "cast converts between types"),
    (r"element_at(array[1], 0)", "element_at counts from 1"),
    (r"slice(array[1], 0, 1)", "slice counts from 1"),
    (r"listagg(s, ',')", "listagg needs within group"),
]


@pytest.mark.parametrize(
    ("expression", "words"), NO_COUNTERPART, ids=[text for text, _ in NO_COUNTERPART]
)
def test_what_has_no_exact_counterpart_is_refused(expression, words):
    relation = "(values ('a', timestamp '2024-01-01 00:00:00.000')) as v(s, t)"
    with pytest.raises(SqlError) as refused:
        to_duckdb(bound(f"select\n    {expression} as result\nfrom {relation}"))
    where, _, message = str(refused.value).partition(": ")
    assert where == "query, line 2"
    assert words in message
    assert "\n  " in message, "the way out stands below"
