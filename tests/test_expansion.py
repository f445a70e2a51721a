"""Statements written down to the tables that they read."""

from datetime import datetime

from dueng_analytics.catalog import load_catalog
from dueng_analytics.dialect import parse_query
from dueng_analytics.dialect.expansion import Hours, Part, expanded, scan
from dueng_analytics.model.definitions import Source

CATALOG = load_catalog()
SOURCE = CATALOG.find("all_events")
assert isinstance(SOURCE, Source)
DAY = Hours(datetime(2026, 10, 19, 5), datetime(2026, 10, 19, 7))


def scanned(layout: str, hours: Hours | None = DAY, tables=(("db", "t"),)) -> str:
    chosen = SOURCE.layout(layout)
    assert chosen is not None
    return scan(SOURCE, chosen, tables, hours).sql("trino", normalize_functions="lower")


def test_hours_of_a_projected_table_are_compared_as_its_own_text():
    assert scanned("projected").endswith(
        "FROM db.t WHERE datehour >= '2026/10/19/05' AND datehour < '2026/10/19/07'"
    )


def test_hours_of_a_registered_table_are_compared_as_times():
    assert scanned("registered").endswith(
        "FROM db.t WHERE ingest_timestamp >= CAST('2026-10-19 05:00:00.000' AS TIMESTAMP(3))"
        " AND ingest_timestamp < CAST('2026-10-19 07:00:00.000' AS TIMESTAMP(3))"
    )


def test_every_table_of_a_source_is_limited_to_the_hours():
    text = scanned("projected", tables=(("one", "t"), ("two", "t")))
    assert text.count("WHERE datehour >= '2026/10/19/05'") == 2


def test_a_source_without_a_table_has_no_scan_to_limit():
    assert "datehour" not in scanned("projected", tables=())


def test_without_hours_the_whole_table_is_read():
    assert "WHERE" not in scanned("projected", hours=None)


def test_parts_come_first_and_the_statements_own_expressions_after_them():
    statement = parse_query("with a as (select * from letters) select a.id from a")
    inner = parse_query("select id from raw")
    text = expanded(
        statement,
        [Part("post_raw", parse_query("select 1 as id").tree), Part("post_letters", inner)],
        lambda reference, _: f"post_{reference.parts[-1]}",
    )
    flat = " ".join(text.split())
    assert flat == (
        "WITH post_raw AS ( SELECT 1 AS id ), post_letters AS ( SELECT id FROM post_raw AS raw ),"
        " a AS ( SELECT * FROM post_letters AS letters ) SELECT a.id FROM a"
    )


def test_columns_qualified_by_the_name_of_a_relation_still_find_it():
    statement = parse_query('select "db"."letters"."id" from "db"."letters"')
    text = expanded(statement, [], lambda *_: "post_letters")
    assert "FROM post_letters AS letters" in " ".join(text.split())
