"""A simulated lake's ledger against itself: its tables tell the same story in different words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from simulated_truth import Ledger

from dueng_analytics.simulate import Faults, Plan, simulate

MANY = Faults(0.08, 0.05, 0.02, 0.02, 0.02)
MOMENTS = {
    "delivered_at": (("_email.delivered", "Delivery", "TEXT_DELIVERED", "delivered"), "min"),
    "bounced_at": (("_email.hardbounce", "_email.softbounce", "Bounce"), "max"),
    "failed_at": (
        ("_SMS.FAILURE", "TEXT_INVALID", "TEXT_UNREACHABLE", "TEXT_CARRIER_BLOCKED", "TEXT_BLOCKED",
         "TEXT_SPAM", "TEXT_TTL_EXPIRED", "TEXT_UNKNOWN", "failed"),
        "max",
    ),
    "complained_at": (("_email.complaint", "Complaint"), "min"),
    "unsubscribed_at": (("_email.unsubscribe", "Subscription", "_SMS.OPTOUT"), "min"),
    "first_human_opened_at": (("_email.open", "Open", "read"), "min"),
    "first_human_clicked_at": (("_email.click", "Click"), "min"),
}  # fmt: skip
COUNTS = {
    "human_opens": (("_email.open", "Open", "read"), "person"),
    "machine_opens": (("_email.open", "Open", "read"), "machine"),
    "human_clicks": (("_email.click", "Click"), "person"),
    "scanner_clicks": (("_email.click", "Click"), "scanner"),
}
FATES = {
    "arrived": ("delivered", "answered_away", "accepted"),
    "bounced": ("bounced_hard", "bounced_soft", "delivered_then_bounced"),
    "suppressed": ("suppressed",),
    "failed": ("failed", "failed_after_success"),
    "silent": ("silent",),
}


@pytest.fixture(scope="module", params=["email", "sms", "mixed", "migration"])
def ledger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    folder = tmp_path_factory.mktemp("ledger") / "lake"
    simulate(folder, Plan(request.param, 1_500, 3, 31, file_format="json", faults=MANY), jobs=1)
    return Ledger(folder)


def happened(ledger: Ledger, types: Sequence[str]) -> pd.DataFrame:
    """The events of some types with the rows of ``messages`` that each tells about."""
    events = ledger.events[ledger.events["event_type"].isin(types)]
    people = ledger.messages[["message", "place"]].assign(row=ledger.messages.index)
    joined = events.rename(columns={"place": "told_place"}).merge(people, on="message")
    return joined[joined["told_place"].isna() | (joined["told_place"] == joined["place"])]


@pytest.mark.parametrize("name", list(MOMENTS))
def test_a_moment_of_a_message_is_that_of_its_events(ledger: Ledger, name: str):
    types, fold = MOMENTS[name]
    events = happened(ledger, types)
    counted = events["status"].ne("not-spam")
    if name.startswith("first_human"):
        counted &= events["actor"] == "person"
    if name == "unsubscribed_at":
        counted &= events["actor"] != "scanner"
    if name == "delivered_at":
        older = happened(ledger, ["_SMS.SUCCESS"])
        events = pd.concat([events[counted], older[older["status"] == "DELIVERED"]])
    else:
        events = events[counted]
    wanted = events.groupby("row")["occurred_at"].agg(fold)
    found = ledger.messages[name].dropna()
    assert found.to_dict() == wanted.to_dict()


@pytest.mark.parametrize("name", list(COUNTS))
def test_a_count_of_a_message_is_that_of_its_events(ledger: Ledger, name: str):
    types, actor = COUNTS[name]
    events = happened(ledger, types)
    wanted = events[events["actor"] == actor].groupby("row").size()
    found = ledger.messages[name]
    assert found[found > 0].to_dict() == wanted.to_dict()


def test_a_day_has_the_sums_of_its_messages(ledger: Ledger):
    messages = ledger.messages
    counts = pd.DataFrame(
        {
            "messages": messages["message"].notna(),
            **{name: messages["fate"].isin(fates) for name, fates in FATES.items()},
            "complained": messages["complained_at"].notna(),
            "unsubscribed": messages["unsubscribed_at"].notna(),
            "opened_by_people": messages["first_human_opened_at"].notna(),
            "clicked_by_people": messages["first_human_clicked_at"].notna(),
            **{name: messages[name] for name in COUNTS},
            "price_usd": messages["price_usd"].fillna(0.0),
            "fee_usd": messages["fee_usd"].fillna(0.0),
        }
    ).astype(float)
    keys = ["sent_on", "family", "channel", "campaign_id", "journey_id"]
    counts[keys] = messages.assign(sent_on=messages["sent_at"].dt.date)[keys].fillna("")
    daily = ledger.daily
    daily[keys] = daily[keys].astype(object).where(daily[keys].notna(), "")
    assert set(daily.columns) == set(counts.columns)
    pd.testing.assert_frame_equal(
        daily.set_index(keys).sort_index().astype(float),
        counts.groupby(keys).sum().sort_index()[[*daily.columns.drop(keys)]],
        check_index_type=False,
    )


def test_what_is_stored_of_each_event_adds_up_to_the_hours(ledger: Ledger):
    filed = ledger.filed
    keys = ["source", "hour", "event_type"]
    by_hour = filed.groupby(keys)[["readable", "malformed"]].sum()
    readable = filed[filed["readable"] > 0].groupby(keys)["event"].nunique()
    stored = ledger.stored.set_index(keys)
    assert stored["records"].to_dict() == by_hour["readable"].to_dict()
    assert stored["malformed"].to_dict() == by_hour["malformed"].to_dict()
    assert stored["events"].to_dict() == readable.reindex(stored.index, fill_value=0).to_dict()


def test_an_event_says_how_often_it_is_stored_and_told(ledger: Ledger):
    counts = ledger.filed.groupby("event")[["readable", "lost", "malformed"]].sum()
    published = ledger.events[ledger.events["is_published"]].set_index("event").sort_index()
    assert published["stored"].to_dict() == counts["readable"].to_dict()
    assert published["malformed"].to_dict() == counts["malformed"].to_dict()
    told = (counts["readable"] - counts["lost"]).where(published["has_id"], 0)
    assert published["told"].to_dict() == told.to_dict()


def test_an_event_after_pinpoints_end_is_in_no_hour(tmp_path: Path):
    simulate(tmp_path / "lake", Plan("migration", 2_000, 3, 32), jobs=1)
    ledger = Ledger(tmp_path / "lake")
    unpublished = ledger.events[~ledger.events["is_published"]]
    assert len(unpublished) > 0
    assert not unpublished["event"].isin(ledger.filed["event"]).any()
    assert (unpublished[["stored", "told", "malformed"]] == 0).all(axis=None)
