"""Definitions are read into frozen values, and every complaint names file and line."""

import textwrap
from pathlib import Path

import pytest

from dueng_analytics.errors import DefinitionError, DefinitionErrors
from dueng_analytics.model.loader import load_definitions
from dueng_analytics.model.types import parse_glue_type
from dueng_analytics.resources import packaged

VIEW_YAML = """\
description: Numbers.
grain: one row
event_key: [n]
version: 1
owner: tests
pruning: unpartitioned
columns:
  - {name: n, type: bigint, description: A number.}
"""
TESTS_YAML = """\
tests:
  - name: one row is one row
    given: {}
    expect: [{n: 1}]
"""


def write_view(root: Path, name: str = "numbers", **files: str) -> Path:
    folder = root / "demo" / name
    folder.mkdir(parents=True)
    contents = {"view.sql": "select 1 as n\n", "view.yaml": VIEW_YAML, "tests.yaml": TESTS_YAML}
    for file, text in (contents | files).items():
        if text:
            (folder / file).write_text(textwrap.dedent(text), "utf-8")
    return folder


def test_the_packaged_definitions_load():
    definitions = load_definitions([packaged("sql")])
    assert "pinpoint" in definitions.families
    assert "pinpoint.all_events" in {source.qualified_name for source in definitions.sources}


@pytest.mark.parametrize(
    ("glue", "trino", "duckdb"),
    [
        ("string", "varchar", "VARCHAR"),
        ("array<string>", "array(varchar)", "VARCHAR[]"),
        ("map<string,array<bigint>>", "map(varchar, array(bigint))", "MAP(VARCHAR, BIGINT[])"),
        ("struct<a:int,b:double>", "row(a integer, b double)", 'STRUCT("a" INTEGER, "b" DOUBLE)'),
    ],
)
def test_a_type_is_spelt_for_each_engine(glue, trino, duckdb):
    kind = parse_glue_type(glue)
    assert (kind.glue, kind.trino, kind.duckdb) == (glue, trino, duckdb)


@pytest.mark.parametrize("text", ["text", "array<string", "map<string>", "struct<a>", "int x", ""])
def test_what_is_no_glue_type_is_refused(text):
    with pytest.raises(ValueError, match="not a Glue type"):
        parse_glue_type(text)


@pytest.mark.parametrize("file", ["view.sql", "view.yaml", "tests.yaml"])
def test_a_view_that_lacks_one_of_its_files_does_not_load(tmp_path, file):
    write_view(tmp_path, **{file: ""})
    with pytest.raises(DefinitionError, match=f"lacks {file}"):
        load_definitions([tmp_path])


def test_a_misspelt_key_is_reported_with_its_line_and_the_nearest_known_one(tmp_path):
    write_view(tmp_path, **{"view.yaml": VIEW_YAML.replace("owner:", "ownr:")})
    with pytest.raises(DefinitionError, match=r"view.yaml:5.*ownr.*\n.*owner"):
        load_definitions([tmp_path])


def test_all_problems_are_listed_at_once(tmp_path):
    write_view(tmp_path, "first", **{"view.sql": ""})
    write_view(tmp_path, "second", **{"tests.yaml": ""})
    with pytest.raises(DefinitionErrors) as caught:
        load_definitions([tmp_path])
    assert len(caught.value.errors) == 2


def test_one_relation_name_in_two_places_is_refused(tmp_path):
    write_view(tmp_path / "a")
    write_view(tmp_path / "b")
    with pytest.raises(DefinitionError, match="'numbers' is taken"):
        load_definitions([tmp_path / "a", tmp_path / "b"])


def test_a_key_given_twice_is_refused(tmp_path):
    write_view(tmp_path, **{"view.yaml": VIEW_YAML + "owner: again\n"})
    with pytest.raises(DefinitionError, match="twice"):
        load_definitions([tmp_path])
