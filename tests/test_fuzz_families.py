"""Mutated records of every family, in every form that files come in: nothing is lost unseen.

Files are counted by ``lake_accounts``, which shares nothing with the reader: each record is a row
of the source that its keys tell, or put aside; each value is what the SerDe's rules make of it, or
NULL with one reason. The default run has a few of them, ``DUENG_EXHAUSTIVE=1`` 10,000 a family.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from dueng_analytics import open_lake
from tests.event_views import assert_classified
from tests.exhaustive import EXHAUSTIVE
from tests.lake_accounts import (
    account_of,
    account_of_lake,
    assert_same,
    forms,
    leaves,
    row_of,
    source_of,
    written,
)
from tests.mutated_records import FAMILIES, Mutated, drawn
from tests.serde_statement import parsed

RECORDS, BATCH = (10_000, 2_500) if EXHAUSTIVE else (30, 30)
FIRST_HOUR = datetime(2026, 10, 19, 5)
SIZES = (1, 5, 2, 3, 1, 4)
"""Records of a file, of one after the other."""


def files_of(records: Sequence[Mutated]) -> list[bytes]:
    """Records as files of a few, in one form after the other."""
    files: list[bytes] = []
    at = 0
    while at < len(records):
        few = records[at : at + SIZES[len(files) % len(SIZES)]]
        every = list(forms([record.text for record in few], few[-1].cut).values())
        files.append(every[len(files) % len(every)])
        at += len(few)
    return files


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def batches(family: str) -> list[list[Mutated]]:
    records = drawn(family, RECORDS)
    return [records[start : start + BATCH] for start in range(0, RECORDS, BATCH)]


def test_every_mutated_record_is_a_row_or_put_aside_and_every_row_is_in_a_view(
    family: str, batches: list[list[Mutated]], tmp_path: Path
):
    found = 0
    for number, batch in enumerate(batches):
        root = tmp_path / str(number)
        expected = account_of(written(root, files_of(batch), FIRST_HOUR))
        with open_lake(root) as lake:
            account = account_of_lake(lake)
            assert_same(account, expected)
            assert account.records == account.rows.total() + account.aside.total()
            assert_classified(lake, family)
        found += expected.rows.total()
    assert found > RECORDS * 3 / 4


def test_of_a_family_that_is_given_a_record_needs_no_keys_that_tell_its_source(
    family: str, batches: list[list[Mutated]], tmp_path: Path
):
    expected = account_of(written(tmp_path, files_of(batches[0]), FIRST_HOUR), family)
    with open_lake(f"{family}={tmp_path}") as lake:
        assert_same(account_of_lake(lake), expected)


def test_what_a_mutation_did_not_touch_keeps_its_value(batches: list[list[Mutated]]):
    # Rows are what the account says, which the first test shows.
    compared = 0
    for record in (record for batch in batches for record in batch):
        name = source_of(record.original)
        assert name is not None
        mutated = parsed(record.text)
        if source_of(mutated) != name:
            continue
        touched = tuple(step.lower() for step in record.touched if isinstance(step, str))
        before, after = (
            {
                place: value
                for place, value in leaves(row_of(found, name)[0], name).items()
                if not touched or touched[: len(place)] != place[: len(touched)]
            }
            for found in (record.original, mutated)
        )
        assert after == before, record
        compared += len(before)
    assert compared > RECORDS * 5
