"""Older tables of a source, conformed to the shape that views read."""

from pathlib import Path

import pytest
from sqlglot import exp, parse_one

from dueng_analytics.dialect.adapter import adapter_view
from dueng_analytics.dialect.conforming import conformed
from dueng_analytics.errors import DefinitionError, Location
from dueng_analytics.model.source_file import read_source
from dueng_analytics.model.types import parse_glue_type

HERE = Location(Path("source.yaml"), 3)
DECLARATION = """\
description: Letters as the post hands them over.
owner: tests
layouts:
  registered:
    table: letters
    adapter: letters_typed
    partition_column: ingest_timestamp
    partition_type: timestamp
    columns: {id: string, mail: "struct<from:string,tags:struct<set_name:string>>"}
    keys: {set_name: "ses:set-name"}
clocks:
  partition_clock: event_time
  path_time_zone: UTC
  record_time: id
  slack_before: 1 hour
  slack_after: 1 hour
  lateness: {}
columns:
  - {name: id, type: string, description: Its number.}
  - {name: mail, type: "struct<from:string,to:string,tags:map<string,string>>", description: It.}
  - {name: weight, type: double, description: In grams.}
"""


def expression(stored: str | None, declared: str, **keys: str) -> str:
    tree = conformed(
        exp.column("value"),
        parse_glue_type(stored) if stored else None,
        parse_glue_type(declared),
        keys,
        HERE,
    )
    return tree.sql("trino", normalize_functions="lower")


def test_a_column_of_the_declared_type_is_taken_as_it_is():
    assert expression("struct<a:string>", "struct<a:string>") == "value"


def test_a_column_that_the_table_lacks_is_null_of_its_type():
    assert expression(None, "array<int>") == "CAST(NULL AS ARRAY(INTEGER))"


def test_a_number_of_another_width_is_cast():
    assert expression("int", "bigint") == "CAST(value AS BIGINT)"


def test_a_struct_gets_its_missing_fields_and_stays_null_where_it_is_null():
    assert expression("struct<from:string,old:int>", "struct<from:string,to:string>") == (
        'CASE WHEN value IS NULL THEN CAST(NULL AS ROW("from" VARCHAR, to VARCHAR))'
        ' ELSE CAST(row(value."from", CAST(NULL AS VARCHAR)) AS ROW("from" VARCHAR, to VARCHAR))'
        " END"
    )


def test_every_element_of_a_list_is_conformed():
    text = expression("array<struct<a:int>>", "array<struct<a:int,b:int>>")
    assert text.startswith("transform(value, element -> CASE WHEN element IS NULL")


def test_a_struct_becomes_the_map_of_its_filled_fields_under_the_keys_of_the_wire():
    text = expression(
        "struct<ses_set:array<string>,campaign:array<string>>",
        "map<string,array<string>>",
        ses_set="ses:configuration-set",
    )
    assert "ARRAY['ses:configuration-set', 'campaign']" in text
    assert "(name, entry) -> NOT entry IS NULL" in text


def test_a_text_where_a_struct_is_declared_is_refused_with_the_place():
    with pytest.raises(DefinitionError, match="string cannot become struct<a:int>") as caught:
        expression("string", "struct<a:int>")
    assert caught.value.where == "source.yaml:3"


def test_the_adapter_of_an_older_table_has_the_columns_of_the_source_in_order(tmp_path):
    path = tmp_path / "letters.yaml"
    path.write_text(DECLARATION, "utf-8")
    source = read_source(path, "post")
    tree = parse_one(adapter_view(source, source.layouts[0], [("letters",)]), read="athena")
    assert tree.named_selects == ["id", "mail", "weight", "ingest_timestamp"]


def test_a_layout_with_columns_of_its_own_needs_the_name_of_its_adapter(tmp_path):
    path = tmp_path / "letters.yaml"
    path.write_text(DECLARATION.replace("    adapter: letters_typed\n", ""), "utf-8")
    with pytest.raises(DefinitionError, match="need an adapter") as caught:
        read_source(path, "post")
    assert f"{path}:8" in caught.value.message
