from datetime import timedelta
from pathlib import Path

import pytest

from dueng_analytics.config import load_config, parse_duration, parse_size
from dueng_analytics.errors import DefinitionError, UsageError


def test_a_flag_wins_over_a_variable_over_the_file_over_the_default(tmp_path: Path):
    (tmp_path / "dueng.toml").write_text('time_zone = "Europe/Berlin"\nlocale = "de_DE"\n')
    environment = {"DUENG_TIME_ZONE": "Europe/Paris", "DUENG_REGION": "eu-west-1"}
    config = load_config({"time_zone": "Asia/Tokyo"}, environment, tmp_path)
    assert (config.time_zone, config.region, config.locale) == ("Asia/Tokyo", "eu-west-1", "de_DE")
    assert config.origin("time_zone") == "--timezone"
    assert config.origin("region") == "DUENG_REGION"
    assert config.origin("locale") == f"{tmp_path / 'dueng.toml'}:2"
    assert config.origin("threads") == "default"


def test_the_project_is_the_nearest_folder_upwards_that_holds_the_file(tmp_path: Path):
    (tmp_path / "dueng.toml").touch()
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert load_config({}, {}, below).project_folder == tmp_path


def test_paths_in_the_file_are_meant_from_its_own_folder(tmp_path: Path):
    (tmp_path / "dueng.toml").write_text(
        'names = "names.csv"\nevents = ["lake", "pinpoint=more", "s3://bucket/events"]\n'
    )
    config = load_config({}, {}, tmp_path)
    assert config.names == tmp_path / "names.csv"
    assert config.events == (
        str(tmp_path / "lake"),
        f"pinpoint={tmp_path / 'more'}",
        "s3://bucket/events",
    )


def test_an_unknown_setting_is_named_with_its_line_and_the_nearest_one(tmp_path: Path):
    (tmp_path / "dueng.toml").write_text('locale = "en_US"\ntimezone = "UTC"\n')
    with pytest.raises(DefinitionError, match=r"dueng.toml:2: there is no setting 'timezone'") as e:
        load_config({}, {}, tmp_path)
    assert e.value.hint == "Did you mean time_zone?"


def test_a_value_that_means_nothing_is_named_with_its_place(tmp_path: Path):
    with pytest.raises(UsageError, match=r"DUENG_MAX_BYTES: 'lots' is no size"):
        load_config({}, {"DUENG_MAX_BYTES": "lots"}, tmp_path)
    with pytest.raises(UsageError, match=r"--lateness: 'soon' is no span"):
        load_config({"lateness": "soon"}, {}, tmp_path)
    (tmp_path / "dueng.toml").write_text("\nthreads = 0\n")
    with pytest.raises(DefinitionError, match=r"dueng.toml:2: threads: 0 is less than 1"):
        load_config({}, {}, tmp_path)


def test_a_file_that_is_no_toml_is_a_definition_error(tmp_path: Path):
    (tmp_path / "dueng.toml").write_text("= 3")
    with pytest.raises(DefinitionError, match=r"dueng.toml: cannot be read as TOML"):
        load_config({}, {}, tmp_path)


def test_a_project_folder_without_the_file_says_how_to_make_one(tmp_path: Path):
    with pytest.raises(UsageError, match=r"holds no dueng.toml"):
        load_config({}, {}, tmp_path, tmp_path)
    with pytest.raises(UsageError, match=r"there is no project folder"):
        load_config({}, {}, tmp_path, tmp_path / "missing")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("1500", 1500),
        ("10 GB", 10**10),
        ("2.5MB", 2_500_000),
        ("1 kB", 1000),
        ("3TiB", 3 * 10**12),
    ],
)
def test_a_size_is_read_with_its_unit(text: str, expected: int):
    assert parse_size(text) == expected


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("72h", timedelta(hours=72)),
        ("72 hours", timedelta(hours=72)),
        ("60d", timedelta(days=60)),
        ("60 days", timedelta(days=60)),
        ("1 day", timedelta(days=1)),
        ("0h", timedelta()),
    ],
)
def test_a_span_is_read_in_days_or_hours(text: str, span: timedelta):
    assert parse_duration(text) == span


@pytest.mark.parametrize("text", ["", "three days", "-1d", "1.5h", "60", "99999999999d", "9999d"])
def test_a_text_that_is_no_span_is_refused(text: str):
    with pytest.raises(ValueError, match=r"is no span such as|is more than"):
        parse_duration(text)


def test_what_one_family_is_given_leaves_the_databases_of_the_others(tmp_path: Path):
    (tmp_path / "dueng.toml").write_text('[databases]\nnames = "n"\npinpoint = "p"\n')
    config = load_config({"databases": "pinpoint=x"}, {"DUENG_DATABASES": "ses=s"}, tmp_path)
    assert config.databases == {"names": "n", "pinpoint": "x", "ses": "s"}
    assert config.origin("databases") == "--database"


def test_the_home_folder_may_be_written_as_a_tilde(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "dueng.toml").write_text('names = "~/names.csv"\nevents = ["~/lake"]\n')
    config = load_config({}, {}, tmp_path)
    assert config.names == tmp_path / "home" / "names.csv"
    assert config.events == (str(tmp_path / "home" / "lake"),)
