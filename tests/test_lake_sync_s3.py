"""A copy of an event lake between buckets and folders, over HTTP from a local server."""

from __future__ import annotations

import pytest

from dueng_analytics.errors import LakeError, UnreadableLake, UsageError
from tests.exhaustive import exhaustive
from tests.lake_copies import OTHER_HOUR, a_lake, contents, counters, done, read, record, sync
from tests.lake_files import FOLDER, lines
from tests.test_lake_s3 import s3, server  # noqa: F401  (fixtures)


@pytest.fixture
def lake(s3, tmp_path):  # noqa: F811
    """A lake in a bucket."""
    s3.put_folder(a_lake(tmp_path / "events"), "events/")
    s3.requests.clear()
    return s3


@pytest.fixture
def copied(lake):
    """The same with a whole copy of it in the bucket."""
    sync(lake.address("events"), lake.address("copy"))
    lake.requests.clear()
    return lake


def test_a_copy_in_a_bucket_reads_as_its_original(copied):
    with read(copied.address("events")) as original:
        expected = contents(original), counters(original)
    with read(copied.address("copy")) as copy:
        assert (contents(copy), counters(copy)) == expected


@exhaustive("test_lake_sync_s3.py")
def test_a_second_sync_reads_no_object_of_the_original(copied):
    result = sync(copied.address("events"), copied.address("copy"))
    assert done(result) == ["unchanged", "unchanged"]
    assert not [request for request in copied.gets if request.key.startswith("events/")]
    assert {request.method for request in copied.requests} == {"GET"}


@exhaustive("test_lake_sync_s3.py")
def test_a_bucket_is_copied_to_a_folder_and_only_what_changed_again(lake, tmp_path):
    sync(lake.address("events"), tmp_path / "copy")
    lake.put(f"events/{OTHER_HOUR}/c.gz", lines([record("changed")]).encode())
    assert done(sync(lake.address("events"), tmp_path / "copy")) == ["unchanged", "written"]
    with read(tmp_path / "copy") as copy:
        assert copy.values("kind", "demo.things") == ["changed", "lost", "one", "one", "two"]


@exhaustive("test_lake_sync_s3.py")
def test_an_object_that_changes_before_it_is_read_is_read_again(lake, tmp_path):
    changed = lines([record("changed")]).encode()

    def change(request):
        if request.is_get and request.key == f"events/{OTHER_HOUR}/c.gz" and texts:
            lake.put(request.key, texts.pop())

    texts = [changed]
    lake.before_answer = change
    assert done(sync(lake.address("events"), tmp_path / "copy")) == ["written", "written"]
    with read(tmp_path / "copy") as copy:
        assert "changed" in copy.values("kind", "demo.things")


def test_an_altered_object_of_a_copy_is_named_and_repaired(copied):
    keys = copied.backend.get_bucket(copied.bucket).keys
    [key] = [key for key in keys if key.startswith(f"copy/demo/things/{FOLDER}")]
    copied.put(key, b"PAR1")
    with (
        pytest.raises(UnreadableLake, match="the copy is damaged here"),
        read(copied.address("copy")),
    ):
        pass
    result = sync(copied.address("events"), copied.address("copy"))
    assert done(result) == ["written", "unchanged"]
    with read(copied.address("copy")) as copy:
        assert copy.loaded.records == {"demo.things": 5}


@exhaustive("test_lake_sync_s3.py")
def test_a_copy_that_was_put_into_a_bucket_by_other_means_is_whole(lake, tmp_path):
    sync(lake.address("events"), tmp_path / "copy")
    lake.put_folder(tmp_path / "copy", "copy/")
    assert done(sync(lake.address("events"), lake.address("copy"))) == ["unchanged", "unchanged"]
    with read(lake.address("copy")) as copy:
        assert copy.loaded.records == {"demo.things": 5}


@exhaustive("test_lake_sync_s3.py")
def test_a_prefix_that_holds_something_else_is_refused(lake):
    lake.put("other/letter.txt", b"dear")
    with pytest.raises(UsageError, match="holds something that is no copy"):
        sync(lake.address("events"), lake.address("other"))


@exhaustive("test_lake_sync_s3.py")
def test_a_bucket_that_may_not_be_written_names_the_rights(lake):
    lake.fail("403 Forbidden", "AccessDenied", concerns=lambda request: request.method == "PUT")
    with pytest.raises(LakeError, match="access is denied") as caught:
        sync(lake.address("events"), lake.address("copy"))
    assert "s3:PutObject" in str(caught.value.hint)


@exhaustive("test_lake_sync_s3.py")
def test_a_sync_that_breaks_off_anywhere_leaves_a_whole_copy(copied):
    """What a kill leaves in a bucket: the requests before it were carried out, the others not."""
    copied.put(f"events/{FOLDER}/a.gz", lines([record("changed")]).encode())
    for number in range(1, 30):
        left = [number]

        def concerns(request, left=left):
            left[0] -= request.method in ("PUT", "POST")
            return request.method in ("PUT", "POST") and left[0] <= 0

        copied.fail("403 Forbidden", "AccessDenied", concerns=concerns)
        try:
            sync(copied.address("events"), copied.address("copy"))
        except LakeError:
            pass
        else:
            break
        finally:
            copied.faults.clear()
        with read(copied.address("copy")) as copy:
            kinds = copy.values("kind", "demo.things")
        assert kinds in (["changed", "three", "two"], ["lost", "one", "one", "three", "two"])
    assert number > 3
    sync(copied.address("events"), copied.address("copy"))
    keys = copied.backend.get_bucket(copied.bucket).keys
    assert len([key for key in keys if key.startswith("copy/demo/")]) == 2
    assert "copy/_dueng_copy/pending.json" not in keys
