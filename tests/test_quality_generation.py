"""Generated rows: seeded, of the declared types, and at the values that the SQL names."""

from random import Random

import pytest
from small_project import write_project

from dueng_analytics.dialect import parse_query
from dueng_analytics.dialect.probes import named_values
from dueng_analytics.quality.generation import RowGenerator

SQL = """
select id from orders
where kind = 'gift' and starts_with(id, '_x.') and element_at(tags, 'colour') = 'red'
    and json_extract_scalar(note, '$.size') <> 'null' and amount < 5 and length(id) > 12
"""


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    return write_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def named(catalog):
    return named_values(catalog.bind(parse_query(SQL)))


def rows(catalog, named, seed="a", count=400):
    columns = catalog.columns(catalog.find("orders"))
    return RowGenerator(Random(seed), named).table(columns, count).to_pylist()


def test_the_texts_that_a_column_is_compared_with_are_known_by_its_name(named):
    assert named.compared == {
        "kind": ("gift",),
        "id": ("_x.",),
        "colour": ("red",),
        "note": ("null",),
    }


def test_map_keys_and_json_keys_are_known(named):
    assert set(named.keys) == {"colour", "size"}


def test_no_map_has_keys_that_differ_by_case_alone(catalog, named):
    maps = [[key.lower() for key, _ in row["tags"]] for row in rows(catalog, named) if row["tags"]]
    assert any("other" in keys for keys in maps)
    assert all(len(set(keys)) == len(keys) for keys in maps)


def test_columns_that_hold_documents_are_known(named):
    assert named.documents == ("note",)


def test_numbers_are_known(named):
    assert set(named.numbers) == {5.0, 12.0}


def test_the_same_seed_gives_the_same_rows(catalog, named):
    assert rows(catalog, named, "a") == rows(catalog, named, "a")
    assert rows(catalog, named, "a") != rows(catalog, named, "b")


def test_named_values_come_up(catalog, named):
    made = rows(catalog, named)
    assert any(row["kind"] == "gift" for row in made)
    assert any(dict(row["tags"] or ()).get("colour") == "red" for row in made)


def test_numbers_come_up_at_and_beside_the_boundary(catalog, named):
    assert {4, 5, 6} <= {row["amount"] for row in rows(catalog, named)}


def test_texts_come_up_at_and_beside_a_named_length(catalog, named):
    assert {11, 12, 13} <= {len(row["id"]) for row in rows(catalog, named) if row["id"]}


def test_documents_are_whole_and_broken(catalog, named):
    notes = {row["note"] for row in rows(catalog, named)}
    assert any(note and '"size"' in note for note in notes)
    assert "not json" in notes


def test_every_column_is_null_at_times_and_lists_and_maps_are_empty_at_times(catalog, named):
    made = rows(catalog, named)
    for name in made[0]:
        assert any(row[name] is None for row in made), name
        assert any(row[name] is not None for row in made), name
    assert any(row["places"] == [] for row in made)
    assert any(row["tags"] == [] for row in made)


def test_a_row_comes_up_twice_at_times(catalog, named):
    made = [repr(row) for row in rows(catalog, named)]
    assert len(set(made)) < len(made)


def test_a_column_that_is_never_null_always_holds_a_value(catalog, named):
    columns = catalog.columns(catalog.find("orders"))
    table = RowGenerator(Random("a"), named).table(columns, 400, never_null={"id", "tags"})
    assert table.column("id").null_count == table.column("tags").null_count == 0
    assert table.column("note").null_count > 0


def test_a_key_comes_up_once(catalog, named):
    columns = catalog.columns(catalog.find("orders"))
    table = RowGenerator(Random("a"), named).table(columns, 60, key=("id", "kind"))
    keys = [(row["id"], row["kind"]) for row in table.to_pylist()]
    assert len(set(keys)) == len(keys) > 20
