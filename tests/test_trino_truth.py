# ruff: noqa: E402 - what takes long to import is imported where the module is run
"""Simulated lakes on Trino against their own ledgers: tables of Parquet, and no view deployed.

The faults are those that keep a record's shape; another shape fails a whole query there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd
import pytest

from tests.on_trino import trino_module

trino_module("test_trino_truth.py")

from simulated_truth import Ledger, by_keys, differences

from dueng_analytics import Target, open_target
from dueng_analytics.catalog import load_catalog
from dueng_analytics.remote import RemoteWorkspace
from dueng_analytics.simulate import Faults, Plan, simulate
from tests.stack.conformance_lakes import lake_of, put_tables
from tests.stack.conformance_stage import Catalogue
from tests.stack.local_aws import LocalAws
from tests.stack.trino_server import lake_database

CATALOG = load_catalog()
MANY, FEW = Faults(0.08, 0.05, 0.02), Faults(0.005, 0.01, 0.001)
PLANS = (
    Plan("email", 800, 1, 21, faults=MANY),
    Plan("sms", 1_000, 1, 22, faults=FEW),
    Plan("mixed", 1_000, 1, 23, faults=MANY),
    Plan("migration", 1_200, 3, 24, faults=MANY),
)
SOURCES = {
    "pinpoint": "pinpoint.all_events",
    "ses": "ses.ses_events",
    "sms": "sms.sms_events",
    "whatsapp": "whatsapp.whatsapp_events",
}


@pytest.fixture(scope="module")
def catalogue(local_aws: LocalAws) -> Catalogue:
    return Catalogue(local_aws)


@dataclass
class Case:
    """A lake as Trino has it, and its ledger."""

    plan: Plan
    ledger: Ledger
    events: RemoteWorkspace

    def rows(self, sql: str) -> pd.DataFrame:
        found: pd.DataFrame = self.events.query(sql).to_pandas()
        return found


@pytest.fixture(scope="module", params=PLANS, ids=lambda plan: f"{plan.profile}-{plan.seed}")
def case(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    local_aws: LocalAws,
    catalogue: Catalogue,
) -> Iterator[Case]:
    plan: Plan = request.param
    folder = tmp_path_factory.mktemp("simulated")
    made = simulate(folder / "lake", plan, jobs=1)
    tables = folder / f"truth-{plan.profile}"
    tables.mkdir()
    for path in made.events.iterdir():
        (tables / SOURCES[path.name]).symlink_to(path)
    lake = lake_of(CATALOG, "projected", "parquet", tables)
    families = {part.source.family for part in lake.parts if part.files}
    hours = sorted({hour for part in lake.parts for hour in part.files})
    empty = {hours[0]: (), hours[-1]: ()}  # a family has all its tables
    parts = [part for part in lake.parts if part.source.family in families]
    lake = replace(lake, parts=tuple(replace(part, files=part.files or empty) for part in parts))
    databases = {
        family: lake_database(f"truth_{plan.profile}", family) for family in sorted(families)
    }
    put_tables(lake, catalogue, databases)
    target = Target(
        "truth",
        "trino",
        databases=databases,
        families=tuple(databases),
        layouts={part.source.qualified_name: part.layout.name for part in lake.parts},
        host="127.0.0.1",
        port=local_aws.trino.port,
    )
    with open_target(target) as events:
        yield Case(plan, Ledger(folder / "lake"), events)
    for name in databases.values():
        catalogue.drop_database(name)


def test_sources_hold_the_ledgers_events_with_their_repeats_hour_by_hour(case: Case):
    stored = case.ledger.stored
    for source, kind in (("pinpoint", "event_type"), ("ses", "eventtype"), ("sms", "eventtype")):
        wanted = stored[stored["source"] == source]
        if wanted.empty:
            continue
        relation = SOURCES[source].partition(".")[2]
        found = case.rows(
            f"select ingest_timestamp, {kind}, count(*) as n from {relation} group by 1, 2"
        )
        assert by_keys(found) == by_keys(wanted[["hour", "event_type", "records"]])


def test_messages_are_those_of_the_ledger_in_every_column(case: Case):
    assert differences(case.ledger.expected, case.rows("select * from messages")) == []


def test_more_is_stored_than_happened(case: Case):
    stored = case.ledger.stored["records"].sum()
    assert stored > (case.ledger.events["stored"] > 0).sum()
    told = case.rows("select sum(n) as n from (select count(*) as n from events group by channel)")
    assert told["n"].iloc[0] > len(case.ledger.told)


def test_daily_counts_are_the_sums_of_the_ledgers_messages(case: Case):
    messages = case.ledger.expected
    messages = messages[messages["sent_at"].notna()].assign(day=messages["sent_at"].dt.date)
    wanted = messages.groupby(["day", "family", "channel"], as_index=False)["is_delivered"].agg(
        ["size", "sum"]
    )
    found = case.rows(
        "select send_date, family, channel, sum(messages) as messages,"
        " sum(delivered) as delivered from message_daily group by 1, 2, 3"
    )
    assert {
        (str(row.send_date)[:10], row.family, row.channel): (row.messages, row.delivered)
        for row in found.itertuples()
    } == {
        (str(row.day), row.family, row.channel): (row.size, row.sum)
        for row in wanted.itertuples(name="Row")
    }
