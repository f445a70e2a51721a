"""Which files of a folder are read."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dueng_analytics.errors import EmptyLake, UnknownName, UnreadableLake, UsageError
from dueng_analytics.lake.paths import parse_event_path
from dueng_analytics.lake.planning import plan_lake
from tests.lake_files import HOUR, all_events, hours, source, write


def planned(root, *events, window=None, sources=None):
    """The paths below a root that are planned, with their hours."""
    paths = [parse_event_path(str(event)) for event in events or (root,)]
    plan = plan_lake(paths, sources or [all_events()], window=window)
    return [(file.address.removeprefix(f"{root}/"), file.hour) for file in plan.files]


def paths(root, *events, **options):
    return [path for path, _ in planned(root, *events, **options)]


def test_every_file_below_a_folder_is_planned_with_its_hour_and_size(tmp_path):
    write(tmp_path, "2026/10/19/05/a", "12345")
    write(tmp_path, "events/2026/10/19/06/b", "1")
    plan = plan_lake([parse_event_path(str(tmp_path))], [all_events()])
    assert [(file.hour, file.bytes, file.family) for file in plan.files] == [
        (HOUR, 5, None),
        (HOUR + timedelta(hours=1), 1, None),
    ]
    assert plan.bytes == 6


def test_a_file_may_be_named_itself(tmp_path):
    write(tmp_path, "2026/10/19/05/_a", "1")
    write(tmp_path, "2026/10/19/05/b", "1")
    assert planned(tmp_path, tmp_path / "2026/10/19/05/_a") == [("2026/10/19/05/_a", HOUR)]


def test_a_folder_inside_the_year_folders_keeps_the_hours_of_its_files(tmp_path):
    write(tmp_path, "2026/10/19/05/a", "1")
    write(tmp_path, "2026/10/19/06/b", "1")
    inside = tmp_path / "2026/10/19"
    assert planned(tmp_path, inside, window=hours(HOUR, 1)) == [("2026/10/19/05/a", HOUR)]


def test_hidden_files_and_folders_are_left_out_as_athena_does(tmp_path):
    for path in ("2026/10/19/05/_SUCCESS", "2026/10/19/05/.part", "_tmp/2026/10/19/05/x", "a"):
        write(tmp_path, path, "1")
    assert paths(tmp_path) == ["a"]


@pytest.mark.parametrize(
    "style",
    [
        "%Y/%m/%d/%H",
        "events/%Y/%m/%d/%H",
        "a/b/c/d/%Y/%m/%d/%H",
        "a/b/c/d/e/f/%Y/%m/%d/%H",
        "%Y/%m/%d/%H/type=open",
        "year=%Y/month=%m/day=%d/hour=%H",
        "dt=%Y-%m-%d/hour=%H",
        "dt=%Y%m%d/hr=%H",
        "datehour=%Y-%m-%d-%H",
        "datehour=%Y%%2F%m%%2F%d%%2F%H",
        "ingest_timestamp=%Y-%m-%d %H%%3A00%%3A00",
    ],
)
def test_a_window_plans_its_own_hours_in_any_style(tmp_path, style):
    first = datetime(2025, 12, 30, 22)
    every = [first + timedelta(hours=index) for index in range(75)]
    for hour in every:
        write(tmp_path, f"{hour:{style}}/file", "1")
    window = hours(datetime(2025, 12, 31, 23), 26)
    assert [hour for _, hour in planned(tmp_path, window=window)] == [
        hour for hour in every if hour in window
    ]


def test_folders_of_several_styles_side_by_side_are_all_planned(tmp_path):
    for path in (
        "2026/10/19/05/a",
        "dt=20261019/hour=05/b",
        "dt=2026-10-19/hour=05/c",
        "year=2026/month=10/day=19/hour=5/d",
        "sms/2026/10/19/05/e",
    ):
        write(tmp_path, path, "1")
        write(tmp_path, path.replace("19", "20"), "1")
    found = planned(tmp_path, window=hours(HOUR, 1))
    assert [path[-1] for path, _ in found] == list("acbed")


@pytest.mark.parametrize(
    "path", ["a", "events/a", "2026/a", "2026/10/a", "2026/10/19/a", "year=2026/week=42/a"]
)
def test_a_file_under_no_hour_is_read_whatever_the_window(tmp_path, path):
    write(tmp_path, path, "1")
    assert planned(tmp_path, window=hours(HOUR, 1)) == [(path, None)]


def test_a_file_under_the_folder_of_another_day_is_not_read(tmp_path):
    write(tmp_path, "2026/10/18/a", "1")
    write(tmp_path, "2025/a", "1")
    write(tmp_path, "2026/10/19/05/b", "1")
    assert paths(tmp_path, window=hours(HOUR, 1)) == ["2026/10/19/05/b"]


def test_error_folders_are_read_for_the_same_hours(tmp_path):
    write(tmp_path, "errors/format-conversion-failed/2026/10/19/05/a", "1")
    write(tmp_path, "errors/format-conversion-failed/2026/10/19/06/b", "1")
    assert [path[-1] for path in paths(tmp_path, window=hours(HOUR, 1))] == ["a"]


def test_hours_in_the_zone_of_a_sources_paths_become_utc(tmp_path):
    new_york = source({"id": "string"}, path_time_zone="America/New_York")
    write(tmp_path, "2026/10/19/01/a", "1")
    write(tmp_path, "2026/10/18/23/b", "1")
    found = planned(tmp_path, sources=[new_york], window=hours(HOUR, 1))
    assert found == [("2026/10/19/01/a", HOUR)]


def test_the_hour_that_comes_twice_when_clocks_are_set_back_is_read_for_both(tmp_path):
    new_york = source({"id": "string"}, path_time_zone="America/New_York")
    write(tmp_path, "2026/11/01/01/a", "1")
    for first in (datetime(2026, 11, 1, 5), datetime(2026, 11, 1, 6)):
        assert planned(tmp_path, sources=[new_york], window=hours(first, 1)) == [
            ("2026/11/01/01/a", first)
        ]


def test_a_file_that_two_paths_name_is_read_once_and_of_the_family_that_was_given(tmp_path):
    write(tmp_path, "2026/10/19/05/a", "1")
    inner = tmp_path / "2026"
    plan = plan_lake(
        [parse_event_path(text) for text in (str(tmp_path), f"pinpoint={inner}", f"{inner}/")],
        [all_events()],
    )
    assert [file.family for file in plan.files] == ["pinpoint"]


def test_a_link_to_a_file_that_is_there_too_is_not_read_twice(tmp_path):
    file = write(tmp_path, "2026/10/19/05/a", "1")
    (tmp_path / "2026/10/19/05/b").symlink_to(file)
    assert len(planned(tmp_path)) == 1


def test_a_link_to_a_folder_above_it_is_not_followed_for_ever(tmp_path):
    write(tmp_path, "2026/10/19/05/a", "1")
    (tmp_path / "2026/10/again").symlink_to(tmp_path)
    (tmp_path / "2026/10/here").symlink_to(tmp_path / "2026/10")
    assert paths(tmp_path) == ["2026/10/19/05/a"]


def test_one_file_of_two_families_is_refused(tmp_path):
    write(tmp_path, "a", "1")
    events = [parse_event_path(f"{family}={tmp_path}") for family in ("pinpoint", "demo")]
    with pytest.raises(UsageError, match="given as pinpoint and as demo"):
        plan_lake(events, [all_events(), source({"id": "string"})])


def test_an_unknown_family_is_refused_with_the_near_one(tmp_path):
    with pytest.raises(UnknownName, match="pinpoint"):
        planned(tmp_path, f"pinpont={tmp_path}")


def test_a_path_that_does_not_exist_is_said_with_its_name(tmp_path):
    with pytest.raises(UnreadableLake, match="nowhere") as caught:
        planned(tmp_path, tmp_path / "nowhere")
    assert caught.value.hint


def test_a_path_below_a_file_is_said_with_its_name(tmp_path):
    write(tmp_path, "file", "1")
    with pytest.raises(UnreadableLake, match="file/deeper"):
        planned(tmp_path, tmp_path / "file/deeper")


def test_an_empty_folder_is_an_error_that_says_where(tmp_path):
    with pytest.raises(EmptyLake, match=str(tmp_path)) as caught:
        planned(tmp_path)
    assert "year folders" in str(caught.value.hint)


def test_days_without_files_are_an_error_that_says_which(tmp_path):
    write(tmp_path, "2026/10/19/05/a", "1")
    with pytest.raises(EmptyLake, match="from 2026-10-20 05:00 up to 2026-10-20 06:00 UTC"):
        planned(tmp_path, window=hours(HOUR + timedelta(days=1), 1))


def test_a_path_without_files_beside_one_with_some_is_kept_in_mind(tmp_path):
    write(tmp_path, "full/2026/10/19/05/a", "1")
    (tmp_path / "empty").mkdir()
    plan = plan_lake(
        [parse_event_path(str(tmp_path / name)) for name in ("full", "empty")], [all_events()]
    )
    assert plan.without_files == (str(tmp_path / "empty"),)
