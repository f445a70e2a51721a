"""Parquet event files of every age and type as the declared columns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dueng_analytics.model.arrow import arrow_schema
from tests.lake_files import (
    FOLDER,
    HOUR,
    MILLISECONDS,
    all_events,
    event,
    hours,
    read,
    source,
    write,
)


def parquet(root, path, table, **options):
    """A Parquet file of a table, or of columns by name."""
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(table, pa.Table):
        table = pa.table(table)
    pq.write_table(table, target, **options)
    return target


def events(*kinds, **columns):
    """Pinpoint events as Firehose stores them."""
    count = len(kinds)
    schema = arrow_schema({column.name: column.type for column in all_events().columns})
    rows = [
        {"event_type": kind, "event_timestamp": MILLISECONDS, "arrival_timestamp": MILLISECONDS}
        for kind in kinds
    ]
    table = pa.Table.from_pylist(rows, schema=schema)
    for name, values in columns.items():
        place = table.schema.get_field_index(name)
        column = values if isinstance(values, pa.Array) else pa.array([values] * count)
        table = (
            table.append_column(name, column)
            if place < 0
            else table.set_column(place, name, column)
        )
    return table


def read_column(tmp_path, kind, array):
    """The values of a column of a stored type where a type is declared, and the deviations."""
    table = pa.table({"id": [str(index) for index in range(len(array))], "c": array})
    parquet(tmp_path, f"{FOLDER}/x.parquet", table)
    with read(tmp_path, sources=[source({"id": "string", "c": kind})]) as lake:
        rows = lake.rows("select c from demo.things order by id")
        lost = [(row["position"], row["field"], row["reason"]) for row in lake.deviations]
        assert lake.loaded.records == {"demo.things": len(array)}
        assert lake.quarantine == []
        return [row["c"] for row in rows], lost


@pytest.mark.parametrize("codec", ["snappy", "zstd", "gzip", "none", "lz4", "brotli"])
def test_every_usual_compression_is_read(tmp_path, codec):
    parquet(tmp_path, f"{FOLDER}/x.parquet", events("a", "b"), compression=codec)
    with read(tmp_path) as lake:
        assert lake.values("event_type") == ["a", "b"]
        assert lake.values("ingest_timestamp") == [HOUR, HOUR]
        assert lake.loaded.records == {"pinpoint.all_events": 2}


def test_files_of_many_hours_have_each_its_own(tmp_path):
    every = [HOUR + timedelta(hours=index) for index in range(30)]
    for index, hour in enumerate(every):
        parquet(tmp_path, f"{hour:%Y/%m/%d/%H}/x", events(f"{index:02}", f"{index:02}"))
    with read(tmp_path) as lake:
        rows = lake.rows("select distinct event_type, ingest_timestamp from pinpoint.all_events")
        assert {row["event_type"]: row["ingest_timestamp"] for row in rows} == {
            f"{index:02}": hour for index, hour in enumerate(every)
        }
        assert (
            lake.rows(
                "select ingest_timestamp as hour from pinpoint.all_events where event_type = '07'"
            )
            == [{"hour": every[7]}] * 2
        )
        assert lake.loaded.hours == tuple(every)


def test_parquet_is_read_where_it_lies(tmp_path):
    parquet(tmp_path, f"{FOLDER}/x.parquet", events("a"))
    with read(tmp_path) as lake:
        assert list(lake.loaded.folder.rglob("*.parquet")) == []


def test_parquet_and_json_of_one_source_are_one_relation(tmp_path):
    parquet(tmp_path, f"{FOLDER}/x.parquet", events("parquet"))
    write(tmp_path, f"{FOLDER}/y.gz", [event("typed")])
    write(tmp_path, f"{FOLDER}/z", [event("tolerant", client=5)])
    with read(tmp_path) as lake:
        assert lake.values("event_type") == ["parquet", "tolerant", "typed"]
        [described] = lake.rows("select distinct typeof(facets) as kind from pinpoint.all_events")
        assert "unsubscribelinktag VARCHAR[]" in described["kind"]


def test_missing_and_more_columns_and_another_order_are_read(tmp_path):
    old = events("old").select(["event_timestamp", "event_type", "application"])
    parquet(tmp_path, f"{FOLDER}/old.parquet", old)
    parquet(tmp_path, f"{FOLDER}/new.parquet", events("new", extra="x", client_context=None))
    with read(tmp_path) as lake:
        assert lake.rows(
            "select event_type, arrival_timestamp, attributes, client from pinpoint.all_events"
            " order by 1"
        ) == [
            {
                "event_type": "new",
                "arrival_timestamp": MILLISECONDS,
                "attributes": None,
                "client": None,
            },
            {"event_type": "old", "arrival_timestamp": None, "attributes": None, "client": None},
        ]
        assert lake.loaded.values_lost == 0


def test_columns_are_found_whatever_their_case_and_nested_ones_too(tmp_path):
    struct = pa.array([{"B": 1, "a": "x"}], pa.struct([("B", pa.int64()), ("a", pa.string())]))
    parquet(tmp_path, f"{FOLDER}/x", {"ID": ["1"], "C": struct})
    with read(
        tmp_path, sources=[source({"id": "string", "c": "struct<a:string,b:bigint>"})]
    ) as lake:
        assert lake.values("c", "demo.things") == [{"a": "x", "b": 1}]


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (pa.struct([("b", pa.int64())]), {"a": None, "b": 1}),
        (
            pa.struct([("z", pa.int64()), ("b", pa.int64()), ("a", pa.string())]),
            {"a": None, "b": 1},
        ),
        (pa.struct([("z", pa.int64())]), None),
    ],
)
def test_fields_of_a_struct_are_matched_by_name(tmp_path, stored, expected):
    value = {"b": 1, "z": 2}
    array = pa.array([value, None], stored)
    assert read_column(tmp_path, "struct<a:string,b:bigint>", array) == ([expected, None], [])


@pytest.mark.parametrize("other", [pa.array([1, 2, 3]), pa.array([{"x": 1}] * 3)])
def test_a_struct_where_a_map_is_declared_has_the_keys_of_its_fields(tmp_path, other):
    # a table of the samples has a struct for the tags of SES; the other column, of a type that does
    # not fit, has the file read row by row
    tags = pa.array([{"set": "a", "ip": None}, {"set": None, "ip": None}, None])
    table = pa.table({"id": ["1", "2", "3"], "tags": tags, "o": other})
    parquet(tmp_path, f"{FOLDER}/x.parquet", table)
    declared = source({"id": "string", "tags": "map<string,string>", "o": "bigint"})
    layout = replace(declared.layouts[0], keys={"set": "ses:configuration-set"})
    with read(tmp_path, sources=[replace(declared, layouts=(layout,))]) as lake:
        rows = lake.rows("select tags from demo.things order by id")
        assert [row["tags"] for row in rows] == [{"ses:configuration-set": "a"}, {}, None]


def test_structs_in_lists_are_matched_by_name(tmp_path):
    array = pa.array([[{"b": 1}, None], None], pa.list_(pa.struct([("b", pa.int64())])))
    assert read_column(tmp_path, "array<struct<a:string,b:bigint>>", array) == (
        [[{"a": None, "b": 1}, None], None],
        [],
    )


def test_structs_in_maps_are_matched_by_name(tmp_path):
    stored = pa.map_(pa.string(), pa.struct([("b", pa.int64())]))
    array = pa.array([[("k", {"b": 1})], None], stored)
    assert read_column(tmp_path, "map<string,struct<a:string,b:bigint>>", array) == (
        [{"k": {"a": None, "b": 1}}, None],
        [],
    )


@pytest.mark.parametrize(
    ("stored", "declared", "values", "expected"),
    [
        (pa.int32(), "bigint", [1, None], [1, None]),
        (pa.int16(), "int", [1, None], [1, None]),
        (pa.int64(), "string", [5, None], ["5", None]),
        (pa.int32(), "double", [5, None], [5.0, None]),
        (pa.float32(), "double", [1.5, None], [1.5, None]),
        (pa.large_string(), "string", ["x", None], ["x", None]),
        (pa.dictionary(pa.int32(), pa.string()), "string", ["x", None], ["x", None]),
        (pa.null(), "bigint", [None, None], [None, None]),
        (pa.null(), "struct<a:string>", [None, None], [None, None]),
        (pa.uint64(), "string", [5, None], ["5", None]),
        (pa.date32(), "date", [date(2026, 10, 19), None], [date(2026, 10, 19), None]),
    ],
)
def test_a_narrower_type_becomes_the_declared_one(tmp_path, stored, declared, values, expected):
    assert read_column(tmp_path, declared, pa.array(values, stored)) == (expected, [])


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
def test_times_of_every_unit_become_utc_in_milliseconds(tmp_path, unit, zone):
    moment = datetime(2026, 10, 19, 5, 0, 0, 123000 if unit == "ms" else 123456)
    array = pa.array([moment], pa.timestamp(unit)).cast(pa.timestamp(unit, zone))
    assert read_column(tmp_path, "timestamp", array) == (
        [datetime(2026, 10, 19, 5, 0, 0, 123000)],
        [],
    )


@pytest.mark.parametrize(
    ("declared", "array", "expected", "lost"),
    [
        (
            "bigint",
            pa.array(["12", "1.7", "x", None]),
            [12, 1, None, None],
            [(2, "c", "text where bigint is declared")],
        ),
        ("bigint", pa.array([1.7, -1.7]), [1, -1], []),
        ("int", pa.array([1, 2**40]), [1, None], [(1, "c", "a number where int is declared")]),
        ("string", pa.array([1.5, None]), ["1.5", None], []),
        ("string", pa.array([True, None]), ["true", None], []),
        ("string", pa.array([b"x\xc3\xbc", None]), ["xü", None], []),
        ("string", pa.array([Decimal("1.50")]), ["1.50"], []),
        ("double", pa.array([Decimal("1.50")]), [1.5], []),
        ("string", pa.array([{"a": 1}]), ['{"a":1}'], []),
        ("string", pa.array([[1, 2]]), ["[1,2]"], []),
        ("array<string>", pa.array(["x", None]), [["x"], None], []),
        (
            "struct<a:string>",
            pa.array(["x", None]),
            [None, None],
            [(0, "c", "text where struct<a:string> is declared")],
        ),
        (
            "map<string,string>",
            pa.array(["x"]),
            [None],
            [(0, "c", "text where map<string,string> is declared")],
        ),
        ("map<string,string>", pa.array([{"a": 1, "b": None}]), [{"a": "1"}], []),
        ("struct<a:string>", pa.array([{"a": 1}]), [{"a": "1"}], []),
        ("string", pa.array([datetime(2026, 10, 19, 5)]), ["2026-10-19 05:00:00"], []),
        (
            "bigint",
            pa.array([datetime(2026, 10, 19, 5)]),
            [None],
            [(0, "c", "a time where bigint is declared")],
        ),
    ],
)
def test_another_type_is_read_by_the_rules_of_json_and_what_is_lost_is_noted(
    tmp_path, declared, array, expected, lost
):
    assert read_column(tmp_path, declared, array) == (expected, lost)


def test_a_changed_column_type_does_not_touch_the_other_files(tmp_path):
    parquet(tmp_path, f"{FOLDER}/a.parquet", events("a", event_timestamp=1))
    parquet(tmp_path, f"{FOLDER}/b.parquet", events("b", event_timestamp="2"))
    changed = parquet(tmp_path, f"{FOLDER}/c.parquet", events("c", "d", application="text"))
    with read(tmp_path) as lake:
        assert lake.rows(
            "select event_type, event_timestamp from pinpoint.all_events order by 1"
        ) == [
            {"event_type": "a", "event_timestamp": 1},
            {"event_type": "b", "event_timestamp": 2},
            {"event_type": "c", "event_timestamp": MILLISECONDS},
            {"event_type": "d", "event_timestamp": MILLISECONDS},
        ]
        assert [(row["file"], row["position"], row["field"]) for row in lake.deviations] == [
            (str(changed), 0, "application"),
            (str(changed), 1, "application"),
        ]


def test_duplicate_keys_of_a_stored_map_do_not_stop_the_reading(tmp_path):
    array = pa.array([[("a", "1"), ("a", "2")]], pa.map_(pa.string(), pa.string()))
    parquet(tmp_path, f"{FOLDER}/x", {"id": ["1"], "c": array})
    with read(tmp_path, sources=[source({"id": "string", "c": "map<string,string>"})]) as lake:
        assert lake.rows("select cardinality(c) as n from demo.things") == [{"n": 2}]


def test_a_row_under_no_hour_lies_in_the_hour_of_its_arrival(tmp_path):
    arrivals = pa.array([MILLISECONDS, MILLISECONDS + 3_600_000, None])
    parquet(tmp_path, "loose.parquet", events("a", "b", "c", arrival_timestamp=arrivals))
    with read(tmp_path) as lake:
        assert lake.values("ingest_timestamp") == [HOUR, HOUR + timedelta(hours=1), None]
        assert lake.loaded.records_without_hour == 3
        assert lake.loaded.hours == (HOUR, HOUR + timedelta(hours=1))
    with read(tmp_path, window=hours(HOUR, 1)) as lake:
        assert lake.values("event_type") == ["a", "c"]
        assert lake.loaded.records == {"pinpoint.all_events": 2}
        assert lake.loaded.records_without_hour == 2


def test_a_column_named_like_the_partition_is_not_taken_for_it(tmp_path):
    parquet(tmp_path, f"{FOLDER}/x", events("a", ingest_timestamp="x"))
    with read(tmp_path) as lake:
        assert lake.values("ingest_timestamp") == [HOUR]


def test_a_file_of_unknown_columns_is_in_quarantine_with_its_number_of_rows(tmp_path):
    file = parquet(tmp_path, f"{FOLDER}/x.parquet", {"foo": [1, 2, 3], "bar": ["x"] * 3})
    with read(tmp_path) as lake:
        [row] = lake.quarantine
        assert (row["file"], row["records"], row["raw"]) == (str(file), 3, "foo, bar")
        assert lake.loaded.quarantined == lake.loaded.unknown_shapes == 3


def test_a_given_family_takes_a_file_that_its_columns_would_not_tell(tmp_path):
    parquet(tmp_path, f"{FOLDER}/x.parquet", {"event_type": ["a"]})
    parquet(tmp_path, f"{FOLDER}/y.parquet", {"foo": ["a"]})
    with read(f"pinpoint={tmp_path}") as lake:
        assert lake.values("event_type") == ["a"]
        assert [row["raw"] for row in lake.quarantine] == ["foo"]


def test_a_file_that_fits_two_sources_says_so(tmp_path):
    parquet(tmp_path, f"{FOLDER}/x.parquet", {"id": ["a"]})
    known = [source({"id": "string"}, name=name) for name in ("one", "two")]
    with read(tmp_path, sources=known) as lake:
        assert lake.reasons == ["unknown shape: several sources have these columns"]


@pytest.mark.parametrize("kept", [4, 100, -4])
def test_a_truncated_file_is_in_quarantine_and_the_others_are_read(tmp_path, kept):
    cut = parquet(tmp_path, f"{FOLDER}/cut.parquet", events("a"))
    cut.write_bytes(cut.read_bytes()[:kept])
    parquet(tmp_path, f"{FOLDER}/whole.parquet", events("b"))
    with read(tmp_path) as lake:
        assert lake.values("event_type") == ["b"]
        [row] = lake.quarantine
        assert row["file"] == str(cut)
        assert row["reason"].startswith("not a whole Parquet file")
        assert lake.loaded.quarantined == 1


def test_of_a_file_with_a_damaged_group_of_rows_the_others_are_read(tmp_path):
    kinds = [f"{index:04}" for index in range(300)]
    table = events(*kinds, event_timestamp="1")  # another type, so it is read row by row
    file = parquet(tmp_path, f"{FOLDER}/x", table, row_group_size=100, compression="gzip")
    column = pq.ParquetFile(file).metadata.row_group(1).column(0)
    data = bytearray(file.read_bytes())
    data[column.dictionary_page_offset : column.data_page_offset] = b"\0" * (
        column.data_page_offset - column.dictionary_page_offset
    )
    file.write_bytes(bytes(data))
    with read(tmp_path) as lake:
        assert lake.values("event_type") == kinds[:100] + kinds[200:]
        [row] = lake.quarantine
        assert (row["position"], row["records"]) == (100, 100)
        assert lake.loaded.quarantined == 100
