# ruff: noqa: E402 - what takes long to import is imported where the module is run
"""The catalogue in both directions: what Trino stores is read, what is written Trino executes."""

import gzip
import io
import json
from datetime import UTC, date, datetime

import pytest

from tests.on_trino import trino_module

trino_module("test_trino_catalogue.py")

import pyarrow as pa
import pyarrow.parquet as pq
import trino

from dueng_analytics.catalog import load_catalog
from dueng_analytics.deploy.glue_table import registered_hour, source_table
from dueng_analytics.deploy.glue_view import StoredView, ViewColumn, decode, encode, is_stale
from dueng_analytics.deploy.source_ddl import table_columns
from dueng_analytics.model.arrow import arrow_schema
from dueng_analytics.model.types import Array, Map, Scalar, Struct, parse_glue_type

DATABASE = "catalogue"
HOUR = datetime(2026, 10, 19, 5, tzinfo=UTC)
NESTED = "array<struct<x:int,y:map<string,double>>>"

# A view with what is hard to store: quotes, the end of a comment, other alphabets, nested types.
TEXT = 'it\'s "ä" */ 数 😀'
QUOTED = TEXT.replace("'", "''")
SQL = f"""
select
    cast('{QUOTED}' as varchar) as word,
    bigint '9223372036854775807' as most,
    cast(1 as integer) as one,
    1.5e0 as half,
    true as yes,
    date '2026-10-19' as day,
    timestamp '2026-10-19 05:00:00.123' as moment,
    cast(
        array[row(7, map(array['k'], array[0.5e0]))]
        as array(row(x integer, y map(varchar, double)))
    ) as deep
"""
GLUE_TYPES = {
    "word": "string",
    "most": "bigint",
    "one": "int",
    "half": "double",
    "yes": "boolean",
    "day": "date",
    "moment": "timestamp",
    "deep": NESTED,
}
TYPES = {name: parse_glue_type(text) for name, text in GLUE_TYPES.items()}
ROW = [
    TEXT,
    9223372036854775807,
    1,
    1.5,
    True,
    date(2026, 10, 19),
    datetime(2026, 10, 19, 5, 0, 0, 123000),
    [(7, {"k": 0.5})],
]


@pytest.fixture(scope="module")
def glue(local_aws):
    client = local_aws.client("glue")
    client.create_database(DatabaseInput={"Name": DATABASE})
    local_aws.client("s3").create_bucket(Bucket=DATABASE)
    yield client
    for table in client.get_tables(DatabaseName=DATABASE)["TableList"]:
        client.delete_table(DatabaseName=DATABASE, Name=table["Name"])
    client.delete_database(Name=DATABASE)


@pytest.fixture(scope="module")
def ask(local_aws, glue):
    with local_aws.trino.connect(DATABASE) as connection:
        cursor = connection.cursor()

        def rows(sql):
            cursor.execute(sql)
            return cursor.fetchall()

        yield rows


def stored(glue, name):
    return glue.get_table(DatabaseName=DATABASE, Name=name)["Table"]


def put(glue, view, types=TYPES):
    glue.create_table(DatabaseName=DATABASE, TableInput=encode(view, types))


def a_view(name, sql=SQL, types=TYPES, **others):
    columns = tuple(
        ViewColumn(column, kind.trino, f"What {column} is: {TEXT}")
        for column, kind in types.items()
    )
    return StoredView(name, sql, "awsdatacatalog", DATABASE, columns, **others)


@pytest.fixture(scope="module")
def theirs(glue, ask):
    """A view that Trino stored."""
    ask(f"create view theirs comment '{QUOTED}' as {SQL}")
    ask(f"comment on column theirs.deep is '{QUOTED}'")
    return stored(glue, "theirs")


@pytest.fixture(scope="module")
def ours(glue):
    """A view that this package stored."""
    put(glue, a_view("ours", comment=TEXT, parameters={"dueng.version": "1.2"}))
    return stored(glue, "ours")


def test_a_view_that_trino_stored_is_read(theirs):
    view = decode(theirs)
    assert (view.name, view.schema, view.catalog) == ("theirs", DATABASE, "awsdatacatalog")
    assert [column.name for column in view.columns] == list(TYPES)
    assert QUOTED in view.sql


def test_comments_that_trino_stored_are_read(theirs):
    view = decode(theirs)
    assert view.comment == TEXT
    assert {column.name: column.comment for column in view.columns if column.comment} == {
        "deep": TEXT
    }


def test_parameters_that_trino_stored_are_kept(theirs):
    view = decode(theirs)
    assert view.parameters["trino_version"] == "476"
    kept = encode(view, TYPES)["Parameters"]
    assert kept == theirs["Parameters"]


def test_a_view_that_trino_stored_is_not_stale(theirs):
    assert not is_stale(decode(theirs), TYPES)


def test_a_view_that_this_package_stored_is_executed(ours, ask):
    assert ask("select * from ours") == [ROW]


def test_trino_shows_the_types_and_comments_of_a_view_that_this_package_stored(ours, ask):
    assert ask("show columns from ours") == [
        [name, kind.trino, "", f"What {name} is: {TEXT}"] for name, kind in TYPES.items()
    ]


def test_trino_shows_the_comment_of_a_view_that_this_package_stored(ours, ask):
    found = ask(
        "select comment from system.metadata.table_comments where catalog_name = 'awsdatacatalog'"
        f" and schema_name = '{DATABASE}' and table_name = 'ours'"
    )
    assert found == [[TEXT]]


def test_parameters_of_a_stored_view_are_read_again(ours):
    assert decode(ours).parameters == {"dueng.version": "1.2"}


def test_nested_types_have_no_blanks_in_the_stored_columns(ours):
    columns = ours["StorageDescriptor"]["Columns"]
    assert {column["Name"]: column["Type"] for column in columns} == GLUE_TYPES
    assert not any(" " in column["Type"] for column in columns)


def test_what_was_read_of_trinos_view_and_written_again_is_executed(theirs, glue, ask):
    view = decode(theirs)
    again = StoredView("again", view.sql, view.catalog, view.schema, view.columns, view.comment)
    put(glue, again)
    assert ask("select * from again") == [ROW]
    assert not is_stale(decode(stored(glue, "again")), TYPES)
    assert decode(stored(glue, "again")).sql == view.sql


def test_trino_replaces_a_view_that_this_package_stored(glue, ask):
    put(glue, a_view("replaced"))
    ask(f"create or replace view replaced as select word, one from ({SQL})")
    assert [column.name for column in decode(stored(glue, "replaced")).columns] == ["word", "one"]
    assert ask("select * from replaced") == [[TEXT, 1]]


def test_a_view_over_views_of_both_writers_is_executed(theirs, ours, glue, ask):
    types = {"most": TYPES["most"]}
    sql = 'select a.most from "theirs" as a join "ours" as b on a.word = b.word'
    put(glue, a_view("over_both", sql, types), types)
    assert ask("select * from over_both") == [[ROW[1]]]


STALE = {
    "another_type": {"n": "string"},
    "a_narrower_type": {"n": "int"},
    "another_name": {"m": "bigint"},
    "one_too_many": {"n": "bigint", "m": "bigint"},
}


@pytest.mark.parametrize("name", STALE)
def test_a_view_with_wrong_declared_columns_is_stale_and_trino_refuses_it(name, glue, ask):
    wrong = {column: parse_glue_type(text) for column, text in STALE[name].items()}
    put(glue, a_view(name, "select bigint '1' as n", wrong), wrong)
    assert is_stale(decode(stored(glue, name)), {"n": parse_glue_type("bigint")})
    with pytest.raises(trino.exceptions.TrinoUserError) as caught:
        ask(f"select * from {name}")
    assert caught.value.error_name == "VIEW_IS_STALE"


def test_a_type_that_widens_to_the_stored_one_is_stale_although_trino_runs_it(glue, ask):
    stored_types = {"n": parse_glue_type("bigint")}
    put(glue, a_view("wider", "select integer '1' as n", stored_types), stored_types)
    assert is_stale(decode(stored(glue, "wider")), {"n": parse_glue_type("int")})
    assert ask("select * from wider") == [[1]]


# --- tables of sources

TABLES = [
    pytest.param(source, layout, file_format, id=f"{source.name}-{layout.name}-{file_format}")
    for source in load_catalog().definitions.sources
    for layout in source.layouts
    for file_format in ("json", "parquet")
]
_VALUES = {
    "string": "ä 数",
    "boolean": True,
    "int": 7,
    "bigint": 2**53 + 1,
    "double": 1.5,
    "date": date(2026, 10, 19),
    "timestamp": datetime(2026, 10, 19, 5, 0, 0, 123000),
}


def a_value(kind):
    """Some value of a type, each part of it with one."""
    if isinstance(kind, Scalar):
        return _VALUES[kind.name]
    if isinstance(kind, Array):
        return [a_value(kind.element)]
    if isinstance(kind, Map):
        return {"k": a_value(kind.value)}
    assert isinstance(kind, Struct)
    return {field.name: a_value(field.type) for field in kind.fields}


def as_trino_gives_it(value):
    """The client's form of a value: rows are tuples."""
    if isinstance(value, list):
        return [as_trino_gives_it(item) for item in value]
    if isinstance(value, dict):
        parts = {key: as_trino_gives_it(item) for key, item in value.items()}
        return parts if list(value) == ["k"] else tuple(parts.values())
    return value


def _pairs(value, kind):
    """Arrow takes a map as pairs."""
    return list(value.items()) if isinstance(kind, Map) else value


def _under_keys(value, keys):
    """A value as it comes: columns and fields under the keys of the wire."""
    if isinstance(value, list):
        return [_under_keys(item, keys) for item in value]
    if isinstance(value, dict):
        return {keys.get(name, name): _under_keys(item, keys) for name, item in value.items()}
    return value


def a_file(source, layout, columns, file_format):
    """One record with a value in every column: JSON under the keys of the wire, or Parquet."""
    if file_format == "parquet":
        types = {column.name.lower(): column.type for column in columns}
        kinds = arrow_schema(types)
        values = {name: a_value(kind) for name, kind in types.items()}
        arrays = [
            pa.array([_pairs(values[name], kind)], type=kinds.field(name).type)
            for name, kind in types.items()
        ]
        buffer = io.BytesIO()
        pq.write_table(pa.Table.from_arrays(arrays, schema=kinds), buffer)
        return "rows.parquet", buffer.getvalue()
    keys = {**source.mappings, **layout.keys}
    record = _under_keys({column.name: a_value(column.type) for column in columns}, keys)
    text = json.dumps(record, default=lambda moment: moment.isoformat(" "))
    return "records.json.gz", gzip.compress(f"{text}\n".encode())


@pytest.mark.parametrize(("source", "layout", "file_format"), TABLES)
def test_a_sources_table_has_the_declared_columns_and_gives_its_row(
    source, layout, file_format, local_aws, glue, ask
):
    columns = table_columns(source, layout)
    table = f"{layout.table}_{file_format}"
    folder = f"{source.name}-{layout.name}-{file_format}"
    location = f"s3://{DATABASE}/{folder}"
    name, content = a_file(source, layout, columns, file_format)
    key = f"{folder}/{HOUR:%Y/%m/%d/%H}/{name}"
    local_aws.client("s3").put_object(Bucket=DATABASE, Key=key, Body=content)
    glue.create_table(
        DatabaseName=DATABASE,
        TableInput=source_table(
            source,
            layout,
            location=location,
            file_format=file_format,
            name=table,
            start=date(2026, 10, 1),  # Trino lists every hour of the projection
        ),
    )
    if layout.projection_format is None:
        glue.create_partition(
            DatabaseName=DATABASE,
            TableName=table,
            PartitionInput=registered_hour(
                source, layout, hour=HOUR, location=location, file_format=file_format
            ),
        )

    shown = ask(f'show columns from "{table}"')
    declared = [(column.name.lower(), column.type.trino.lower()) for column in columns]
    partition = (layout.partition_column, layout.partition_type.trino)
    assert [(column, kind) for column, kind, *_ in shown] == [*declared, partition]
    assert [column for column, _, extra, _ in shown if extra] == [layout.partition_column]
    assert all(comment for _, _, extra, comment in shown if not extra)

    hour = (
        HOUR.replace(tzinfo=None)
        if layout.projection_format is None
        else HOUR.strftime(layout.hour_pattern)
    )
    literal = f"{'timestamp ' if isinstance(hour, datetime) else ''}'{hour}'"
    found = ask(f'select * from "{table}" where {layout.partition_column} = {literal}')
    assert found == [[*(as_trino_gives_it(a_value(column.type)) for column in columns), hour]]
