"""The views over simulated lakes against the lakes' own ledgers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from simulated_truth import KEY, Ledger, by_keys, differences

from dueng_analytics import Workspace, open_lake
from dueng_analytics.simulate import Faults, Plan, simulate
from tests.exhaustive import exhaustive
from tests.kept_views import keep

FILE = "test_truth.py"
MANY = Faults(0.08, 0.05, 0.02, 0.02, 0.02)
MANY_IN_PARQUET = Faults(0.08, 0.05, 0.02)
FEW = Faults(0.005, 0.01, 0.001, 0.001, 0.001)
NONE = Faults(0.0, 0.0, 0.0, 0.0, 0.0)
PLANS = (
    Plan("mixed", 900, 2, 11, file_format="json", faults=MANY),
    *(
        Plan(profile, 6_000, 4, seed, file_format="json", faults=faults)
        for seed, faults in ((2, MANY), (3, FEW))
        for profile in ("email", "sms", "mixed", "migration")
    ),
    *(
        Plan(profile, 4_000, 4, 4, faults=MANY_IN_PARQUET)
        for profile in ("email", "sms", "mixed", "migration")
    ),
)
# Views of which a row is a record, and the types that they hold.
RECORD_VIEWS = {
    **{
        f"email_{name}": {f"_email.{name}"}
        for name in ("send", "delivered", "open", "click", "unsubscribe", "rejected",
                     "rendering_failure")
    },
    **{
        f"sms_{name}": {f"_SMS.{name.upper()}"}
        for name in ("buffered", "success", "failure", "optout")
    },
    "campaign_send": {"_campaign.send"},
    "journey_send": {"_journey.send"},
    "ses_open": {"Open"},
    "ses_click": {"Click"},
    "ses_subscription": {"Subscription"},
    "ses_all_events": "ses",
    "sms_v2_all_events": "sms",
    "sms_text_events": "sms",
    "whatsapp_statuses": "whatsapp",
}  # fmt: skip


def name_of(plan: Plan) -> str:
    return f"{plan.profile}-{plan.seed}-{plan.file_format}"


CASES = [
    pytest.param(plan, id=name_of(plan), marks=[] if number == 0 else exhaustive(FILE))
    for number, plan in enumerate(PLANS)
]


@dataclass
class Case:
    """A lake, opened, and its ledger."""

    plan: Plan
    folder: Path
    ledger: Ledger
    lake: Workspace

    def rows(self, sql: str) -> pd.DataFrame:
        found: pd.DataFrame = self.lake.query(sql).to_pandas()
        return found


@pytest.fixture(scope="module", params=CASES)
def case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Case]:
    plan: Plan = request.param
    folder = tmp_path_factory.mktemp(name_of(plan)) / "lake"
    made = simulate(folder, plan, jobs=1)
    with open_lake(made.events) as lake:
        keep(lake, "messaging.messages")
        yield Case(plan, folder, Ledger(folder), lake)


def test_sources_hold_the_ledgers_events_with_their_repeats_hour_by_hour(case: Case):
    for source, relation, kind in (
        ("pinpoint", "all_events", "event_type"),
        ("ses", "ses_events", "eventtype"),
        ("sms", "sms_events", "eventtype"),
    ):
        found = case.rows(
            f"select ingest_timestamp, {kind}, count(*) as n from {relation} group by 1, 2"
        )
        stored = case.ledger.stored
        wanted = stored[stored["source"] == source][["hour", "event_type", "records"]]
        assert by_keys(found) == by_keys(wanted)


@exhaustive(FILE)
def test_event_views_hold_the_ledgers_records_hour_by_hour(case: Case):
    for view, types in RECORD_VIEWS.items():
        found = case.rows(f"select ingest_timestamp, count(*) as n from {view} group by 1")
        stored = case.ledger.stored
        kept = stored["source"] == types if isinstance(types, str) else (
            stored["event_type"].isin(types)
        )  # fmt: skip
        wanted = stored[kept].groupby("hour", as_index=False)["records"].sum()
        assert by_keys(found) == by_keys(wanted), view


def test_messages_are_those_of_the_ledger_in_every_column(case: Case):
    assert differences(case.ledger.expected, case.rows("select * from messages")) == []


def test_repeats_are_in_event_views_and_not_in_messages(case: Case):
    stored = case.ledger.stored
    events = case.ledger.events
    # The lake holds more records than events, and more events than people did.
    assert stored["records"].sum() > (events["stored"] > 0).sum()
    mails = case.ledger.expected
    if case.plan.profile != "sms":
        opens = events["event_type"].isin(["_email.open", "Open"])
        assert events[opens]["stored"].sum() > mails["open_count"].sum()
        assert mails["open_count"].sum() > mails["human_open_count"].sum()
    priced = case.rows("select sum(price_usd) as paid from events where channel = 'sms'")
    if case.plan.profile != "email":
        assert priced["paid"].iloc[0] > 1.5 * mails["price_usd"].sum()


def test_the_quarantine_holds_the_ledgers_malformed_records(case: Case):
    faults = case.ledger.faults
    malformed = faults[faults["fault"].str.startswith("malformed")]
    found = case.lake.quarantine().to_pandas()
    assert found["records"].sum() == len(malformed)
    if case.plan.file_format == "json" and case.plan.faults == MANY:
        assert len(malformed) > 0


@exhaustive(FILE)
def test_daily_counts_are_the_sums_of_the_ledgers_messages(case: Case):
    messages = case.ledger.expected.reset_index()
    messages = messages[messages["sent_at"].notna()]
    keys = ["send_date", "family", "channel", "campaign_id", "journey_id", "treatment_id"]
    messages["send_date"] = messages["sent_at"].dt.date
    wanted = messages.assign(
        messages=1,
        delivered=messages["is_delivered"].astype(int),
        human_opened=(messages["human_open_count"] > 0).astype(int),
        clicked=(messages["click_count"] > 0).astype(int),
        opens=messages["open_count"],
        human_clicks=messages["human_click_count"],
        failed=(messages["final_status"] == "failed").astype(int),
        complained=messages["complained_at"].notna().astype(int),
        unsubscribed=messages["unsubscribed_at"].notna().astype(int),
    )
    counts = ["messages", "delivered", "human_opened", "clicked", "opens", "human_clicks",
              "failed", "complained", "unsubscribed"]  # fmt: skip
    wanted[keys] = wanted[keys].astype(object).where(wanted[keys].notna(), "")
    sums = ", ".join(f"sum({name}) as {name}" for name in counts)
    found = case.rows(
        f"select {', '.join(keys)}, {sums} from message_daily group by {', '.join(keys)}"
    )
    found[keys] = found[keys].astype(object).where(found[keys].notna(), "")
    found["send_date"] = pd.to_datetime(found["send_date"]).dt.date
    sums_found = {tuple(map(str, row[: len(keys)])): tuple(map(int, row[len(keys) :]))
                  for row in found[[*keys, *counts]].itertuples(index=False)}  # fmt: skip
    totals = wanted.groupby(keys, as_index=False)[counts].sum()
    assert sums_found == {
        tuple(map(str, row[: len(keys)])): tuple(map(int, row[len(keys) :]))
        for row in totals[[*keys, *counts]].itertuples(index=False)
    }


@exhaustive(FILE)
def test_guesses_of_machines_and_scanners_are_the_rules_outcome_event_by_event(case: Case):
    judged = case.ledger.judged
    judged = judged[(judged["told"] > 0) & judged["channel"].eq("email")]
    found = case.rows(
        "select event_type, is_machine_open, is_bot_click, count(distinct event_key) as n"
        " from events where channel = 'email' and message_id is not null"
        " and event_type in ('_email.open', '_email.click', '_email.unsubscribe', 'Open', 'Click')"
        " group by 1, 2, 3"
    )
    kinds = ["_email.open", "_email.click", "_email.unsubscribe", "Open", "Click"]
    wanted = (
        judged[judged["event_type"].isin(kinds)]
        .groupby(["event_type", "is_machine_open", "is_bot_click"], as_index=False)
        .size()
    )
    assert by_keys(found) == by_keys(wanted)


# --- real fates ----------------------------------------------------------------------------------

STATUS_OF_FATE = {
    "delivered": "delivered",
    "delivered_then_bounced": "bounced",
    # An answering machine's mail is a transient bounce that comes later, and the model says so.
    "answered_away": "bounced",
    "bounced_hard": "bounced",
    "bounced_soft": "bounced",
    "suppressed": "suppressed",
    "rejected": "rejected",
    "not_rendered": "failed",
    "failed": "failed",
    "failed_after_success": "failed",
    "accepted": "delivered",
    "silent": "pending",
    "sent": "sent",
}


@exhaustive(FILE)
@pytest.mark.parametrize("profile", ["email", "sms", "mixed"])
def test_without_faults_each_message_has_the_status_of_its_real_fate(profile: str, tmp_path: Path):
    made = simulate(tmp_path / "lake", Plan(profile, 6_000, 4, 5, faults=NONE), jobs=1)
    ledger = Ledger(tmp_path / "lake")
    with open_lake(made.events) as lake:
        found = lake.query(
            "select message_id, recipient, final_status, price_usd, fee_usd from messages"
        ).to_pandas()
    # A text of which no event tells is known to the ledger alone.
    known = ledger.messages["message"].isin(ledger.events["message"])
    real = ledger.messages[known & (ledger.messages["fate"] != "not_sent")]
    real = real.set_index(KEY).sort_index()
    found = found.set_index(KEY).sort_index()
    wanted = real["fate"].map(STATUS_OF_FATE)
    assert found["final_status"].to_dict() == wanted.to_dict()
    assert found["price_usd"].sum() == pytest.approx(real["price_usd"].sum())
    assert found["fee_usd"].sum() == pytest.approx(real["fee_usd"].sum())


@exhaustive(FILE)
@pytest.mark.parametrize("profile", ["email", "sms", "mixed", "migration"])
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
