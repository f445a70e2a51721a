from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from dueng_analytics.errors import UnknownName, UsageError
from dueng_analytics.model.definitions import Clocks
from dueng_analytics.reporting.period import (
    Period,
    lateness_by_channel,
    read_period,
    read_window,
)


def clocks(**lateness: timedelta) -> Clocks:
    return Clocks(
        partition_clock="arrival_of_oldest_record",
        path_time_zone="UTC",
        record_times=("arrival_timestamp",),
        slack_before=timedelta(hours=1),
        slack_after=timedelta(hours=2),
        lateness=lateness,
    )


def test_a_day_of_utc_runs_from_midnight_to_midnight():
    period = read_period("2026-10-19", "2026-10-19")
    assert period.from_time == datetime(2026, 10, 19)
    assert period.to_time == datetime(2026, 10, 20)


def test_the_last_day_is_part_of_the_period():
    period = read_period("2026-10-19", "2026-10-21")
    assert period.days == (date(2026, 10, 19), date(2026, 10, 20), date(2026, 10, 21))
    assert period.to_time == datetime(2026, 10, 22)


def test_a_local_day_begins_when_it_does_there():
    period = read_period("2026-07-01", "2026-07-01", "America/New_York")
    assert period.from_time == datetime(2026, 7, 1, 4)
    assert period.to_time == datetime(2026, 7, 2, 4)


def test_the_day_on_which_summer_time_ends_has_25_hours():
    period = read_period("2026-10-25", "2026-10-25", "Europe/Berlin")
    assert period.from_time == datetime(2026, 10, 24, 22)
    assert period.to_time - period.from_time == timedelta(hours=25)


def test_the_day_on_which_summer_time_begins_has_23_hours():
    period = read_period("2026-03-29", "2026-03-29", "Europe/Berlin")
    assert period.to_time - period.from_time == timedelta(hours=23)


def test_a_day_without_a_midnight_begins_at_its_first_instant():
    # In Cairo the clock went from 23:59:59 on 23 April 2026 to 01:00:00 on 24 April.
    period = read_period("2026-04-24", "2026-04-24", "Africa/Cairo")
    assert period.from_time == datetime(2026, 4, 23, 22)
    assert period.to_time == datetime(2026, 4, 24, 21)


def test_a_zone_with_half_hours_is_read_from_the_hour_before():
    period = read_period("2026-10-19", "2026-10-19", "Asia/Kolkata")
    window = read_window(period, [])
    assert window.first_hour == datetime(2026, 10, 18, 18)
    assert window.end_hour == datetime(2026, 10, 19, 19)


def test_the_hours_to_read_are_the_period_with_slack_and_the_longest_lateness():
    window = read_window(
        read_period("2026-10-19", "2026-10-20"),
        [clocks(email=timedelta(days=60), sms=timedelta(hours=72))],
    )
    assert window.first_hour == datetime(2026, 10, 18, 23)
    assert window.end_hour == datetime(2026, 10, 21, 2) + timedelta(days=60)


def test_a_given_lateness_takes_the_place_of_the_sources_own():
    window = read_window(
        read_period("2026-10-19", "2026-10-20"),
        [clocks(email=timedelta(days=60))],
        timedelta(days=1),
    )
    assert window.end_hour == datetime(2026, 10, 22, 2)


def test_the_lateness_of_a_channel_is_the_longest_of_the_sources():
    found = lateness_by_channel(
        [clocks(email=timedelta(days=60), sms=timedelta(hours=72)), clocks(sms=timedelta(days=5))]
    )
    assert found == {"email": timedelta(days=60), "sms": timedelta(days=5)}


def test_a_given_lateness_holds_for_every_channel():
    found = lateness_by_channel([clocks(email=timedelta(days=60))], timedelta(hours=1))
    assert found == {"email": timedelta(hours=1)}


def test_a_period_that_ends_before_it_begins_says_so():
    with pytest.raises(UsageError, match="--from"):
        read_period("2026-10-20", "2026-10-19")


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "", "19.10.2026", "2026-10-19T00:00"])
def test_a_text_that_is_no_day_says_how_days_are_written(text: str):
    with pytest.raises(UsageError, match="2026-10-19"):
        read_period(text, "2026-10-20")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_beyond_the_calendar_of_events_is_refused(day: str):
    with pytest.raises(UsageError, match="between"):
        read_period(day, day)


def test_an_unknown_zone_offers_the_nearest_ones():
    with pytest.raises(UnknownName, match="Europe/Berlin"):
        read_period("2026-10-19", "2026-10-19", "Europe/Berln")


@pytest.mark.parametrize("zone", ["Europe", "", "../etc/passwd", "UTC+2", "a\0b"])
def test_a_zone_that_is_a_folder_or_a_path_is_unknown(zone: str):
    with pytest.raises(UnknownName):
        Period(date(2026, 10, 19), date(2026, 10, 19), zone)
