"""JSON values as declared types: one test for each rule of the OpenX SerDe as Trino reads."""

from __future__ import annotations

import math
from datetime import date, datetime

import pytest

from dueng_analytics.lake.json_text import compact_json, parse_json
from dueng_analytics.lake.serde import Coercion, Lost, record_decoder
from dueng_analytics.model.types import parse_glue_type


def read(text, kind, **mappings):
    """What the one column ``c`` of a record reads as, and what was noted."""
    coercion = Coercion(mappings)
    row = coercion.record(parse_json(text), {"c": parse_glue_type(kind)})
    return row["c"], [(noted.field, noted.reason) for noted in coercion.deviations]


def value(json_value, kind):
    """What a value reads as where nothing is lost."""
    found, noted = read(f'{{"c":{json_value}}}', kind)
    assert noted == []
    return found


@pytest.mark.parametrize("key", ["c", "C"])
def test_a_key_is_matched_whatever_its_case(key):
    assert read(f'{{"{key}":"x"}}', "string") == ("x", [])


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ('{"c":{"MessageId":"m"}}', "struct<messageid:string>", {"messageid": "m"}),
        ('{"c":[{"A":1}]}', "array<struct<a:bigint>>", [{"a": 1}]),
        ('{"c":{"k":{"A":1}}}', "map<string,struct<a:bigint>>", [("k", {"a": 1})]),
        ('{"c":{"a":{"B":{"C":1}}}}', "struct<a:struct<b:struct<c:int>>>", {"a": {"b": {"c": 1}}}),
        ('{"c":{"messageid":"m"}}', "struct<messageId:string>", {"messageid": "m"}),
    ],
)
def test_nested_keys_are_matched_whatever_their_case(text, kind, expected):
    assert read(text, kind) == (expected, [])


def test_map_keys_keep_their_case_and_their_colons():
    assert value('{"CampaignId":"1","SES:x-y":"2"}', "map<string,string>") == [
        ("CampaignId", "1"),
        ("SES:x-y", "2"),
    ]


def test_map_keys_that_differ_by_case_collapse_and_the_last_wins():
    assert value('{"a":"1","b":"0","A":"2"}', "map<string,string>") == [("b", "0"), ("A", "2")]


@pytest.mark.parametrize(
    ("json_value", "kind", "expected"),
    [
        ('"x"', "array<string>", ["x"]),
        ("5", "array<string>", ["5"]),
        ("5", "array<bigint>", [5]),
        ("true", "array<string>", ["true"]),
        ('{"x":1}', "array<string>", ['{"x":1}']),
        ('{"a":1}', "array<struct<a:bigint>>", [{"a": 1}]),
        ('" "', "array<string>", [" "]),
    ],
)
def test_what_is_no_list_becomes_a_list_of_one(json_value, kind, expected):
    assert value(json_value, kind) == expected


@pytest.mark.parametrize(
    "kind", ["array<string>", "map<string,string>", "bigint", "int", "double", "date", "timestamp"]
)
def test_empty_text_is_null_where_no_text_is_declared_and_is_noted(kind):
    assert read('{"c":""}', kind) == (None, [("c", f"empty text where {kind} is declared")])


@pytest.mark.parametrize("blank", ["", " ", "\\t"])
def test_blank_text_is_a_struct_of_nulls(blank):
    assert value(f'"{blank}"', "struct<a:string,b:bigint>") == {"a": None, "b": None}


def test_blank_text_is_no_map():
    assert read('{"c":"  "}', "map<string,string>")[0] is None


def test_elements_of_an_array_of_texts_become_text_one_by_one():
    assert value('["a",null,3,{"x":1},[1],true]', "array<string>") == [
        "a",
        None,
        "3",
        '{"x":1}',
        "[1]",
        "true",
    ]


@pytest.mark.parametrize(
    ("json_value", "text"),
    [
        ('{"b":2,"a":[1, 2]}', '{"b":2,"a":[1,2]}'),
        ('[1, "x", null]', '[1,"x",null]'),
        ('{"Key": {"Inner": 1.50}}', '{"Key":{"Inner":1.50}}'),
        ('{"a":1,"b":2,"A":3}', '{"b":2,"A":3}'),
        ('"</script>"', "</script>"),
        ('["</script>"]', '["<\\/script>"]'),
        ('["ü\\u0001\\n\\""]', '["ü\\u0001\\n\\""]'),
    ],
)
def test_objects_and_lists_become_compact_json_text_in_their_own_order(json_value, text):
    assert value(json_value, "string") == text


@pytest.mark.parametrize(
    ("json_value", "text"),
    [
        ("12", "12"),
        ("1.50", "1.50"),
        ("true", "true"),
        ("false", "false"),
        ("12345678901234567890", "12345678901234567890"),
        ("1e3", "1E+3"),
        ("-0.0000001", "-1E-7"),
    ],
)
def test_numbers_and_booleans_become_text_in_their_own_spelling(json_value, text):
    assert value(json_value, "string") == text


@pytest.mark.parametrize(
    ("json_value", "number"),
    [
        ("1.7", 1),
        ("-1.7", -1),
        ("1e3", 1000),
        ('"12"', 12),
        ('"+12"', 12),
        ('"1.7"', 1),
        ('"0x1F"', 31),
        ('"010"', 8),
        ('"09"', 9),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
    ],
)
def test_numbers_and_their_texts_become_bigint(json_value, number):
    assert value(json_value, "bigint") == number


@pytest.mark.parametrize(
    "json_value",
    [
        '"abc"',
        "true",
        "9223372036854775808",
        "-9223372036854775809",
        "1e400",
        "1e999999999",
        '"1_000"',
        '" 12"',
        '"0x-1"',
        '"-0x1"',
        '"١٢"',
        "NaN",
        "[1]",
        '{"a":1}',
    ],
)
def test_what_is_no_bigint_is_null_and_noted_once(json_value):
    found, noted = read(f'{{"c":{json_value}}}', "bigint")
    assert found is None
    assert [field for field, _ in noted] == ["c"]
    assert noted[0][1].endswith("where bigint is declared")


def test_epoch_milliseconds_do_not_fit_an_int():
    assert read('{"c":1761746400000}', "int") == (None, [("c", "a number where int is declared")])
    assert value("2147483647", "int") == 2**31 - 1


@pytest.mark.parametrize(
    ("json_value", "number"),
    [
        ("1.5", 1.5),
        ("2", 2.0),
        ('"2.5"', 2.5),
        ('" 2.5 "', 2.5),
        ("0.1", 0.1),
        ("1e400", math.inf),
        ("-1e400", -math.inf),
        ("1" + "0" * 400, math.inf),
        ('"Infinity"', math.inf),
    ],
)
def test_numbers_and_their_texts_become_double(json_value, number):
    assert value(json_value, "double") == number


@pytest.mark.parametrize("json_value", ['"abc"', "true", '"1_0"', '"inf"', "[1]", "{}"])
def test_what_is_no_double_is_null_and_noted_once(json_value):
    found, noted = read(f'{{"c":{json_value}}}', "double")
    assert found is None
    assert len(noted) == 1


@pytest.mark.parametrize(
    ("json_value", "truth"),
    [
        ("true", True),
        ('"TRUE"', True),
        ("false", False),
        ("1", False),
        ('"yes"', False),
        ('""', False),
        ("{}", False),
    ],
)
def test_whatever_is_not_true_is_false(json_value, truth):
    assert value(json_value, "boolean") is truth


@pytest.mark.parametrize(
    ("json_value", "kind", "reason"),
    [
        ('"text"', "struct<a:string>", "text where struct<a:string> is declared"),
        ("5", "struct<a:string>", "a number where struct<a:string> is declared"),
        ("true", "struct<a:string>", "a boolean where struct<a:string> is declared"),
        ('"x"', "map<string,string>", "text where map<string,string> is declared"),
        ('["x"]', "map<string,string>", "a list where map<string,string> is declared"),
        ('{"a":1}', "timestamp", "an object where timestamp is declared"),
    ],
)
def test_where_trino_fails_the_query_the_value_is_null_with_its_reason(json_value, kind, reason):
    assert read(f'{{"c":{json_value}}}', kind) == (None, [("c", reason)])


def test_json_in_a_text_is_no_struct():
    assert read('{"c":"{\\"a\\":1}"}', "struct<a:bigint>")[0] is None


@pytest.mark.parametrize(
    ("json_value", "struct"),
    [
        ('["x",7]', {"a": "x", "b": 7}),
        ('["x"]', {"a": "x", "b": None}),
        ('["x",7,8]', {"a": "x", "b": 7}),
    ],
)
def test_a_list_fills_a_struct_by_position(json_value, struct):
    assert value(json_value, "struct<a:string,b:bigint>") == struct


def test_a_list_fills_a_record_by_position_and_an_object_in_it_stays_text():
    columns = {"a": parse_glue_type("string"), "b": parse_glue_type("bigint")}
    assert Coercion().record(["x", 7], columns) == {"a": "x", "b": 7}
    assert Coercion().record([{"a": 1}], columns) == {"a": '{"a":1}', "b": None}


@pytest.mark.parametrize(
    ("json_value", "moment"),
    [
        ('"2025-10-29T14:05:00.123Z"', datetime(2025, 10, 29, 14, 5, 0, 123000)),
        ('"2025-10-29T16:05:00.123+02:00"', datetime(2025, 10, 29, 14, 5, 0, 123000)),
        ('"2025-10-29T16:05:00.123+0200"', datetime(2025, 10, 29, 14, 5, 0, 123000)),
        ('"2025-10-29T14:05:00"', datetime(2025, 10, 29, 14, 5)),
        ('"2025-10-29 14:05:00.123456"', datetime(2025, 10, 29, 14, 5, 0, 123000)),
        ("1761746700123", datetime(2025, 10, 29, 14, 5, 0, 123000)),
        ('"1761746700123"', datetime(2025, 10, 29, 14, 5, 0, 123000)),
        ("1761746700", datetime(2025, 10, 29, 14, 5)),
        ("1761746700.5", datetime(2025, 10, 29, 14, 5, 0, 500000)),
        ("-1", datetime(1969, 12, 31, 23, 59, 59)),
    ],
)
def test_times_become_utc_wall_time_in_milliseconds(json_value, moment):
    assert value(json_value, "timestamp") == moment


@pytest.mark.parametrize("json_value", ['"soon"', "true", "1e300", "99999999999999999999", "[1]"])
def test_what_is_no_time_is_null_and_noted(json_value):
    found, noted = read(f'{{"c":{json_value}}}', "timestamp")
    assert found is None
    assert len(noted) == 1


@pytest.mark.parametrize("text", ["2025-10-29", "2025-10-29 14:05:00"])
def test_days_become_dates(text):
    assert value(f'"{text}"', "date") == date(2025, 10, 29)


def test_what_is_no_day_is_null_and_noted():
    assert read('{"c":"2025-02-30"}', "date")[0] is None


def test_null_in_a_map_keeps_its_key():
    assert value('{"a":null,"b":"x"}', "map<string,string>") == [("a", None), ("b", "x")]


def test_values_of_a_map_of_texts_become_json_text():
    assert value('{"n":1.50,"b":true,"o":{"x":1},"a":[1]}', "map<string,string>") == [
        ("n", "1.50"),
        ("b", "true"),
        ("o", '{"x":1}'),
        ("a", "[1]"),
    ]


@pytest.mark.parametrize("kind", ["struct<a:string>", "map<string,string>", "array<string>", "int"])
@pytest.mark.parametrize("text", ["{}", '{"c":null}'])
def test_what_is_absent_or_null_is_null_and_not_noted(text, kind):
    assert read(text, kind) == (None, [])


@pytest.mark.parametrize(
    "text",
    [
        '{"c":"1","c":"2"}',
        '{"c":"1","C":"2"}',
        '{"C":"1","c":"2"}',
        '{"c":"0","C":"1","c":"2"}',
        '{"C":"0","c":"1","C":"2"}',
    ],
)
def test_of_equal_keys_the_last_wins(text):
    assert read(text, "string") == ("2", [])


def test_of_equal_keys_in_a_struct_or_map_the_last_wins():
    assert value('{"a":1,"A":2,"a":3}', "struct<a:bigint>") == {"a": 3}
    assert value('{"a":1,"A":2,"a":3}', "map<string,bigint>") == [("a", 3)]


def test_a_reader_of_plain_dictionaries_says_where_equal_keys_need_another_look():
    decode = record_decoder({"c": parse_glue_type("map<string,string>")}, {})
    for record, collide in (({"c": {"a": "1"}}, False), ({"c": {"a": "1", "A": "2"}}, True)):
        lost = Lost()
        decode(record, lost)
        assert lost.keys_collide is collide


def test_a_key_with_a_colon_needs_a_mapping_which_serves_all_levels():
    text = '{"ses:x":"top","c":{"ses:x":["v"]}}'
    kind = "struct<x:array<string>>"
    assert read(text, kind) == ({"x": None}, [])
    assert read(text, kind, x="ses:x") == ({"x": ["v"]}, [])
    coercion = Coercion({"x": "SES:x"})
    assert coercion.record(parse_json(text), {"x": parse_glue_type("string")}) == {"x": "top"}


def test_two_columns_mapped_to_one_key_are_both_filled():
    columns = {"a": parse_glue_type("string"), "b": parse_glue_type("string")}
    assert Coercion({"a": "k", "b": "k"}).record({"k": "v"}, columns) == {"a": "v", "b": "v"}


def test_a_dot_in_a_key_is_no_underscore():
    assert read('{"a.c":"x"}', "string") == (None, [])


def test_half_a_surrogate_pair_becomes_a_question_mark():
    assert value('"a\\ud800b"', "string") == "a?b"
    assert value('{"\\ud800":"\\udc00"}', "map<string,string>") == [("?", "?")]
    assert value('[{"x":"\\ud800"}]', "string") == '[{"x":"?"}]'


def test_what_is_lost_inside_a_list_or_map_is_noted_with_its_place():
    _, noted = read('{"c":[{"n":1},{"n":"x"},{"n":{}}]}', "array<struct<n:bigint>>")
    assert [field for field, _ in noted] == ["c[1].n", "c[2].n"]
    _, noted = read('{"c":{"k":{"n":"x"}}}', "map<string,struct<n:bigint>>")
    assert [field for field, _ in noted] == ["c['k'].n"]
    _, noted = read('{"c":[[1,"x"],"y"]}', "array<array<bigint>>")
    assert [field for field, _ in noted] == ["c[0][1]", "c[1][0]"]


def test_what_is_noted_shows_the_value():
    coercion = Coercion()
    coercion.value({"a": [1, "ü"]}, parse_glue_type("bigint"), "c")
    assert coercion.deviations[0].raw == '{"a":[1,"ü"]}'


def test_a_value_that_is_nested_too_deeply_for_a_text_is_null_and_noted():
    deep = current = []
    for _ in range(5_000):
        current.append([])
        current = current[0]
    coercion = Coercion()
    assert coercion.value(deep, parse_glue_type("string"), "c") is None
    assert len(coercion.deviations) == 1


def test_compact_json_reads_back_as_the_same_value():
    written = {"a": [1, None, True, "ü\n"], "b": {"c": {}}}
    assert parse_json(compact_json(written)) == written
