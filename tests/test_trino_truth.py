# ruff: noqa: E402 - what takes long to import is imported where the module is run
"""Simulated lakes on Trino against their own ledgers: tables of Parquet, and no view deployed.

The faults are those that keep a record's shape; another shape fails a whole query there.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.on_trino import trino_module

trino_module("test_trino_truth.py")

from simulated_truth import Ledger
from truth_comparisons import (
    SOURCES,
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

from dueng_analytics import Target, open_target
from dueng_analytics.catalog import load_catalog
from dueng_analytics.simulate import Faults, Plan, simulate
from tests.stack.conformance_lakes import lake_of, put_tables
from tests.stack.conformance_stage import Catalogue
from tests.stack.local_aws import LocalAws
from tests.stack.trino_server import lake_database

CATALOG = load_catalog()
MANY, FEW = Faults(0.08, 0.05, 0.02), Faults(0.05, 0.01, 0.005)
PLANS = (
    Plan("email", 800, 1, 21, faults=MANY),
    Plan("email", 800, 2, 25, faults=FEW),
    Plan("sms", 1_000, 1, 22, faults=FEW),
    Plan("sms", 800, 2, 26, faults=MANY),
    Plan("mixed", 1_000, 1, 23, faults=MANY),
    Plan("mixed", 1_000, 2, 27, faults=FEW),
    Plan("migration", 1_200, 3, 24, faults=MANY),
    Plan("migration", 1_000, 4, 28, faults=FEW),
)


def name_of(plan: Plan) -> str:
    return f"{plan.profile}-{plan.seed}"


@pytest.fixture(scope="module")
def catalogue(local_aws: LocalAws) -> Catalogue:
    return Catalogue(local_aws)


@pytest.fixture(scope="module", params=PLANS, ids=name_of)
def lake(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    local_aws: LocalAws,
    catalogue: Catalogue,
) -> Iterator[HeldLake]:
    plan: Plan = request.param
    folder = tmp_path_factory.mktemp("simulated")
    made = simulate(folder / "lake", plan, jobs=1)
    tables = folder / f"truth-{plan.profile}-{plan.seed}"
    tables.mkdir()
    for path in made.events.iterdir():
        (tables / SOURCES[path.name][0]).symlink_to(path)
    stored = lake_of(CATALOG, "projected", "parquet", tables)
    families = {part.source.family for part in stored.parts if part.files}
    hours = sorted({hour for part in stored.parts for hour in part.files})
    empty = {hours[0]: (), hours[-1]: ()}  # a family has all its tables
    parts = [part for part in stored.parts if part.source.family in families]
    stored = replace(
        stored, parts=tuple(replace(part, files=part.files or empty) for part in parts)
    )
    databases = {
        family: lake_database(f"truth_{plan.profile}_{plan.seed}", family)
        for family in sorted(families)
    }
    put_tables(stored, catalogue, databases)
    target = Target(
        "truth",
        "trino",
        databases=databases,
        families=tuple(databases),
        layouts={part.source.qualified_name: part.layout.name for part in stored.parts},
        host="127.0.0.1",
        port=local_aws.trino.port,
    )
    with open_target(target) as events:
        yield HeldLake(plan, Ledger(folder / "lake"), events)
    for name in databases.values():
        catalogue.drop_database(name)


def test_sources_hold_the_ledgers_events_with_their_repeats_hour_by_hour(lake: HeldLake):
    assert source_differences(lake) == []


# Each of some forty views reads its table again: the two lakes that between them feed all.
@pytest.mark.parametrize("lake", PLANS[4::2], indirect=True, ids=name_of)
def test_event_views_hold_the_ledgers_events_row_by_row(lake: HeldLake):
    assert event_view_differences(lake) == []


def test_the_models_events_are_the_ledgers_row_by_row(lake: HeldLake):
    assert model_differences(lake, "messaging.events") == []


def test_messages_are_those_of_the_ledger_in_every_column(lake: HeldLake):
    assert messages_differences(lake) == []


def test_repeats_are_in_event_views_and_not_in_messages(lake: HeldLake):
    assert repeat_differences(lake) == []


def test_daily_counts_are_the_sums_of_the_ledgers_messages(lake: HeldLake):
    assert daily_differences(lake) == []


def test_the_reports_facts_are_the_sums_of_the_ledgers_messages(lake: HeldLake):
    assert facts_differences(lake) == []


def test_guesses_of_machines_and_scanners_are_the_rules_outcome_event_by_event(lake: HeldLake):
    assert flag_differences(lake) == []
