"""The CSV reader of names, and that its rows carry through to the views."""

from __future__ import annotations

import codecs
from datetime import datetime
from pathlib import Path

import pytest

from dueng_analytics.catalog import load_catalog
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import UnknownName, UsageError
from dueng_analytics.model.arrow import arrow_schema
from dueng_analytics.names import SCHEMA, read_names_csv

HEADER = "kind,id,name,valid_from,deleted"


def write(folder: Path, *lines: str, newline: str = "\n") -> Path:
    path = folder / "names.csv"
    path.write_bytes((newline.join(lines) + newline).encode())
    return path


def refusal(folder: Path, *lines: str) -> str:
    with pytest.raises(UsageError) as caught:
        read_names_csv(write(folder, *lines))
    return caught.value.message


def test_a_line_is_one_row_of_the_declared_source(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HEADER + ",segment_id,event_name",
        'campaign,c1,"Autumn, part 2 🍂",2026-10-20,false,s1,cart_abandoned',
        "journey,j1,Welcome,2026-10-20 08:30:00.125,true,,",
    )
    assert read_names_csv(path).to_pylist() == [
        {
            "kind": "campaign",
            "id": "c1",
            "name": "Autumn, part 2 🍂",
            "valid_from": datetime(2026, 10, 20),
            "deleted": False,
            "segment_id": "s1",
            "event_name": "cart_abandoned",
        },
        {
            "kind": "journey",
            "id": "j1",
            "name": "Welcome",
            "valid_from": datetime(2026, 10, 20, 8, 30, 0, 125000),
            "deleted": True,
            "segment_id": None,
            "event_name": None,
        },
    ]


def test_the_columns_are_those_of_the_source() -> None:
    catalog = load_catalog()
    declared = catalog.columns(catalog.find("names.name_snapshots"))
    assert arrow_schema(declared).equals(SCHEMA)


def test_the_rows_reach_the_views_by_kind(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HEADER,
        "campaign,x1,First name,,",
        "campaign,x1,Second name,2026-10-24,",
        "journey,x1,Welcome,,",
        "segment,s1,Gold,,true",
    )
    catalog = load_catalog()
    with DuckDBEngine() as engine:
        source = catalog.find("names.name_snapshots")
        engine.create_table(
            source.family, source.name, catalog.columns(source), read_names_csv(path)
        )
        for view in (
            "names.name_intervals",
            "names.dim_campaigns",
            "names.dim_journeys",
            "names.dim_segments",
        ):
            engine.create_view("names", view.split(".")[1], catalog.translated(catalog.find(view)))
        rows = engine.run(
            "select campaign_name, len(name_history) from names.dim_campaigns"
            " union all select journey_name, len(name_history) from names.dim_journeys"
            " union all select segment_name || ' ' || is_deleted, len(name_history)"
            " from names.dim_segments order by 1"
        ).to_pydict()
    assert list(rows.values()) == [["Gold true", "Second name", "Welcome"], [1, 2, 1]]


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER, "campaign,c1,Grüße,,", newline="\r\n")
    plain = read_names_csv(path)
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
    assert read_names_csv(path).equals(plain)
    assert plain.column("name").to_pylist() == ["Grüße"]


def test_blank_lines_and_blanks_around_a_value_do_not_count(tmp_path: Path) -> None:
    path = write(tmp_path, "", HEADER, "", " campaign , c1 , October news , , ", " , ,,,", "")
    assert read_names_csv(path).select(["kind", "id", "name"]).to_pylist() == [
        {"kind": "campaign", "id": "c1", "name": "October news"}
    ]


def test_the_header_may_stand_in_any_order_and_leave_out_what_is_not_needed(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, "ID,Name,Kind", "s1,Gold,Segment")
    assert read_names_csv(path).to_pylist() == [
        {
            "kind": "segment",
            "id": "s1",
            "name": "Gold",
            "valid_from": None,
            "deleted": False,
            "segment_id": None,
            "event_name": None,
        }
    ]


def test_a_header_alone_is_no_names(tmp_path: Path) -> None:
    table = read_names_csv(write(tmp_path, HEADER))
    assert table.num_rows == 0
    assert table.schema.equals(SCHEMA)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("", None),
        ("2026-10-20", datetime(2026, 10, 20)),
        ("2026-10-20T08:30:00Z", datetime(2026, 10, 20, 8, 30)),
        ("2026-10-20T01:30:00+02:00", datetime(2026, 10, 19, 23, 30)),
        ("2026-10-20 08:30:00.123999", datetime(2026, 10, 20, 8, 30, 0, 123000)),
    ],
)
def test_valid_from_is_utc_in_whole_milliseconds(
    tmp_path: Path, text: str, moment: datetime | None
) -> None:
    table = read_names_csv(write(tmp_path, HEADER, f"campaign,c1,News,{text},"))
    assert table.column("valid_from").to_pylist() == [moment]


@pytest.mark.parametrize(
    ("text", "value"), [("", False), ("false", False), ("TRUE", True), ("true", True)]
)
def test_deleted_is_true_false_or_empty(tmp_path: Path, text: str, value: bool) -> None:
    table = read_names_csv(write(tmp_path, HEADER, f"campaign,c1,News,,{text}"))
    assert table.column("deleted").to_pylist() == [value]


def test_a_deleted_id_needs_no_name(tmp_path: Path) -> None:
    table = read_names_csv(write(tmp_path, HEADER, "segment,s1,,2026-10-20,true"))
    assert table.column("name").to_pylist() == [None]


def test_one_id_under_two_kinds_or_two_times_is_no_repeat(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HEADER,
        "campaign,x1,A,,",
        "journey,x1,A,,",
        "campaign,x1,A,2026-10-20,",
    )
    assert read_names_csv(path).num_rows == 3


def test_an_id_that_stands_twice_for_one_time_names_both_lines(tmp_path: Path) -> None:
    message = refusal(
        tmp_path,
        HEADER,
        "campaign,c1,Old,2026-10-20,",
        "campaign,c2,Other,2026-10-20,",
        "campaign,c1,New,2026-10-20T00:00:00Z,",
    )
    assert message.startswith(f"{tmp_path / 'names.csv'}:4: campaign 'c1' stands in line 2")
    assert "valid_from" in message


def test_an_unknown_kind_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownName) as caught:
        read_names_csv(write(tmp_path, HEADER, "campain,c1,News,,"))
    assert caught.value.message.startswith(f"{tmp_path / 'names.csv'}:2: ")
    assert "Did you mean campaign?" in caught.value.message
    assert "campaign, journey, segment" in caught.value.message


@pytest.mark.parametrize(
    ("line", "fact", "way_out"),
    [
        ("campaign,,News,,", "no id", "the id that the events carry"),
        ("campaign,c1,,,false", "'c1' has no name", "Give it one"),
        ("campaign,c1,News,20.10.2026,", "valid_from is '20.10.2026'", "2026-10-20"),
        ("campaign,c1,News,0001-01-01T00:00:00+05:00,", "valid_from is", "2026-10-20"),
        ("campaign,c1,News,,yes", "deleted is 'yes'", "true or false"),
        ("campaign,c1,Spring, part 2,,", "6 fields, the header 5", "double quotes"),
        ("campaign,c1", "2 fields, the header 5", "double quotes"),
        ('campaign,c1,"News,,', "not valid CSV", "must be closed"),
    ],
)
def test_a_line_that_cannot_be_is_refused_with_its_number(
    tmp_path: Path, line: str, fact: str, way_out: str
) -> None:
    message = refusal(tmp_path, HEADER, "journey,j1,Welcome,,", line)
    assert message.startswith(f"{tmp_path / 'names.csv'}:3: ")
    assert fact in message.splitlines()[0]
    assert way_out in message.splitlines()[1]


def test_the_line_number_is_that_of_the_file_after_a_name_over_two_lines(tmp_path: Path) -> None:
    message = refusal(tmp_path, HEADER, 'campaign,c1,"two', 'lines",,', "campaign,c2,,,")
    assert message.startswith(f"{tmp_path / 'names.csv'}:4: ")


@pytest.mark.parametrize(
    ("header", "fact", "way_out"),
    [
        ("kind,id,valid_from", "lacks name", HEADER),
        ("kind,id,nmae", "no column 'nmae'", "Did you mean name?"),
        ("kind,id,name,owner_of_it", "no column 'owner_of_it'", "Known columns: kind"),
        ("kind,id,name,ID", "'id' stands twice", "Remove one"),
        ("kind;id;name;valid_from;deleted", "not separated by commas", HEADER),
    ],
)
def test_a_header_that_cannot_be_is_refused_with_the_way_out(
    tmp_path: Path, header: str, fact: str, way_out: str
) -> None:
    message = refusal(tmp_path, header, "campaign,c1,News")
    assert message.startswith(f"{tmp_path / 'names.csv'}:1: ")
    assert fact in message.splitlines()[0]
    assert way_out in message.splitlines()[1]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_bytes(b"")
    with pytest.raises(UsageError, match="the file is empty"):
        read_names_csv(path)


def test_a_missing_file_is_refused_with_what_it_should_hold(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file") as caught:
        read_names_csv(tmp_path / "nowhere.csv")
    assert HEADER in caught.value.message


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_names_csv(tmp_path)


def test_another_encoding_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_bytes(f"{HEADER}\ncampaign,c1,Grüße,,\n".encode("latin-1"))
    with pytest.raises(UsageError, match="not UTF-8") as caught:
        read_names_csv(path)
    assert caught.value.where == f"{path}:2"
