"""Targets: what dueng.toml says of them, and statements written down to their tables."""

from datetime import datetime

import duckdb
import pytest
import sqlglot

from dueng_analytics.catalog import load_catalog
from dueng_analytics.dialect import parse_query
from dueng_analytics.dialect.expansion import Hours
from dueng_analytics.errors import UsageError
from dueng_analytics.model.definitions import Source
from dueng_analytics.target_settings import Target, parse_targets
from dueng_analytics.targets import latest_moments, scan_of, written_down

CATALOG = load_catalog()
SOURCE = CATALOG.find("all_events")
assert isinstance(SOURCE, Source)


def written(query: str, target: Target, **more) -> str:
    statement = parse_query(query)
    return written_down(CATALOG, target, CATALOG.bind(statement), **more)


def test_a_target_has_what_its_table_says_and_defaults_for_the_rest():
    found = parse_targets(
        {
            "prod": {
                "engine": "athena",
                "tables": {"all_events": "lake.events"},
                "region": "eu-west-1",
            }
        }
    )
    assert found["prod"] == Target(
        "prod", "athena", tables={"all_events": ("lake.events",)}, region="eu-west-1"
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("athena", "no table of targets"),
        ({"prod": "athena"}, "prod is no table"),
        ({"prod": {}}, "engine is None, not one of athena, trino"),
        ({"prod": {"engine": "spark"}}, "engine is 'spark'"),
        ({"prod": {"engine": "trino", "prot": 1}}, "did you mean port"),
        ({"prod": {"engine": "trino", "port": "x"}}, "prod.port is 'x', not a whole number"),
        ({"prod": {"engine": "trino", "host": 1}}, "prod.host is 1, not a text"),
        ({"prod": {"engine": "trino", "tables": {"t": 1}}}, "neither a table's name nor a list"),
        ({"prod": {"engine": "trino", "databases": 1}}, "no table of name = text"),
    ],
)
def test_what_a_target_cannot_say_is_named(value, message):
    with pytest.raises(ValueError, match=message):
        parse_targets(value)


def test_a_source_is_read_from_its_default_table_in_the_familys_database():
    scan = scan_of(Target("t", "trino"), CATALOG, SOURCE)
    assert (scan.layout.name, scan.tables) == ("registered", (("due_eventdb", "all_events"),))


def test_layout_database_and_tables_are_the_targets():
    target = Target(
        "t",
        "trino",
        databases={"pinpoint": "lake"},
        layouts={"pinpoint.all_events": "projected"},
        tables={"all_events": ("one", "other.two")},
    )
    scan = scan_of(target, CATALOG, SOURCE)
    assert scan.layout.name == "projected"
    assert scan.tables == (("lake", "one"), ("other", "two"))


def test_an_unknown_layout_is_named_with_the_known_ones():
    with pytest.raises(UsageError, match="has no layout 'flat'") as caught:
        scan_of(Target("t", "trino", layouts={"all_events": "flat"}), CATALOG, SOURCE)
    assert "registered, projected" in (caught.value.hint or "")


def test_a_query_runs_over_the_tables_alone_and_reads_the_hours_asked_for():
    text = written(
        "select message_id, ingest_timestamp from email_send",
        Target("t", "trino"),
        hours=Hours(datetime(2026, 10, 19, 5), datetime(2026, 10, 19, 7)),
    )
    columns = ", ".join(f'"{column.name}" {column.type.duckdb}' for column in SOURCE.columns)
    with duckdb.connect() as connection:
        connection.execute("create macro at_timezone(moment, zone) as moment")
        connection.execute("create schema due_eventdb")
        connection.execute(
            f"create table due_eventdb.all_events ({columns}, ingest_timestamp timestamp)"
        )
        for hour in (4, 5, 6, 7):
            connection.execute(
                "insert into due_eventdb.all_events (event_type, ingest_timestamp)"
                f" values ('_email.send', timestamp '2026-10-19 0{hour}:00:00')"
            )
        rows = connection.execute(sqlglot.transpile(text, read="athena", write="duckdb")[0])
        assert rows.fetchall() == [(None, datetime(2026, 10, 19, hour)) for hour in (5, 6)]


def test_nested_columns_come_as_json_from_athena_and_as_they_are_from_trino():
    query = "select * from (select destination, message_id from email_send) as d"
    assert "json_format(CAST(d.destination AS JSON)) AS destination" in " ".join(
        written(query, Target("t", "athena")).split()
    )
    assert "json_format" not in written(query, Target("t", "trino"))


def test_names_are_sent_along_as_rows():
    rows = {
        "names.name_snapshots": [
            {
                "kind": "campaign",
                "id": "c'1",
                "name": None,
                "valid_from": datetime(2026, 10, 19),
                "deleted": False,
                "segment_id": None,
                "event_name": None,
            }
        ]
    }
    text = written("select * from name_intervals", Target("t", "trino"), rows=rows)
    assert "'c''1'" in text
    with pytest.raises(UsageError, match=r"no rows of names\.name_snapshots"):
        written("select * from name_intervals", Target("t", "trino"))


def test_views_over_no_table_are_written_down_as_nothing_of_their_columns():
    alone = Target("t", "trino", families=("pinpoint",))
    text = written("select * from messages", alone, rows={"names.name_snapshots": []})
    everything = written("select * from messages", Target("t", "trino"))
    assert len(text) < len(everything) * 0.6
    assert "due_eventdb.all_events" in text
    assert "ses-eventsdb" not in text


def test_the_last_moment_is_asked_of_every_source_that_tells_when_its_records_came():
    text = latest_moments(CATALOG.definitions.sources)
    assert text is not None
    written(text, Target("t", "trino"))  # every column is one, every type fits
    sources = [source for source in CATALOG.definitions.sources if source.clocks is not None]
    assert text.count(") as records") == len(sources) > 5
    assert latest_moments([]) is None
