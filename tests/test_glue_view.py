"""Views as Glue stores them, written and read; on Trino in test_trino_catalogue.py."""

import base64
import json

import pytest

from dueng_analytics.deploy.glue_view import (
    StoredView,
    ViewColumn,
    decode,
    encode,
    is_stale,
    is_view,
    stored_type,
)
from dueng_analytics.errors import DeploymentError
from dueng_analytics.model.types import parse_glue_type

VIEW = StoredView(
    name="email_send",
    sql="select 'ä;''--' as a, b from t",
    catalog="awsdatacatalog",
    schema="due_eventdb",
    columns=(
        ViewColumn("a", "varchar", "Text."),
        ViewColumn("b", 'map(varchar, row("x" integer))'),
    ),
    comment="What it is.",
    parameters={"dueng.version": "1"},
)
TYPES = {"a": parse_glue_type("string"), "b": parse_glue_type("map<string,struct<x:int>>")}


def test_what_is_encoded_is_decoded():
    assert decode(encode(VIEW, TYPES)) == VIEW


def test_a_field_whose_name_is_a_word_of_sql_is_stored_in_quotes():
    kind = parse_glue_type("struct<from:string,to:array<string>>")
    view = StoredView("v", "select 1", "c", "s", (ViewColumn("a", kind.trino),))
    [column] = decode(encode(view, {"a": kind})).columns
    assert column.type == 'row("from" varchar, "to" array(varchar))'
    assert not is_stale(decode(encode(view, {"a": kind})), {"a": kind})


def test_the_table_says_what_athena_and_trino_look_for():
    table = encode(VIEW, TYPES)
    assert is_view(table)
    assert table["Parameters"]["presto_view"] == "true"
    assert table["ViewExpandedText"] == "/* Presto View */"


def test_types_of_the_tables_own_columns_have_no_blanks():
    columns = encode(VIEW, TYPES)["StorageDescriptor"]["Columns"]
    assert [column["Type"] for column in columns] == ["string", "map<string,struct<x:int>>"]


def test_fields_of_structs_are_in_quotes_as_one_may_be_a_word_of_sql():
    kind = parse_glue_type("array<map<string,struct<from:string,n:int>>>")
    assert stored_type(kind) == 'array(map(varchar, row("from" varchar, "n" integer)))'


def test_a_long_comment_is_cut_to_what_glue_takes():
    long = StoredView("v", "select 1 as a", "c", "s", (ViewColumn("a", "varchar", "x" * 300),))
    comment = encode(long, TYPES)["StorageDescriptor"]["Columns"][0]["Comment"]
    assert len(comment) == 255
    assert comment.endswith("…")
    assert decode(encode(long, TYPES)).columns[0].comment == "x" * 300


def test_a_comment_of_several_lines_is_one_line_where_glue_takes_no_other():
    lines = StoredView("v", "select 1 as a", "c", "s", (ViewColumn("a", "varchar", "x\n  y\n"),))
    assert encode(lines, TYPES)["StorageDescriptor"]["Columns"][0]["Comment"] == "x y"


def test_a_table_is_no_view():
    table = {"Name": "t", "TableType": "EXTERNAL_TABLE"}
    assert not is_view(table)
    with pytest.raises(DeploymentError, match="t is no view"):
        decode(table)


@pytest.mark.parametrize(
    "text",
    [
        "/* Presto View: !!! */",
        "/* Presto View: bm8ganNvbg== */",
        "/* Presto View: " + base64.b64encode(json.dumps({"catalog": "c"}).encode()).decode(),
    ],
)
def test_a_damaged_text_is_an_error_that_names_the_view(text):
    table = {"Name": "v", "TableType": "VIRTUAL_VIEW", "ViewOriginalText": text}
    with pytest.raises(DeploymentError, match="the view v is damaged"):
        decode(table)


def test_a_view_with_the_declared_columns_is_not_stale_however_they_are_spelled():
    assert not is_stale(decode(encode(VIEW, TYPES)), TYPES)
    spelled = StoredView(
        "v",
        "",
        "",
        "",
        (ViewColumn("A", "VARCHAR"), ViewColumn("b", 'map(varchar,row("x" integer))')),
    )
    assert not is_stale(spelled, TYPES)


@pytest.mark.parametrize(
    "columns",
    [
        (ViewColumn("a", "varchar"), ViewColumn("b", "map(varchar, row(x bigint))")),
        (ViewColumn("b", "map(varchar, row(x integer))"), ViewColumn("a", "varchar")),
        (ViewColumn("a", "varchar"),),
    ],
)
def test_another_type_order_or_number_of_columns_is_stale(columns):
    assert is_stale(StoredView("v", "", "", "", columns), TYPES)
