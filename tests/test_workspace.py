"""The library without the command: what ``open_lake`` gives, in the types that people work with."""

from __future__ import annotations

import gc
import tempfile
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import ledger
import pandas as pd
import pyarrow as pa
import pytest
from exhaustive import exhaustive

import dueng_analytics
from dueng_analytics import Workspace, open_lake
from dueng_analytics.errors import (
    EmptyLake,
    QuarantineError,
    SqlError,
    UnknownName,
    UnknownRelation,
    UsageError,
)
from dueng_analytics.resources import packaged

FIXTURES = packaged("fixtures")
STORED = ledger.read_lake(FIXTURES)
RECORDS = STORED.records


DAY = FIXTURES / "pinpoint" / "2026" / "10" / "20"
"""Enough where it does not matter which events are read."""


@pytest.fixture(scope="module")
def lake(packaged_lake: Workspace):
    return packaged_lake


def stored(kind: str, hours: str = "") -> list[ledger.Record]:
    """The records of a kind of event in the hours that begin so."""
    return [
        each.record
        for each in STORED.stored
        if each.record["event_type"] == kind and each.hour.startswith(hours)
    ]


def test_a_query_over_a_folder_of_events_is_a_frame_in_one_expression():
    frame = open_lake(DAY).query("select event_key from email_send").to_pandas()
    assert len(frame) == len(stored("_email.send", "2026/10/20/")) > 0


def test_a_frame_has_the_types_that_its_values_have(lake: Workspace):
    frame = lake.query(
        "select count(*) as n, max(ingest_timestamp) as last_hour, true as flag,"
        " cast(null as bigint) as nothing, 0.5e0 as half from email_send"
    ).to_pandas()
    assert frame.dtypes["n"] == "int64"
    assert frame.dtypes["half"] == "float64"
    assert frame.dtypes["flag"] == "bool"
    assert pd.api.types.is_datetime64_dtype(frame.dtypes["last_hour"])
    assert frame["nothing"].isna().all()


def test_arrays_maps_and_structs_come_through_to_arrow_frames_and_rows(lake: Workspace):
    result = lake.query(
        "select destination, message_tags, row(1, subject) as pair from email_send"
        " where cardinality(message_tags) > 0 order by event_key limit 3"
    )
    table = result.to_arrow()
    assert pa.types.is_list(table.schema.field("destination").type)
    assert pa.types.is_map(table.schema.field("message_tags").type)
    assert pa.types.is_struct(table.schema.field("pair").type)
    row, series = result.rows()[0], result.to_pandas().iloc[0]
    assert isinstance(row["destination"], list)
    assert isinstance(row["message_tags"], dict)
    assert isinstance(row["pair"], dict)
    assert list(series["destination"]) == row["destination"]
    assert series["message_tags"] == row["message_tags"]
    assert series["pair"] == row["pair"]


def test_the_nested_columns_of_a_source_come_through_to_a_frame(lake: Workspace):
    frame = lake.query("select facets, attributes, metrics from all_events").to_pandas()
    assert len(frame) == len(RECORDS)
    facets = next(value for value in frame["facets"] if value is not None)
    assert set(facets) == {"email_channel"}


def test_rows_by_group_equal_a_plain_count_of_the_files(lake: Workspace):
    rows = lake.query("select event_type, count(*) as n from all_events group by event_type").rows()
    assert {row["event_type"]: row["n"] for row in rows} == Counter(
        record["event_type"] for record in RECORDS
    )


def test_values_of_parameters_go_into_the_statement_as_values(lake: Workspace):
    text = "select count(*) as n from email_send where subject = :subject or occurred_at > :moment"
    values = {"subject": "it's; drop", "moment": datetime(2100, 1, 1)}
    assert lake.query(text, parameters=values).rows() == [{"n": 0}]


def test_now_is_what_the_caller_says(lake: Workspace):
    moment = datetime(2026, 11, 1, 12, 30)
    rows = lake.query("select current_date as d, localtimestamp as t", now=moment).rows()
    assert rows == [{"d": date(2026, 11, 1), "t": moment}]


def test_names_are_those_of_the_list(lake: Workspace):
    rows = lake.query("select campaign_name from dim_campaigns where is_deleted").rows()
    assert rows == [{"campaign_name": "Summer clearance"}]


def test_without_a_list_of_names_the_names_are_empty():
    with open_lake(FIXTURES) as lake:
        assert lake.query("select count(*) as n from dim_campaigns").rows() == [{"n": 0}]


def test_days_bound_the_files_that_are_read():
    with open_lake(FIXTURES, first_day=date(2026, 10, 20), last_day="2026-10-20") as lake:
        seen = lake.query(
            "select min(ingest_timestamp) as first, max(ingest_timestamp) as last from all_events"
        ).rows()[0]
        assert lake.window is not None
        assert lake.window.first_hour <= seen["first"] <= seen["last"] < lake.window.end_hour
    assert seen["first"].date() <= date(2026, 10, 20) <= seen["last"].date()


def test_one_day_without_the_other_is_refused():
    with pytest.raises(UsageError, match="a first and a last day"):
        open_lake(FIXTURES, first_day=date(2026, 10, 20))


def test_the_settings_of_the_environment_hold_where_the_call_gives_none(monkeypatch):
    monkeypatch.setenv("DUENG_EVENTS", str(FIXTURES))
    monkeypatch.setenv("DUENG_TIME_ZONE", "Europe/Berlin")
    with open_lake() as lake:
        assert lake.config.time_zone == "Europe/Berlin"
        assert lake.config.events == (str(FIXTURES),)
    with open_lake(time_zone="Asia/Tokyo") as lake:
        assert lake.config.origin("time_zone") == "time_zone"


def test_an_unknown_setting_is_named_with_the_nearest():
    with pytest.raises(UnknownName, match="no setting named 'thread'") as caught:
        open_lake(FIXTURES, thread=2)
    assert caught.value.near[0] == "threads"


def test_a_folder_without_events_is_named_when_the_first_query_needs_them(tmp_path: Path):
    with open_lake(tmp_path) as lake:
        assert lake.query("select 1 as one").rows() == [{"one": 1}]
        with pytest.raises(EmptyLake, match="no event file"):
            lake.query("select event_key from email_send")


def test_a_mistake_in_a_query_is_told_before_any_event_is_read(tmp_path: Path):
    lake = open_lake(tmp_path / "missing")
    with pytest.raises(UnknownRelation, match="email_sent") as caught:
        lake.query("select 1 from email_sent")
    assert "email_send" in caught.value.near
    with pytest.raises(SqlError, match="subjekt"):
        lake.query("select subjekt from email_send")
    assert lake.lake is None


@exhaustive("test_workspace.py")
def test_strict_makes_a_record_that_cannot_be_read_an_error():
    with (
        open_lake(FIXTURES, strict=True) as lake,
        pytest.raises(QuarantineError, match=rf"^{STORED.quarantined} records cannot be read"),
    ):
        lake.query("select event_key from email_send")


def test_quarantine_holds_every_record_that_could_not_be_read(lake: Workspace):
    rows = lake.quarantine().rows()
    assert len(rows) == STORED.quarantined
    assert all(row["file"] and row["reason"] for row in rows)


def test_a_name_qualified_by_a_database_that_nobody_knows_is_read_with_a_notice(lake: Workspace):
    result = lake.query("select count(*) as n from my_lake.email_send")
    assert result.rows() == [{"n": len(stored("_email.send"))}]
    assert "my_lake.email_send was read as pinpoint.email_send" in result.notices[0]


def test_all_columns_of_a_table_whose_name_is_not_plain_can_be_asked_for():
    samples = Path(__file__).parent / "samples" / "engagement_db.ndjson"
    with open_lake(samples) as lake:
        rows = lake.query('select * from "engagementdb-events-table" limit 1').rows()
    assert len(rows) == 1
    assert rows[0]["messageid"] is not None


def test_the_configured_database_is_a_name_like_the_familys_own():
    with open_lake(DAY, databases={"pinpoint": "prod-events"}) as lake:
        result = lake.query('select count(*) as n from "prod-events".email_send')
    assert result.rows() == [{"n": len(stored("_email.send", "2026/10/20/"))}]
    assert result.notices == ()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch) -> Path:
    """Where everything temporary of this test goes, to be counted."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_family_without_records_is_missing_where_the_settings_or_a_query_name_it(
    tmp_path: Path,
):
    (tmp_path / "ses").mkdir()
    (tmp_path / "ses" / "events.json").write_text('{"no": "event"}\n')
    with open_lake(f"pinpoint={DAY}", f"ses={tmp_path / 'ses'}") as lake:
        lake.query("select count(*) from messages")
        assert lake.missing_families == ("ses",)
        lake.query("select count(*) from sms_status")
        assert lake.missing_families == ("ses", "sms")


def test_a_view_of_a_family_without_records_has_its_columns_and_no_row():
    with open_lake(DAY) as lake:
        table = lake.query("select * from ses_bounce").to_arrow()
        assert table.num_rows == 0
        assert table.column_names == [
            column.name for column in lake.catalog.find("ses_bounce").columns
        ]
        counted = lake.query("select count(*) as n, count(sent_at) as dated from ses_bounce")
        assert counted.rows() == [{"n": 0, "dated": 0}]


def test_a_lake_of_one_service_has_nothing_to_say_of_the_others():
    with open_lake(DAY) as lake:
        assert lake.missing_families == ()
        lake.query("select count(*) from messages")
        assert lake.missing_families == ()


def test_what_was_staged_is_removed_on_leaving_the_block(temporary: Path):
    with open_lake(DAY) as lake:
        lake.query("select count(*) from email_send")
        assert list(temporary.iterdir())
    assert list(temporary.iterdir()) == []


def test_what_was_staged_is_removed_when_nothing_refers_to_the_lake(temporary: Path):
    table = open_lake(DAY).query("select count(*) as n from email_send").to_arrow()
    gc.collect()
    assert list(temporary.iterdir()) == []
    assert table.num_rows == 1


def test_a_closed_lake_reads_again_when_it_is_asked_again():
    lake = open_lake(DAY)
    first = lake.query("select count(*) as n from all_events").rows()
    lake.close()
    assert lake.query("select count(*) as n from all_events").rows() == first
    lake.close()


def test_every_public_name_can_be_imported():
    for name in dueng_analytics.__all__:
        assert getattr(dueng_analytics, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'open_lakes'"):
        dueng_analytics.open_lakes  # noqa: B018
