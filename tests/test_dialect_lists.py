"""What DuckDB is spared of lists: nothing else is calculated, and nothing else comes of it."""

import pytest

from tests.test_dialect_rewrites import translated


def expression(sql):
    """The only expression of a statement over the columns of the golden rewrites."""
    found = " ".join(translated(f"select {sql} as found from demo.events").split())
    return found.removeprefix("SELECT ").removesuffix(" AS found FROM demo.events AS events")


def when_there(column, calculated):
    return f"CASE WHEN NOT events.{column} IS NULL THEN {calculated} END"


NAMES = "list_transform(events.people, LAMBDA p : p.name)"


@pytest.mark.parametrize(
    ("sql", "column", "calculated"),
    [
        ("transform(people, p -> p.name)", "people", NAMES),
        ("cardinality(transform(people, p -> p.name))", "people", f"len({NAMES})"),
        ("element_at(transform(people, p -> p.name), 1)", "people", f"list_extract({NAMES}, 1)"),
        ("element_at(people, 1)", "people", "list_extract(events.people, 1)"),
        ("array_max(numbers)", "numbers", "athena_array_max(events.numbers)"),
    ],
)
def test_the_whole_of_what_a_list_is_asked_is_asked_where_there_is_one(sql, column, calculated):
    assert expression(sql) == when_there(column, calculated)


def test_a_field_of_an_element_is_read_where_there_is_a_list():
    element = "list_extract(events.people, 1)"
    assert expression("element_at(people, 1).name") == when_there("people", f"{element}.name")


@pytest.mark.parametrize(
    ("sql", "same"),
    [
        ("cardinality(words)", "len(events.words)"),
        ("element_at(words, 1)", "list_extract(events.words, 1)"),
        ("array_max(split(s, ','))", "athena_array_max(string_split(events.s, ','))"),
    ],
)
def test_what_costs_little_or_has_no_column_is_asked_of_every_row(sql, same):
    assert expression(sql) == same


def test_what_a_lambda_asks_is_asked_of_every_element():
    asked = "filter(words, w -> cardinality(filter(others, o -> o = w)) > 0)"
    inner = "len(list_filter(events.others, LAMBDA o : o = w)) > 0"
    assert expression(asked) == when_there(
        "words", f"list_filter(events.words, LAMBDA w : {inner})"
    )


COUNTED = when_there("numbers", "len(list_filter(events.numbers, LAMBDA v : v > 1))")


@pytest.mark.parametrize(
    "condition",
    [
        "case when any_match(numbers, v -> v > 1) then 1 end",
        "if(any_match(numbers, v -> v > 1), 1)",
        "coalesce(any_match(numbers, v -> v > 1), false)",
        "if(b and (any_match(numbers, v -> v > 1) or n = 1), 1)",
    ],
)
def test_whether_any_matches_is_a_count_where_a_null_is_as_good_as_false(condition):
    assert f"{COUNTED} > 0" in expression(condition)


def test_a_filter_of_rows_counts_too():
    found = translated("select id from demo.events where any_match(numbers, v -> v > 1)")
    assert "athena_any" not in found


@pytest.mark.parametrize(
    "value",
    [
        "any_match(numbers, v -> v > 1)",
        "coalesce(any_match(numbers, v -> v > 1), true)",
        "coalesce(any_match(numbers, v -> v > 1), b, false)",
        "if(not any_match(numbers, v -> v > 1), 1)",
        "case any_match(numbers, v -> v > 1) when false then 1 end",
        "case b when any_match(numbers, v -> v > 1) then 1 end",
        "if(b, any_match(numbers, v -> v > 1))",
    ],
)
def test_whether_any_matches_keeps_its_null_where_that_counts(value):
    assert "athena_any(" in expression(value)


@pytest.mark.parametrize(
    "filtered",
    [
        "filter(numbers, v -> v is not null)",
        "filter(numbers, v -> v > 1 and n = 1)",
        "filter(numbers, v -> n = 1 and 1 < v)",
        "transform(filter(people, p -> p.amount is not null and p.name = 'a'), o -> o.amount)",
        "transform(filter(people, p -> n > 1 and (b and p.name = 'a')), o -> o.name)",
    ],
)
def test_the_largest_of_elements_that_are_no_null_is_duckdbs_own(filtered):
    found = expression(f"array_max({filtered}), array_min({filtered})")
    assert "list_max(" in found and "list_min(" in found and "athena_array" not in found


@pytest.mark.parametrize(
    "filtered",
    [
        "filter(numbers, v -> v > 1 or v is null)",
        "filter(numbers, v -> v is null)",
        "filter(numbers, v -> n > 1)",
        "filter(numbers, v -> v + n > 1 or v > 1)",
        "transform(numbers, v -> v + 1)",
        "transform(filter(people, p -> p.name is not null), o -> o.amount)",
        "transform(filter(numbers, v -> v > 1), v -> nullif(v, 2))",
    ],
)
def test_the_largest_of_elements_that_may_be_null_minds_them(filtered):
    found = expression(f"array_max({filtered}), array_min({filtered})")
    assert "athena_array_max(" in found and "athena_array_min(" in found
