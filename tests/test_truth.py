"""The views over simulated lakes against the lakes' own ledgers."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pytest
from expected_events import EVENT_VIEWS, MODEL_VIEWS, OTHER_FAMILIES, OTHER_VIEWS
from expected_messages import MESSAGE_COLUMNS, UNKNOWN_COLUMNS
from expected_sums import DAILY_KEYS, DAILY_MEASURES, DAILY_UNKNOWN
from simulated_truth import KEY, Ledger
from true_outcomes import fate_differences, true_day_differences
from truth_comparisons import (
    HeldLake,
    daily_differences,
    event_view_differences,
    facts_differences,
    flag_differences,
    messages_differences,
    model_differences,
    repeat_differences,
    source_differences,
)

from dueng_analytics import open_lake
from dueng_analytics.catalog import load_catalog
from dueng_analytics.model.definitions import View
from dueng_analytics.simulate import Faults, Plan, simulate
from tests.exhaustive import exhaustive
from tests.kept_views import keep

FILE = "test_truth.py"
CATALOG = load_catalog()
PROFILES = ("email", "sms", "mixed", "migration")
MANY = Faults(0.08, 0.05, 0.02, 0.02, 0.02)
MANY_IN_PARQUET = Faults(0.08, 0.05, 0.02)
FEW = Faults(0.005, 0.01, 0.001, 0.001, 0.001)
NONE = Faults(0.0, 0.0, 0.0, 0.0, 0.0)
# Between them they hold everything that the others do.
SMALL = [Plan(name, 400, 3, 12, file_format="json", faults=MANY) for name in ("mixed", "migration")]
LARGE = [
    *(Plan(name, 400, 3, 12, file_format="json", faults=MANY) for name in ("email", "sms")),
    *(
        Plan(profile, 6_000, 4, seed, file_format="json", faults=faults)
        for seed, faults in ((2, MANY), (3, FEW))
        for profile in PROFILES
    ),
    *(Plan(profile, 4_000, 4, 4, faults=MANY_IN_PARQUET) for profile in PROFILES),
]


def name_of(plan: Plan) -> str:
    return f"{plan.profile}-{plan.seed}-{plan.file_format}"


CASES = [
    *(pytest.param(plan, id=name_of(plan)) for plan in SMALL),
    *(pytest.param(plan, id=name_of(plan), marks=exhaustive(FILE)) for plan in LARGE),
]


def held(plan: Plan, folder: Path) -> Iterator[HeldLake]:
    made = simulate(folder, plan, jobs=1)
    with open_lake(made.events) as events:
        keep(events, "messaging.messages")
        yield HeldLake(plan, Ledger(folder), events)


@pytest.fixture(scope="module", params=CASES)
def lake(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HeldLake]:
    yield from held(request.param, tmp_path_factory.mktemp(name_of(request.param)) / "lake")


def test_sources_hold_the_ledgers_events_with_their_repeats_hour_by_hour(lake: HeldLake):
    assert source_differences(lake) == []


@exhaustive(FILE)
def test_event_views_hold_the_ledgers_events_row_by_row(lake: HeldLake):
    assert event_view_differences(lake) == []


@pytest.mark.parametrize(
    "view",
    [pytest.param(view, marks=exhaustive(FILE) if of else []) for view, of in MODEL_VIEWS.items()],
)
def test_the_models_events_are_the_ledgers_row_by_row(lake: HeldLake, view: str):
    assert model_differences(lake, view) == []


def test_messages_are_those_of_the_ledger_in_every_column(lake: HeldLake):
    assert messages_differences(lake) == []


def test_repeats_are_in_event_views_and_not_in_messages(lake: HeldLake):
    assert repeat_differences(lake) == []


def test_daily_counts_are_the_sums_of_the_ledgers_messages(lake: HeldLake):
    assert daily_differences(lake) == []


@exhaustive(FILE)
def test_the_reports_facts_are_the_sums_of_the_ledgers_messages(lake: HeldLake):
    assert facts_differences(lake) == []


@exhaustive(FILE)
def test_guesses_of_machines_and_scanners_are_the_rules_outcome_event_by_event(lake: HeldLake):
    assert flag_differences(lake) == []


def test_the_quarantine_holds_the_ledgers_malformed_records_text_by_text(lake: HeldLake):
    faults = lake.ledger.faults
    malformed = faults[faults["fault"].str.startswith("malformed")]
    found = lake.events.quarantine().to_pandas()
    root = lake.ledger.folder / "events"

    @lru_cache
    def lines(path: str) -> list[bytes]:
        return gzip.decompress((root / path).read_bytes()).split(b"\n")

    def line_at(path: str, offset: int) -> int:
        number, passed = 1, 0
        while passed < offset:
            passed += len(lines(path)[number - 1]) + 1
            number += 1
        assert passed == offset
        return number

    # A record may be cut behind a space, which is no part of a text that is put aside.
    wanted = [
        (row.object, row.record, row.hour, lines(row.object)[row.record - 1].decode().rstrip())
        for row in malformed.itertuples()
    ]
    paths = found["file"].str.removeprefix(f"{root}/")
    told = [
        (path, line_at(path, row.position), row.hour, row.raw)
        for path, row in zip(paths, found.itertuples(), strict=True)
        for _ in range(row.records)
    ]
    assert sorted(told) == sorted(wanted)
    assert bool(wanted) == (lake.plan.file_format == "json")


# --- what is compared ----------------------------------------------------------------------------


def test_every_event_view_is_compared_or_has_a_reason():
    views = {
        view.qualified_name
        for view in CATALOG.definitions.views
        if view.family not in OTHER_FAMILIES
    }
    assert views == {*EVENT_VIEWS, *MODEL_VIEWS, *OTHER_VIEWS}
    assert len({*EVENT_VIEWS, *MODEL_VIEWS, *OTHER_VIEWS}) == sum(
        map(len, (EVENT_VIEWS, MODEL_VIEWS, OTHER_VIEWS))
    )
    assert set(OTHER_FAMILIES) <= {view.family for view in CATALOG.definitions.views}


def columns_of(view: str) -> list[str]:
    found = CATALOG.find(view)
    assert isinstance(found, View)
    return [column.name for column in found.columns]


def test_every_column_of_messages_is_compared_or_has_a_reason():
    assert sorted(columns_of("messaging.messages")) == sorted(
        [*KEY, *MESSAGE_COLUMNS, *UNKNOWN_COLUMNS]
    )


def test_every_column_of_message_daily_is_compared_or_a_dimension_that_no_ledger_has():
    assert sorted(columns_of("messaging.message_daily")) == sorted(
        [*DAILY_KEYS, *DAILY_MEASURES, *DAILY_UNKNOWN]
    )


# --- real fates ----------------------------------------------------------------------------------


@pytest.fixture(
    scope="module",
    params=[
        Plan(profile, 6_000, 4, seed, file_format="json", faults=NONE)
        for seed in (5, 15)
        for profile in PROFILES
    ],
    ids=name_of,
)
def faultless(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HeldLake]:
    yield from held(request.param, tmp_path_factory.mktemp("faultless") / "lake")


@exhaustive(FILE)
def test_without_faults_each_message_has_its_real_fate_moments_and_counts(faultless: HeldLake):
    assert fate_differences(faultless) == []


@exhaustive(FILE)
def test_without_faults_each_day_has_its_true_counts(faultless: HeldLake):
    assert true_day_differences(faultless) == []


@exhaustive(FILE)
def test_without_repeats_a_lake_does_not_pass_for_one_that_has_them(faultless: HeldLake):
    missing = ["no event is told again"]
    if faultless.plan.profile != "sms":
        missing.append("no open is told again")
    assert repeat_differences(faultless) == missing


@exhaustive(FILE)
@pytest.mark.parametrize("profile", PROFILES)
def test_json_and_parquet_hold_the_same_lake(profile: str, tmp_path: Path):
    faults = Faults(0.05, 0.05, 0.01, 0.0, 0.0)
    rows = []
    for file_format in ("json", "parquet"):
        plan = Plan(profile, 4_000, 3, 6, file_format=file_format, faults=faults)
        made = simulate(tmp_path / file_format, plan, jobs=1)
        with open_lake(made.events) as lake:
            rows.append(
                [
                    lake.query(sql).to_pandas()
                    for sql in (
                        "select * from messages order by message_id, recipient",
                        "select event_key, event_type, recipient, ingest_timestamp, sender, reason,"
                        " subject, user_agent, link, campaign_id, tenant, template, price_usd"
                        " from events order by event_key, event_type, recipient, ingest_timestamp",
                    )
                ]
            )
    for json_rows, parquet_rows in zip(*rows, strict=True):
        pd.testing.assert_frame_equal(json_rows, parquet_rows)
