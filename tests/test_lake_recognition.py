"""Which source a record belongs to, told three ways that agree."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import DefinitionError
from dueng_analytics.lake.recognition import RecognitionSql, recogniser
from dueng_analytics.model.definitions import Recognition, Shape
from dueng_analytics.model.source_file import read_source
from tests.lake_files import FOLDER, read, source, write

TEXTS = {"detail_type": "string", "source": "string", "detail": "string", "message": "string"}


def told_by(name: str, *shapes: Shape, columns: dict[str, str] = TEXTS):
    made = source({"id": "string", **columns}, name=name)
    return replace(made, recognition=Recognition(shapes))


BUS = ("detail_type", "source", "detail")
TELEPHONE = told_by(
    "telephone",
    Shape(("number",), none_of=("detail",)),
    Shape(BUS, values={"source": "telephone"}),
    Shape(("Message",), holds={"Message": '"number":'}),
)
CHAT = told_by(
    "chat",
    Shape(BUS, values={"source": "chat"}),
    Shape(("message",), holds={"message": '"chat":'}),
    Shape(("message",), values={"message": "{}"}),
    Shape(("message",), holds={"message": "{chat}"}),
)
SOURCES = [TELEPHONE, CHAT]
RECORDS = [
    ({"number": 1}, "telephone"),
    ({"number": None}, "telephone"),
    ({"number": 1, "detail": None}, None),
    ({"detail_type": "x", "source": "telephone", "detail": {}}, "telephone"),
    ({"detail_type": "x", "source": "chat", "detail": {}}, "chat"),
    ({"detail_type": "x", "source": "chats", "detail": {}}, None),
    ({"detail_type": "x", "source": ["chat"], "detail": {}}, None),
    ({"source": "chat", "detail": {}}, None),
    ({"Message": '{"number": 5}'}, "telephone"),
    ({"message": '{"number": 5}'}, "telephone"),
    ({"Message": '{"chat": 5}'}, "chat"),
    ({"Message": '{"text": "\\"chat\\":"}'}, None),
    ({"message": {"number": 5}}, None),
    ({"message": "{}"}, "chat"),
    ({"message": "a {chat} of two"}, "chat"),
    ({"Message": None}, None),
    ({"other": 1}, None),
    ([], None),
]


@pytest.fixture(scope="module")
def engine():
    with DuckDBEngine(threads=1) as found:
        yield found


@pytest.mark.parametrize(("record", "name"), RECORDS, ids=lambda value: json.dumps(value))
def test_a_record_is_told_by_its_keys_and_by_what_they_hold(record, name):
    found = recogniser(SOURCES)(record)
    assert (found.name if found is not None else None) == name


def test_keys_are_told_in_whatever_case():
    found = recogniser(SOURCES)({"DETAIL_TYPE": "x", "Source": "chat", "detail": 1})
    assert found is CHAT


def test_the_first_of_several_that_fit_is_taken():
    shapes = [told_by(name, Shape(("id",))) for name in ("first", "second")]
    assert recogniser(shapes)({"id": 1}) is shapes[0]


@pytest.mark.parametrize("order", [SOURCES, SOURCES[::-1]], ids=["as listed", "reversed"])
def test_the_engine_tells_a_text_as_its_record_is_told(engine, order):
    sql = RecognitionSql(order)
    texts = ", ".join("('" + json.dumps(record).replace("'", "''") + "')" for record, _ in RECORDS)
    rows = engine.rows(
        f"select {sql.number} as number from (select json, {sql.keys} as told"
        f" from (select cast(text as json) as json from (values {texts}) as t(text)))"
    )
    found = [None if row["number"] is None else order[row["number"]].name for row in rows]
    assert found == [name for _, name in RECORDS]


def test_records_of_one_file_go_each_to_its_own_source(tmp_path):
    records = [
        {"id": "a", "detail_type": "x", "source": "telephone", "detail": "d"},
        {"id": "b", "detail_type": "x", "source": "chat", "detail": "d"},
        {"id": "c", "detail_type": "x", "source": "else", "detail": "d"},
    ]
    write(tmp_path, f"{FOLDER}/x", records)
    with read(tmp_path, sources=SOURCES) as lake:
        assert lake.values("id", "demo.telephone") == ["a"]
        assert lake.values("id", "demo.chat") == ["b"]
        assert lake.reasons == ["unknown shape: no source has records with these keys"]


@pytest.mark.parametrize(("name", "other"), [*product(["telephone", "chat"], repeat=2)])
def test_a_file_of_columns_is_told_by_what_they_hold(tmp_path, name, other):
    names = [name, other]
    stored = {"id": ["a", "b"], "detail_type": ["x", "x"], "source": names, "detail": ["d", "d"]}
    stored["message"] = [None, None]
    (tmp_path / FOLDER).mkdir(parents=True)
    pq.write_table(pa.table(stored), tmp_path / FOLDER / "x.parquet")
    with read(tmp_path, sources=SOURCES) as lake:
        if name == other:
            assert lake.values("id", f"demo.{name}") == ["a", "b"]
        else:
            assert lake.reasons == ["unknown shape: several sources have these columns"]


SOURCE = """description: Things.
owner: me
recognise:
  any_of:
    - {all_of: [id], none_of: [kind]}
    - {all_of: [kind, body], values: {kind: thing}, holds: {body: '"id":'}}
layouts:
  registered: {table: things, partition_column: ingest_timestamp, partition_type: timestamp}
clocks:
  partition_clock: event_time
  path_time_zone: UTC
  record_time: [at, body.at]
  slack_before: 1 hour
  slack_after: 1 hour
  lateness: {}
columns:
  - {name: id, type: string, description: Number.}
"""


def declared(tmp_path, text=SOURCE):
    path = tmp_path / "things.yaml"
    path.write_text(text, "utf-8")
    return read_source(path, "demo")


def test_a_source_is_declared_with_the_shapes_of_its_records(tmp_path):
    found = declared(tmp_path)
    assert found.recognition == Recognition(
        (
            Shape(("id",), ("kind",)),
            Shape(("kind", "body"), values={"kind": "thing"}, holds={"body": '"id":'}),
        )
    )
    assert found.clocks is not None
    assert found.clocks.record_times == ("at", "body.at")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("values: {kind: thing}", "values: {sort: thing}", "names 'sort', which is not among"),
        ("all_of: [id]", "all_of: []", "is empty"),
        ("record_time: [at, body.at]", "record_time: []", "is empty"),
        ("  any_of:", "  all_of: [id]\n  any_of:", "is not a known key"),
    ],
)
def test_a_shape_that_cannot_be_is_refused_with_its_line(tmp_path, old, new, message):
    with pytest.raises(DefinitionError, match=message) as caught:
        declared(tmp_path, SOURCE.replace(old, new))
    assert "things.yaml:" in str(caught.value)


def test_the_first_time_that_a_record_has_says_when_it_came(tmp_path):
    kinds = {"id": "string", "open": "struct<at:string>", "mail": "struct<at:bigint>"}
    made = source(kinds)
    assert made.clocks is not None
    made = replace(made, clocks=replace(made.clocks, record_times=("open.at", "mail.at")))
    records = [
        {"id": "both", "open": {"at": "2026-10-19T07:30:00Z"}, "mail": {"at": 1_792_386_000_000}},
        {"id": "sent", "mail": {"at": 1_792_386_000_000}},
        {"id": "odd", "open": {"at": "soon"}, "mail": {"at": 1_792_386_000_000}},
        {"id": "none"},
    ]
    spoiled = [*records, {"id": "spoiler", "mail": 5}]
    for index, given in enumerate((records, spoiled)):
        write(tmp_path / str(index), "x", given)
        with read(tmp_path / str(index), sources=[made]) as lake:
            rows = lake.rows("select id, strftime(ingest_timestamp, '%H') as hour from demo.things")
        assert {row["id"]: row["hour"] for row in rows} == {
            "both": "07",
            "sent": "05",
            "odd": "05",
            "none": None,
        } | ({"spoiler": None} if index else {})
