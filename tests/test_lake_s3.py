"""Event files in S3, read over HTTP from a local server."""

from __future__ import annotations

import gzip
import os
import signal
import socket
import threading
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from botocore.loaders import JSONFileLoader

from dueng_analytics.errors import EmptyLake, UnreadableLake
from dueng_analytics.lake.paths import parse_event_path
from dueng_analytics.lake.planning import plan_lake
from dueng_analytics.lake.storage import Storage
from tests.exhaustive import exhaustive
from tests.lake_files import FOLDER, HOUR, all_events, event, hours, lines, read, write
from tests.local_s3 import LocalS3, aws_variables, clean_environment
from tests.test_lake_parquet import events, parquet

DAY = datetime(2026, 10, 19)
another_layout = exhaustive("test_lake_s3.py")


@pytest.fixture(scope="module")
def server():
    with pytest.MonkeyPatch.context() as patch:
        # Every client reads the same descriptions of S3, which takes longer than a test.
        read_json = JSONFileLoader().load_file
        patch.setattr(JSONFileLoader, "load_file", staticmethod(cache(read_json)))
        local = LocalS3()
        yield local
        local.stop()


@pytest.fixture
def s3(server, tmp_path, monkeypatch):
    """The server with an empty bucket, and a machine whose variables lead to it."""
    server.backend.reset()
    server.backend.create_bucket(server.bucket, "us-east-1")
    server.requests.clear()
    server.faults.clear()
    server.cut_bodies = 0
    server.before_answer = None
    for name in aws_variables():
        monkeypatch.delenv(name)
    (tmp_path / "home").mkdir()
    for name, value in clean_environment(tmp_path / "home").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return server


def plan(address, **options):
    return plan_lake([parse_event_path(address)], [all_events()], **options)


def paths(lake_plan):
    return [file.file.path for file in lake_plan.files]


def failing(address, **options):
    """What a reading that fails says: fact, place, way out."""
    with pytest.raises(UnreadableLake) as caught, read(address, **options):
        pass
    error = caught.value
    assert error.where is not None and error.where.startswith("s3://")
    assert error.hint
    return error


def a_record(kind="a"):
    return lines([event(kind)]).encode("utf-8")


# Reading


def test_a_lake_in_a_bucket_reads_as_the_same_files_in_a_folder(s3, tmp_path):
    root = tmp_path / "lake"
    write(root, f"{FOLDER}/a.gz", [event("gzip"), event("wrong", client=5)])
    write(root, "2026/10/19/06/b with space+ü", lines([event("plain")]) + "oops\n")
    parquet(root, f"{FOLDER}/c.parquet", events("parquet"))
    write(root, "loose", [event("loose")])
    s3.put_folder(root, "some/where/")
    with read(root) as local, read(s3.address("some/where")) as remote:
        rows = "select * from pinpoint.all_events order by event_type"
        assert remote.rows(rows) == local.rows(rows)
        assert len(remote.rows(rows)) == 5
        assert remote.loaded.bytes_read == local.loaded.bytes_read
        assert [row["reason"] for row in remote.deviations] == [
            row["reason"] for row in local.deviations
        ]
        [rejected] = remote.quarantine
        assert rejected["file"] == s3.address("some/where/2026/10/19/06/b with space+ü")


def test_each_object_is_asked_for_once_and_nothing_else(s3):
    for index in range(5):
        s3.put(f"{FOLDER}/{index}", a_record())
    with read(s3.address()):
        pass
    assert sorted(request.key for request in s3.gets) == [f"{FOLDER}/{n}" for n in range(5)]
    assert {request.method for request in s3.requests} == {"GET"}


@pytest.mark.parametrize("prefix", ["deep/er", "deep/er/", ""])
def test_a_prefix_is_a_folder_with_or_without_its_slash(s3, prefix):
    s3.put(f"deep/er/{FOLDER}/a", a_record())
    s3.put(f"deep/erring/{FOLDER}/b", a_record())
    found = paths(plan(s3.address(prefix)))
    assert [path[-1] for path in found] == (["a"] if prefix else ["a", "b"])


def test_an_object_may_be_named_itself(s3):
    s3.put(f"{FOLDER}/_a", a_record())
    s3.put(f"{FOLDER}/_ab", a_record())
    found = plan(s3.address(f"{FOLDER}/_a"))
    assert [(file.address, file.hour) for file in found.files] == [
        (s3.address(f"{FOLDER}/_a"), HOUR)
    ]


def test_hidden_objects_and_markers_of_folders_are_left_out(s3):
    for key in (f"{FOLDER}/_x", "_tmp/y", ".z", f"{FOLDER}/", f"{FOLDER}/a"):
        s3.put(key, b"")
    assert paths(plan(s3.address())) == [f"{FOLDER}/a"]


def test_a_key_longer_than_a_file_name_may_be_is_read(s3):
    s3.put(f"{'x' * 300}/{FOLDER}/{'y' * 300}", a_record())
    with read(s3.address()) as lake:
        assert lake.values("event_type") == ["a"]


def test_an_object_of_no_bytes_is_no_record(s3):
    s3.put(f"{FOLDER}/a", b"")
    s3.put(f"{FOLDER}/b", a_record("b"))
    with read(s3.address()) as lake:
        assert lake.values("event_type") == ["b"]


@exhaustive("test_lake_s3.py")
def test_an_object_larger_than_one_request_is_read_whole(s3):
    many = lines([event(str(index), attributes={"x": "y" * 900}) for index in range(20_000)])
    s3.put(f"{FOLDER}/a", many.encode("utf-8"))
    with read(s3.address()) as lake:
        assert lake.loaded.records == {"pinpoint.all_events": 20_000}
        assert lake.rows("select count(distinct event_type) as n from pinpoint.all_events") == [
            {"n": 20_000}
        ]


def test_an_empty_prefix_is_an_error_that_says_where(s3):
    with pytest.raises(EmptyLake, match=s3.address("nothing")):
        plan(s3.address("nothing"))


# Requests


def a_lake_of(s3, first: datetime, count: int, style: str) -> None:
    every = (first + timedelta(hours=index) for index in range(count))
    s3.put_many((f"{hour:{style}}/file" for hour in every), a_record())


@pytest.mark.parametrize(
    ("style", "lake_hours", "lists"),
    [
        ("events/%Y/%m/%d/%H", 300, (5, 5)),
        pytest.param("events/%Y/%m/%d/%H", 17_520, (5, 5), marks=another_layout),
        pytest.param("year=%Y/month=%m/day=%d/hour=%H", 2_400, (4, 4), marks=another_layout),
        pytest.param("dt=%Y-%m-%d/hour=%H", 2_400, (2, 2), marks=another_layout),
        # Folders are told a thousand at a time; a second list begins behind all of a kind.
        pytest.param("datehour=%Y-%m-%d-%H", 2_400, (2, 3), marks=another_layout),
    ],
)
def test_requests_depend_on_the_window_and_not_on_the_age_of_the_lake(s3, style, lake_hours, lists):
    window = hours(DAY, 24)
    counts = []
    for count in (72, lake_hours):
        a_lake_of(s3, DAY + timedelta(hours=48 - count), count, style)
        s3.requests.clear()
        with read(s3.address(), window=window) as lake:
            assert lake.loaded.hours == tuple(DAY + timedelta(hours=n) for n in range(24))
        assert len(s3.gets) == 24
        assert len(s3.requests) == 24 + len(s3.lists)
        counts.append(len(s3.lists))
    assert tuple(counts) == lists


@exhaustive("test_lake_s3.py")
def test_without_a_window_a_thousand_objects_take_one_list(s3):
    a_lake_of(s3, DAY, 2_500, "%Y/%m/%d/%H")
    assert len(plan(s3.address()).files) == 2_500
    asked_for_a_copy, *of_the_lake = s3.lists
    assert asked_for_a_copy.query["prefix"] == "_dueng_copy/"
    assert len(of_the_lake) == 3


@exhaustive("test_lake_s3.py")
def test_files_behind_very_many_folders_are_found(s3):
    a_lake_of(s3, DAY - timedelta(hours=3_000), 3_024, "datehour=%Y-%m-%d-%H")
    s3.put("zz/2026/10/19/05/a", a_record())
    s3.put("loose", a_record())
    found = paths(plan(s3.address(), window=hours(HOUR, 1)))
    assert found == ["datehour=2026-10-19-05/file", "loose", "zz/2026/10/19/05/a"]


# What can go wrong


def test_expired_credentials_say_so(s3):
    s3.put(f"{FOLDER}/a", a_record())
    s3.fail("400 Bad Request", "ExpiredToken", "The provided token has expired.")
    error = failing(s3.address())
    assert error.what == "the credentials have expired"
    assert "Sign in again" in str(error.hint)


def test_credentials_that_expire_while_objects_are_read_name_the_object(s3):
    s3.put(f"{FOLDER}/a", a_record())
    s3.fail("400 Bad Request", "ExpiredToken", concerns=lambda request: request.is_get)
    error = failing(s3.address())
    assert (error.what, error.where) == (
        "the credentials have expired",
        s3.address(f"{FOLDER}/a"),
    )


def policy(*prefixes):
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::lake"},
            *(
                {
                    "Effect": "Allow",
                    "Action": "s3:GetObject",
                    "Resource": f"arn:aws:s3:::lake/{prefix}*",
                }
                for prefix in prefixes
            ),
        ],
    }


def test_access_denied_on_one_prefix_names_the_object_and_the_rights(s3, monkeypatch):
    s3.put(f"open/{FOLDER}/a", a_record())
    s3.put(f"secret/{FOLDER}/b", a_record())
    with s3.permissions(policy("open/")) as (key, secret):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        with read(s3.address("open")) as lake:
            assert lake.values("event_type") == ["a"]
        error = failing(s3.address())
    assert (error.what, error.where) == ("access is denied", s3.address(f"secret/{FOLDER}/b"))
    assert "s3:GetObject" in str(error.hint)
    assert "s3:ListBucket" in str(error.hint)


def test_access_denied_to_list_names_the_prefix(s3, monkeypatch):
    denied = {"Version": "2012-10-17", "Statement": []}
    with s3.permissions({**denied, "Statement": policy("x")["Statement"][1:]}) as (key, secret):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        error = failing(s3.address("events"))
    assert (error.what, error.where) == ("access is denied", s3.address("events/"))


def test_an_unknown_access_key_says_so(s3, monkeypatch):
    with s3.permissions(policy("")):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN")
        error = failing(s3.address())
    assert error.what == "the credentials are not valid"
    assert "--profile" in str(error.hint)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("301 Moved Permanently", "PermanentRedirect"),
        ("400 Bad Request", "AuthorizationHeaderMalformed"),
    ],
)
def test_a_bucket_of_another_region_says_which(s3, status, code):
    s3.fail(status, code, headers={"x-amz-bucket-region": "eu-west-1"})
    error = failing(s3.address(), storage=Storage(region="us-east-1"))
    assert error.what == "the bucket lies in the region eu-west-1"
    assert error.hint == "Give --region eu-west-1."


def test_a_bucket_of_another_region_that_is_not_said_has_a_way_out_too(s3):
    s3.fail("301 Moved Permanently", "PermanentRedirect", concerns=lambda request: request.is_list)
    error = failing(s3.address(), storage=Storage(region="us-east-1"))
    assert error.what == "the bucket lies in another region"
    assert "--region" in str(error.hint)


def test_a_bucket_that_does_not_exist_says_so(s3):
    error = failing("s3://nowhere/events")
    assert error.what == "there is no such bucket"


@pytest.mark.parametrize("address", ["s3://", "s3:///events"])
def test_an_address_without_a_bucket_is_refused(s3, address):
    with pytest.raises(UnreadableLake, match="names no bucket"):
        plan(address)


def test_no_credentials_say_so(s3, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    error = failing(s3.address())
    assert error.what == "there are no AWS credentials"


def test_a_profile_that_does_not_exist_is_named(s3):
    error = failing(s3.address(), storage=Storage(profile="staging"))
    assert error.what == "there is no AWS profile 'staging'"


def profile(name: str, text: str) -> Storage:
    """A profile in the machine's configuration."""
    Path(os.environ["AWS_CONFIG_FILE"]).write_text(f"[profile {name}]\n{text}", "utf-8")
    return Storage(profile=name)


def test_a_sign_on_session_that_has_ended_says_how_to_begin_one(s3):
    storage = profile(
        "sso",
        "sso_start_url = https://example.com/start\nsso_region = us-east-1\n"
        "sso_account_id = 123456789012\nsso_role_name = reader\nregion = us-east-1\n",
    )
    error = failing(s3.address(), storage=storage)
    assert error.what == "the sign-on session has expired"
    assert "aws sso login" in str(error.hint)


def test_credentials_that_cannot_be_renewed_say_so(s3):
    error = failing(
        s3.address(), storage=profile("broken", "credential_process = false\nregion = us-east-1\n")
    )
    assert "the credentials cannot be renewed" in error.what


def test_an_endpoint_that_is_not_there_says_so(s3, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        error = failing(s3.address())
    assert "S3 cannot be reached" in error.what
    assert address in error.what


def test_a_clock_that_is_wrong_says_so(s3):
    s3.fail("403 Forbidden", "RequestTimeTooSkewed")
    assert failing(s3.address()).what == "this machine's clock is wrong"


def test_an_archived_object_says_what_to_do(s3):
    s3.put(f"{FOLDER}/a", a_record(), storage="GLACIER")
    error = failing(s3.address())
    assert (error.what, error.where) == ("the object is archived", s3.address(f"{FOLDER}/a"))
    assert "Restore" in str(error.hint)


def test_an_error_that_nobody_foresaw_is_shown_with_its_code(s3):
    s3.fail("400 Bad Request", "SomethingNew", "Never seen before.")
    assert failing(s3.address()).what == "S3 answers SomethingNew: Never seen before."


def test_an_object_that_vanished_since_it_was_listed_says_so(s3):
    key = f"{FOLDER}/a"
    s3.put(key, a_record())

    def on_get(request):
        if request.is_get:
            s3.backend.delete_object(s3.bucket, key)

    s3.before_answer = on_get
    error = failing(s3.address())
    assert error.what == "the object has changed or vanished since it was listed"
    assert error.where == s3.address(key)


def test_a_body_that_breaks_off_is_asked_for_again(s3):
    s3.put(f"{FOLDER}/a", a_record() * 1_000)
    s3.cut_bodies = 1
    with read(s3.address()) as lake:
        assert lake.loaded.records == {"pinpoint.all_events": 1_000}
    assert len(s3.gets) == 2


def test_a_body_that_always_breaks_off_says_so(s3):
    s3.put(f"{FOLDER}/a", a_record() * 1_000)
    s3.cut_bodies = 1_000
    error = failing(s3.address())
    assert "broke off again and again" in error.what
    assert error.where == s3.address(f"{FOLDER}/a")


# Credentials


def test_region_and_profile_are_those_that_were_given(s3):
    storage = profile("other", "aws_access_key_id = OTHER\naws_secret_access_key = x\n")
    s3.put(f"{FOLDER}/a", a_record())
    with read(s3.address(), storage=Storage(profile=storage.profile, region="eu-west-1")):
        pass
    assert {(request.access_key, request.region) for request in s3.requests} == {
        ("OTHER", "eu-west-1")
    }


@exhaustive("test_lake_s3.py")
def test_credentials_are_renewed_during_a_long_reading(s3, tmp_path):
    script = tmp_path / "credentials.py"
    script.write_text(
        "import datetime, json, pathlib\n"
        f"count = pathlib.Path({str(tmp_path / 'count')!r})\n"
        "number = int(count.read_text()) + 1 if count.exists() else 1\n"
        "count.write_text(str(number))\n"
        "end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=30)\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': f'KEY{number}',"
        " 'SecretAccessKey': 'x', 'SessionToken': 'x', 'Expiration': end.isoformat()}))\n",
        "utf-8",
    )
    storage = profile("renewed", f"credential_process = python3 {script}\nregion = us-east-1\n")
    for index in range(3):
        s3.put(f"{FOLDER}/{index}", a_record())
    # Thirty seconds are less than botocore wants to be left: it renews before each request.
    with read(s3.address(), storage=storage) as lake:
        assert lake.loaded.records == {"pinpoint.all_events": 3}
    keys = {request.access_key for request in s3.requests}
    assert len(keys) > 1
    assert keys <= {f"KEY{number}" for number in range(1, 20)}


# Interrupts


def test_an_interrupt_while_objects_are_brought_leaves_nothing_behind(s3, tmp_path, monkeypatch):
    staging = tmp_path / "staging"
    for index in range(30):
        s3.put(f"{FOLDER}/{index}", gzip.compress(a_record()))
    asked, go_on = threading.Event(), threading.Event()

    def hold(request):
        if request.is_get:
            asked.set()
            go_on.wait(10)

    s3.before_answer = hold

    def interrupt():
        asked.wait(10)
        os.kill(os.getpid(), signal.SIGINT)
        go_on.set()

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt), read(s3.address(), spill_folder=staging):
        pass
    thread.join()
    assert list(staging.iterdir()) == []
    s3.before_answer = None
    with read(s3.address(), spill_folder=staging) as lake:
        assert lake.loaded.records == {"pinpoint.all_events": 30}
