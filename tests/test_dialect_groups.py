"""What a SELECT groups by is found wherever it stands, as Athena finds it."""

from collections import Counter

import pytest

from dueng_analytics.engines.duckdb import DuckDBEngine
from tests.exhaustive import exhaustive
from tests.portable_cases import FOLDER, bound, rows_on
from tests.test_dialect_rewrites import translated
from tests.yaml_files import read_yaml_file

PERSON = "cast(row('a', 2) as row(name varchar, amount bigint))"
ROWS = f"""(values
    (1, 'x', array['x', 'y', 'x'], array[{PERSON}, null], map(array['k'], array['1'])),
    (1, 'x', array['x', 'y'], array[{PERSON}], map(array['k'], array['1'])),
    (90000, 'y', array['y', null], null, map(array['l'], array['1'])),
    (null, null, null, null, null)
) as t(n, s, words, people, tags)"""
DAY = "date_trunc('day', from_unixtime(n))"
WITH_Z = "transform_values(tags, (k, v) -> v || 'z')"
ASKED = {
    "any_match(words, w -> w = 'x')": ["if({}, 'y', 'n')", "coalesce({}, false)", "{}"],
    "all_match(words, w -> w = 'x')": ["if({}, 'y', 'n')", "not {}"],
    "coalesce(any_match(words, w -> w = 'x'), false)": ["if({}, 'y', 'n')"],
    "any_match(words, w -> w = 'x') and n > 0": ["if({}, 'y', 'n')", "({}) and true"],
    "s = 'x' or n > 1": ["({}) or false", "false or (({}) or false)"],
    "array_distinct(words)": ["cardinality({})", "any_match({}, w -> w = 'y')", "array_max({})"],
    "filter(words, w -> w = s)": ["cardinality({})", "if(any_match({}, w -> true), 1, 2)"],
    "transform(people, p -> p.amount)": ["element_at({}, 1)", "array_max({})"],
    "cardinality(array_distinct(words))": ["{} + 1", "abs({})"],
    "array_max(words)": ["transform(array['x'], w -> w || {})", "lower({})"],
    "element_at(people, 1)": ["{}.name", "{}.amount + 1"],
    "element_at(transform(people, p -> p.name), 1)": ["upper({})"],
    "cast(array_distinct(words) as json)": ["json_extract_scalar({}, '$[0]')"],
    "from_unixtime(n)": [
        "cast({} as date)",
        "cast({} as varchar)",
        "hour(at_timezone({}, '+05:30'))",
        "date_trunc('hour', {})",
        "date_diff('day', from_unixtime(0), {})",
        "{} + interval '1' day",
        "({}) > timestamp '1970-01-01 12:00:00'",
    ],
    "at_timezone(from_unixtime(n), 'Asia/Tokyo')": ["cast({} as date)"],
    "try(from_unixtime(n))": ["cast({} as timestamp(3))"],
    DAY: ["date_format({}, '%Y-%m-%d')", "to_iso8601({})"],
    WITH_Z: ["map_keys(transform_keys({}, (k, v) -> k || v))", "element_at({}, 'k')"],
}
PAIRS = [(group, further) for group, asked in ASKED.items() for further in asked]
PAGES = sorted(file.stem for file in FOLDER.glob("*.yaml"))


@pytest.fixture(scope="module")
def engine():
    with DuckDBEngine() as found:
        yield found


def counted(engine, sql):
    return Counter(map(repr, rows_on(engine, bound(sql))))


@pytest.mark.parametrize(("group", "further"), PAIRS)
def test_a_group_is_asked_further_what_a_column_of_it_would_be(engine, group, further):
    asked, of_column = further.format(group), further.format("g")
    rows = f"(select {group} as g from {ROWS}) as u"
    found = (
        f"select {asked} as k, count(*) as c from {ROWS} group by {group}"
        f" having ({asked}) is not null order by {asked}"
    )
    of_columns = (
        f"select {of_column} as k, count(*) as c from {rows} group by g"
        f" having ({of_column}) is not null"
    )
    assert counted(engine, found) == counted(engine, of_columns)


@pytest.mark.parametrize("group", ASKED)
def test_a_group_is_the_same_by_its_place_and_by_what_it_is(engine, group):
    selected = f"select {group} as k, count(*) as c from {ROWS}"
    by_place = counted(engine, f"{selected} group by 1 order by 1")
    assert counted(engine, f"{selected} group by {group} order by {group}") == by_place


@pytest.mark.parametrize(
    "said",
    [
        "transform(words, w -> (w || 'x'))",
        "transform(\"words\", w -> w || 'x')",
        "transform(T.WORDS, w -> w || 'x')",
    ],
)
def test_a_group_is_found_in_other_letters_quotes_and_brackets(engine, said):
    group = "transform(words, w -> w || 'x')"
    asked = f"select cardinality({said}) as k, count(*) as c from {ROWS} group by ({group})"
    by_place = f"select cardinality({group}) as k, {group}, count(*) as c from {ROWS} group by 2"
    columns = f"select k, n from ({by_place}) as u (k, g, n)"
    assert counted(engine, asked) == counted(engine, columns)


def test_what_comes_before_the_groups_is_spared_as_everywhere():
    condition = "any_match(numbers, v -> v > 1)"
    whole = translated(f"select 1 as k from demo.events where {condition} group by {condition}")
    where, _, group = whole.partition("GROUP BY")
    assert "athena_any(" not in where
    assert "athena_any(" in group


def test_a_moment_is_undone_inside_of_what_is_grouped_by():
    day = "cast(from_unixtime(n) as date)"
    whole = translated(f"select {day} as k from demo.events group by {day}")
    assert "timezone(" not in whole


def _cases(page):
    for entry in read_yaml_file(FOLDER / f"{page}.yaml"):
        if "rows" in entry and " over (" not in entry["sql"]:
            yield entry


@exhaustive("test_dialect_groups.py")
@pytest.mark.parametrize("page", PAGES)
def test_every_portable_expression_is_found_again_where_it_is_grouped_by(engine, page):
    differences = {}
    for entry in _cases(page):
        given = ", ".join(f"({row})" for row in entry["rows"])
        sql, rows = entry["sql"], f"(values {given}) as t({entry['of']})"
        grouped = (
            f"select {sql} as k, count(*) as c from {rows} group by {sql}"
            f" having ({sql}) is null or count(*) > 0 order by {sql}"
        )
        below = f"(select {sql} as k from {rows}) as u"
        of_columns = counted(engine, f"select k, count(*) as c from {below} group by k")
        if (found := counted(engine, grouped)) != of_columns:
            differences[sql] = (found, of_columns)
    assert differences == {}


@exhaustive("test_dialect_groups.py")
@pytest.mark.parametrize("page", PAGES)
def test_every_portable_expression_over_groups_may_stand_in_a_having(engine, page):
    differences = {}
    for entry in _cases(page):
        given = ", ".join(f"({row})" for row in entry["rows"])
        sql, of = entry["sql"], entry["of"]
        grouped = f"from (values {given}) as t({of}) group by {of}"
        chosen = f"select count(*) as c {grouped} having ({sql}) is not null"
        below = f"(select {sql} as k, count(*) as c {grouped}) as u"
        of_columns = counted(engine, f"select c from {below} where k is not null")
        if (found := counted(engine, chosen)) != of_columns:
            differences[sql] = (found, of_columns)
    assert differences == {}
