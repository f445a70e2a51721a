from datetime import date

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from dueng_analytics.catalog import load_catalog
from dueng_analytics.deploy.source_ddl import create_external_table, source_layout
from dueng_analytics.dialect.adapter import adapter_view
from dueng_analytics.errors import UnknownName, UsageError
from dueng_analytics.model.definitions import Source

SOURCE = load_catalog().find("all_events")
assert isinstance(SOURCE, Source)


def ddl(layout: str, file_format: str, **settings) -> str:
    return create_external_table(
        SOURCE,
        source_layout(SOURCE, layout),
        location="s3://bucket/events",
        file_format=file_format,
        **settings,
    )


def parsed(text: str) -> exp.Create:
    tree = sqlglot.parse_one(text, read="athena")
    assert isinstance(tree, exp.Create)
    return tree


@pytest.mark.parametrize("layout", ["registered", "projected"])
@pytest.mark.parametrize("file_format", ["json", "parquet"])
def test_the_statement_declares_the_columns_of_the_source_in_order(layout: str, file_format: str):
    columns = [column.name for column in parsed(ddl(layout, file_format)).this.expressions]
    assert columns == [column.name for column in SOURCE.columns]


def test_the_registered_layout_is_the_samples_own_table():
    text = ddl("registered", "parquet", database="due_eventdb")
    assert text.startswith("CREATE EXTERNAL TABLE IF NOT EXISTS `due_eventdb`.`all_events` (")
    assert "PARTITIONED BY (`ingest_timestamp` timestamp)" in text
    assert "STORED AS PARQUET" in text
    assert "projection" not in text


def test_the_projected_layout_computes_its_hours_to_the_end_of_an_ended_stream():
    text = ddl("projected", "json", start=date(2024, 3, 1))
    assert "PARTITIONED BY (`datehour` string)" in text
    assert "'projection.datehour.range' = '2024/03/01/00,2026/12/29/23'" in text
    assert "'storage.location.template' = 's3://bucket/events/${datehour}'" in text


def test_nested_types_are_written_without_blanks():
    line = next(line for line in ddl("projected", "json").splitlines() if "`facets`" in line)
    kind = line.split("`facets` ")[1].split(" COMMENT")[0]
    assert " " not in kind
    assert kind.startswith("struct<email_channel:struct<mail_event:struct<mail:")


def test_a_quote_in_a_description_ends_no_string():
    statement = parsed(ddl("projected", "json"))
    assert statement.this.this.name == "all_events_raw"


def test_a_location_that_is_no_prefix_is_refused():
    with pytest.raises(UsageError, match="is no S3 prefix"):
        create_external_table(SOURCE, source_layout(SOURCE), location="/tmp", file_format="json")


def test_an_unknown_layout_is_named_with_the_known_ones():
    with pytest.raises(UnknownName, match="no layout named 'project'") as caught:
        source_layout(SOURCE, "project")
    assert "projected" in (caught.value.hint or "")


def adapted(tables: list[tuple[str, ...]]) -> list[tuple[object, ...]]:
    """Rows of the adapter over two small projected tables, on DuckDB."""
    layout = source_layout(SOURCE, "projected")
    text = adapter_view(SOURCE, layout, tables)
    columns = ", ".join(f"{column.name} {column.type.duckdb}" for column in SOURCE.columns)
    shown = ["event_type", "strftime(ingest_timestamp, '%Y-%m-%d %H:%M')"]
    if len(tables) > 1:
        shown.append("source_table")
    with duckdb.connect() as connection:
        for schema, hour, kind in (("one", "2026/10/19/07", "a"), ("two", "2026/10/20/23", "b")):
            table = f"{schema}.all_events_raw"
            connection.execute(f"create schema {schema}")
            connection.execute(f"create table {table} ({columns}, datehour varchar)")
            connection.execute(
                f"insert into {table} (event_type, datehour) values (?, ?)", [kind, hour]
            )
        translated = sqlglot.transpile(text, read="athena", write="duckdb")[0]
        query = f"select {', '.join(shown)} from ({translated}) order by 1"
        return connection.execute(query).fetchall()


def test_the_adapter_turns_the_projected_text_into_the_partition_hour():
    assert adapted([("one", "all_events_raw")]) == [("a", "2026-10-19 07:00")]


def test_the_adapter_over_two_tables_tells_their_rows_apart():
    assert adapted([("one", "all_events_raw"), ("two", "all_events_raw")]) == [
        ("a", "2026-10-19 07:00", "one.all_events_raw"),
        ("b", "2026-10-20 23:00", "two.all_events_raw"),
    ]


def test_a_source_that_has_no_table_on_s3_can_be_an_empty_view():
    names = load_catalog().find("name_snapshots")
    assert isinstance(names, Source)
    tree = sqlglot.parse_one(adapter_view(names, None, []), read="athena")
    assert tree.named_selects == [column.name for column in names.columns]


def test_the_adapter_without_a_table_has_every_column_and_no_row():
    assert adapted([]) == []
    text = adapter_view(SOURCE, source_layout(SOURCE), [])
    names = sqlglot.parse_one(text, read="athena").named_selects
    assert names == [*(column.name for column in SOURCE.columns), "ingest_timestamp"]
