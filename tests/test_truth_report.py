"""The campaign report over simulated lakes against the lakes' own ledgers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from documents import run
from expected_messages import expected_messages
from rendered import RenderedPage, read_page
from simulated_truth import Ledger

from dueng_analytics.simulate import Faults, Plan, simulate
from tests.exhaustive import exhaustive

pytestmark = exhaustive("test_truth_report.py")

MANY = Faults(0.08, 0.05, 0.02, 0.02, 0.02)
PLANS = [
    Plan(profile, 6_000, 4, seed, file_format="json", faults=MANY)
    for profile in ("email", "sms", "mixed", "migration")
    for seed in (7, 8)
]
GMAIL = ("gmail.com", "googlemail.com")


@dataclass(frozen=True)
class Case:
    """A page of a report, and the ledger's messages that should be on it."""

    plan: Plan
    page: RenderedPage
    ledger: Ledger
    messages: pd.DataFrame

    def of(self, channel: str) -> pd.DataFrame:
        found = self.messages[self.messages["channel"] == channel]
        if found.empty:
            pytest.skip(f"a lake of {self.plan.profile} has nothing of {channel}")
        return found


def rendered(plan: Plan, folder: Path) -> tuple[RenderedPage, Ledger, pd.DataFrame]:
    """The page of a lake over all that was sent, the ledger, and the messages expected on it."""
    made = simulate(folder / "lake", plan, jobs=1)
    ledger = Ledger(folder / "lake")
    messages = expected_messages(ledger).reset_index()
    sent = messages["sent_at"].dropna()
    first, last = sent.min().date(), sent.max().date()
    period = ["--from", str(first), "--to", str(last)]
    code, _, err = run(
        ["report", "campaign_performance", "--events", str(made.events), *period,
         "--out", str(folder / "page")]
    )  # fmt: skip
    assert code == 0, err
    return read_page(folder / "page" / "campaign_performance.html"), ledger, messages


@pytest.fixture(scope="module", params=PLANS, ids=lambda plan: f"{plan.profile}-{plan.seed}")
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    plan: Plan = request.param
    page, ledger, messages = rendered(plan, tmp_path_factory.mktemp("truth"))
    domain = messages["recipient"].str.partition("@")[2]
    messages = messages.assign(
        domain=domain,
        sent=messages["rejected_at"].isna() & messages["rendering_failed_at"].isna(),
        hears=~domain.isin(GMAIL),
        origin=messages["campaign_id"].fillna(messages["journey_id"]),
        day=messages["sent_at"].dt.date,
        attempted=True,
    )
    kept = messages["sent_at"].notna() & (domain != "simulator.amazonses.com")
    return Case(plan, page, ledger, messages[kept])


def count(flags: pd.Series) -> int:
    return int(flags.sum())


def test_the_key_figures_of_email_are_the_ledgers(case: Case):
    mails = case.of("email")
    sent, delivered = count(mails["sent"]), count(mails["is_delivered"])
    heard = mails[mails["hears"]]
    assert case.page.tile("E-mail", "Sent")[0].count == sent
    for label, *expected in (
        ("Delivered", (delivered, sent)),
        (
            "Opened",
            (count(mails["human_open_count"] > 0), delivered),
            (count(mails["open_count"] > 0), delivered),
        ),
        (
            "Clicked",
            (count(mails["human_click_count"] > 0), delivered),
            (count(mails["click_count"] > 0), delivered),
        ),
        ("Hard bounces", (count(mails["bounce_type"] == "hard"), sent)),
        ("Soft bounces", (count(mails["bounce_type"] == "soft"), sent)),
        ("Suppressed", (count(mails["bounce_type"] == "suppressed"), sent)),
        ("Unsubscribes", (count(mails["unsubscribed_at"].notna()), delivered)),
        (
            "Complaints",
            (count(heard["complained_at"].notna()), count(heard["is_delivered"])),
        ),
        ("Refused", (len(mails) - sent, len(mails))),
    ):
        assert [each.counts for each in case.page.tile("E-mail", label)] == expected, label


@pytest.mark.parametrize(
    ("section", "channel", "columns"),
    [
        ("E-mail", "email", {"Sent": "sent", "Delivered": "is_delivered"}),
        ("SMS", "sms", {"Attempted": "attempted", "Delivered": "is_delivered"}),
    ],
)
def test_the_days_are_the_ledgers(case: Case, section: str, channel: str, columns: dict[str, str]):
    of_day = dict(list(case.of(channel).groupby("day")))
    rows = {row["name"].value: row for row in case.page.rows(section, "Day by day")}
    told = {
        name: tuple(row[column].count for column in columns)
        for name, row in rows.items()
        if any(row[column].count for column in columns)
    }
    counted = {
        day: tuple(count(found[measure]) for measure in columns.values())
        for day, found in of_day.items()
    }
    assert list(told.values()) == [counted[day] for day in sorted(counted)]
    for name, day in zip(told, sorted(counted), strict=True):
        assert f"{day:%b} {day.day}, {day.year}" in name


def test_the_campaigns_of_email_are_the_ledgers(case: Case):
    mails = case.of("email")
    title = "Campaigns, journeys and transactional e-mail"
    shown = sorted(
        (row["Sent"].count, row["Delivered"].counts[0], row["Opened, human"].counts[0])
        for row in case.page.rows("E-mail", title)
        if not row["name"].value.startswith("Treatment")
    )
    counted = sorted(
        (
            count(found["sent"]),
            count(found["is_delivered"]),
            count(found["human_open_count"] > 0),
        )
        for _, found in mails.groupby("origin", dropna=False)
    )
    assert shown == counted


def test_the_key_figures_of_sms_are_the_ledgers(case: Case):
    texts = case.of("sms")
    everything, delivered = len(texts), count(texts["is_delivered"])
    assert case.page.tile("SMS", "Attempted")[0].count == everything
    failed, pending = (count(texts["final_status"] == each) for each in ("failed", "pending"))
    confirmed = count(texts["is_delivered"] & texts["delivered_at"].notna())
    for label, *expected in (
        ("Delivered", (delivered, everything), (confirmed, everything)),
        ("Failed", (failed, everything)),
        ("Without a final receipt", (pending, everything)),
        ("Opted out", (count(texts["unsubscribed_at"].notna()), delivered)),
    ):
        assert [each.counts for each in case.page.tile("SMS", label)] == expected, label
    cost = texts["price_usd"].sum() + texts["fee_usd"].sum()
    assert case.page.tile("SMS", "Cost")[0].value == f"${cost:,.2f}"


def test_the_page_counts_what_could_not_be_read(case: Case):
    faults = case.ledger.faults["fault"]
    malformed = count(faults.str.startswith("malformed"))
    assert malformed > 0
    assert case.page.footer["Quarantined records"] == f"{malformed:,}"


def test_the_page_names_every_record_that_is_stored(case: Case):
    assert case.page.footer["Records"] == f"{case.ledger.stored['records'].sum():,}"


@pytest.mark.parametrize("profile", ["email", "sms", "mixed", "migration"])
def test_repeats_and_disorder_change_no_figure_of_the_page(profile: str, tmp_path: Path):
    shown, records = {}, {}
    for faults in (Faults(0.2, 0.1, 0.0, 0.0, 0.0), Faults(0.0, 0.0, 0.0, 0.0, 0.0)):
        plan = Plan(profile, 4_000, 4, 9, file_format="json", faults=faults)
        page, ledger, _ = rendered(plan, tmp_path / f"{faults.repeats}")
        shown[faults.repeats] = {title: part.text for title, part in page.sections.items()}
        records[faults.repeats] = int(page.footer["Records"].replace(",", ""))
        if faults.repeats:
            repeats = int(ledger.events["repeats_received_at"].str.len().sum())
    assert shown[0.2] == shown[0.0]
    assert records[0.2] - records[0.0] == repeats > 0
