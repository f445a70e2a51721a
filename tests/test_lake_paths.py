"""Event paths as they are given, and the times that folders mean."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dueng_analytics.errors import UsageError
from dueng_analytics.lake.paths import (
    EventPath,
    day_prefix,
    hour_of,
    parse_event_path,
    span_of,
    stamp_style,
)
from dueng_analytics.lake.window import Span, Window

FIVE = datetime(2026, 10, 19, 5)


@pytest.mark.parametrize(
    ("text", "family", "location"),
    [
        ("lake", None, "lake"),
        ("pinpoint=lake", "pinpoint", "lake"),
        ("pinpoint=s3://bucket/lake", "pinpoint", "s3://bucket/lake"),
        ("/data/dt=2026-10-19", None, "/data/dt=2026-10-19"),
        ("sms=dir with = sign", "sms", "dir with = sign"),
    ],
)
def test_an_event_path_may_begin_with_its_family(text, family, location):
    assert parse_event_path(text) == EventPath(family, location)


@pytest.mark.parametrize("text", ["", "  ", "pinpoint= ", "http://example.com/x", "gs://bucket"])
def test_an_event_path_that_cannot_be_read_is_refused_with_a_way_out(text):
    with pytest.raises(UsageError) as caught:
        parse_event_path(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    "path",
    [
        "2026/10/19/05/file.gz",
        "events/2026/10/19/05/file",
        "events/v2/2026/10/19/05/type=open/file.parquet",
        "2020/lake/2026/10/19/05/file",
        "year=2026/month=10/day=19/hour=05/file",
        "lake/year=2026/month=10/day=19/hour=5/file",
        "dt=2026-10-19/hour=05/file",
        "dt=2026-10-19/hr=5/file",
        "date=20261019/hour=05/file",
        "datehour=2026-10-19-05/file",
        "datehour=2026%2F10%2F19%2F05/file",
        "ingest_timestamp=2026-10-19 05%3A00%3A00/file",
        "ingest_timestamp=2026-10-19T05:00:00.0/file",
    ],
)
def test_the_folders_of_a_file_name_its_hour_in_any_usual_style(path):
    assert hour_of(path) == FIVE


@pytest.mark.parametrize(
    "path",
    [
        "file.gz",
        "2026/10/19/file",
        "2026/13/19/05/file",
        "2026/10/32/05/file",
        "year=2026/month=10/file",
        "dt=2026-10-19/file",
        "year=9999/month=12/day=31/hour=24/file",
        "version=5/file",
        "eu-west-1/111122223333/file",
    ],
)
def test_a_file_under_no_whole_hour_has_none(path):
    assert hour_of(path) is None


@pytest.mark.parametrize(
    ("folder", "start", "length"),
    [
        ("2024/", datetime(2024, 1, 1), timedelta(days=366)),
        ("events/2026/02/", datetime(2026, 2, 1), timedelta(days=28)),
        ("2026/12/", datetime(2026, 12, 1), timedelta(days=31)),
        ("2026/10/19/", datetime(2026, 10, 19), timedelta(days=1)),
        ("year=2026/", datetime(2026, 1, 1), timedelta(days=365)),
        ("year=2026/month=2/", datetime(2026, 2, 1), timedelta(days=28)),
        ("dt=2026-10-19/", datetime(2026, 10, 19), timedelta(days=1)),
    ],
)
def test_a_folder_means_the_year_month_or_day_that_it_is_named_after(folder, start, length):
    assert span_of(folder) == Span(start, start + length)


@pytest.mark.parametrize("folder", ["", "events/", "errors/", "1234/", "type=open/", "00/"])
def test_other_folders_mean_no_time(folder):
    assert span_of(folder) is None


@pytest.mark.parametrize(
    ("folder", "prefix"),
    [
        ("dt=2024-01-31", "dt=2026-10-19"),
        ("dt=20240131", "dt=20261019"),
        ("datehour=2024-01-31-23", "datehour=2026-10-19"),
        ("datehour=2024%2F01%2F31%2F23", "datehour=2026%2F10%2F19"),
        ("ingest_timestamp=2024-01-31 23%3A00%3A00", "ingest_timestamp=2026-10-19"),
    ],
)
def test_the_folders_of_a_day_are_written_in_the_style_of_any_other_day(folder, prefix):
    assert stamp_style(folder) is not None
    assert day_prefix(folder, FIVE) == prefix


def test_folders_of_one_style_are_told_from_those_of_another():
    assert stamp_style("lake/dt=2024-01-31/") == stamp_style("lake/dt=2026-10-19/")
    assert stamp_style("dt=2024-01-31") != stamp_style("dt=20240131")
    assert stamp_style("type=open") is None


def test_a_window_holds_its_first_hour_and_not_its_end():
    window = Window(FIVE, FIVE + timedelta(hours=2))
    assert [FIVE + timedelta(hours=n) in window for n in (-1, 0, 1, 2)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_window_in_a_zone_is_an_hour_wider_for_clocks_that_are_set_back():
    window = Window(FIVE, FIVE + timedelta(hours=1))
    span = window.in_zone(ZoneInfo("America/New_York"))
    assert span == Span(datetime(2026, 10, 19, 0), datetime(2026, 10, 19, 3))
    assert window.in_zone(ZoneInfo("UTC")) == Span(FIVE, FIVE + timedelta(hours=1))


def test_a_span_touches_the_days_in_which_it_has_time():
    span = Span(datetime(2026, 10, 18, 23), datetime(2026, 10, 20, 0))
    assert span.days == (datetime(2026, 10, 18), datetime(2026, 10, 19))
