"""What the model should say of a simulated lake, counted from its ledger alone.

The rules are those of the views' descriptions and of docs/families, written over the ledger's
events: no SQL of the package has a part in it.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

ANNOUNCEMENTS = ("_campaign.send", "_journey.send")
OPENS = ("_email.open", "Open", "read")
CLICKS = ("_email.click", "Click")
UNSUBSCRIBES = ("_email.unsubscribe", "Subscription")
BOUNCES = ("_email.hardbounce", "_email.softbounce", "Bounce")
COMPLAINTS = ("_email.complaint", "Complaint")
TEXT_FAILURES = (
    "TEXT_INVALID", "TEXT_UNREACHABLE", "TEXT_CARRIER_BLOCKED", "TEXT_BLOCKED", "TEXT_SPAM",
    "TEXT_TTL_EXPIRED", "TEXT_UNKNOWN",
)  # fmt: skip
DELIVERIES = ("_email.delivered", "Delivery", "TEXT_DELIVERED", "delivered")
SCANNERS = ("Scanner", "python-requests", "Headless", r"\+https?://")
NO_BROWSER = r"^(?!Mozilla/|Opera/|$)"
FREE = ("TEXT_INVALID", "TEXT_BLOCKED")
SUPPRESSED = "OnAccountSuppressionList"
KEY = ["message_id", "recipient"]
MINUTE = pd.Timedelta(minutes=1)
OPEN_S, CLICK_S = pd.Timedelta(seconds=2), pd.Timedelta(seconds=5)


def table(folder: Path, name: str) -> pd.DataFrame:
    """A table of the ledger; texts of few values as plain texts."""
    found = ds.dataset(folder / "truth" / name).to_table()
    frame = found.to_pandas()
    for column in frame.columns:
        if isinstance(frame[column].dtype, pd.CategoricalDtype):
            frame[column] = frame[column].astype(object)
    return frame


class Ledger:
    """The ledger of a lake, and what follows from it."""

    def __init__(self, folder: Path) -> None:
        self.messages = table(folder, "messages")
        self.events = table(folder, "events")
        self.faults = table(folder, "faults")
        self.stored = table(folder, "stored.parquet")
        self.daily = table(folder, "daily.parquet")

    @cached_property
    def judged(self) -> pd.DataFrame:
        """Every event with its message's sending, and what the rules guess of opens and clicks."""
        events = self.events.merge(
            self.messages[self.messages["place"] == 0][["message", "sent_at", "channel"]],
            on="message",
        )
        after = events["occurred_at"] - events["sent_at"]
        told = events["verdict"].notna()
        likely = events["verdict"] == "Likely"
        bare = (events["agent"] == "Mozilla/5.0") & (after <= MINUTE)
        agent = events["agent"].fillna("")
        named = agent.str.contains("|".join(SCANNERS))
        fetched = bare | named | (after < OPEN_S)
        scanned = named | agent.str.contains(NO_BROWSER) | (after < CLICK_S)
        clicks = events["event_type"].isin([*CLICKS, "_email.unsubscribe"])
        opens = events["event_type"].isin(["_email.open", "Open"])
        events["is_machine_open"] = opens & np.where(told, likely, fetched)
        events["is_bot_click"] = clicks & np.where(told, likely, scanned)
        return events

    @cached_property
    def told(self) -> pd.DataFrame:
        """A row for each event and recipient that a readable record tells of."""
        events = self.judged[self.judged["told"] > 0]
        push = events["channel"] == "push"
        announced = ~push & events["event_type"].isin(ANNOUNCEMENTS)
        events = events[~announced & ~(push & (events["status"] == "HOLDOUT"))]
        people = self.messages.drop(columns=["sent_at", "channel"])
        joined = events.rename(columns={"place": "told_place"}).merge(people, on="message")
        everybody = joined["told_place"].isna()
        joined = joined[everybody | (joined["told_place"] == joined["place"])]
        # What is done with a mail to several, nobody can be told from.
        shared = joined["event_type"].isin([*OPENS, *CLICKS, *UNSUBSCRIBES])
        return joined[~(shared & joined["is_multi_recipient"])].copy()

    @cached_property
    def expected(self) -> pd.DataFrame:
        """The rows of messaging.messages, in the order of its key."""
        told = self.told
        status = told["status"].fillna("")
        kind = told["event_type"]
        push = told["channel"] == "push"
        told["accepted"] = kind.isin(["TEXT_SUCCESSFUL"]) | (
            (kind == "_SMS.SUCCESS") & (status == "SUCCESSFUL")
        )
        told["delivered"] = kind.isin(DELIVERIES) | (
            (kind == "_SMS.SUCCESS") & (status == "DELIVERED")
        )
        told["failed"] = (
            kind.isin(["_SMS.FAILURE", *TEXT_FAILURES])
            | ((kind == "failed") & (told["channel"] == "whatsapp"))
            | (push & (status != "SUCCESS"))
        )
        told["bounced"] = kind.isin(BOUNCES)
        told["opened"] = kind.isin(OPENS)
        told["clicked"] = kind.isin(CLICKS)
        told["last_word"] = ((told["accepted"] & (status != "not final")) | told["delivered"]) | (
            told["opened"] & (told["channel"] == "whatsapp")
        )
        receipts = (
            told["accepted"]
            | told["delivered"]
            | told["failed"]
            | (told["opened"] & (told["channel"] == "whatsapp"))
        )
        known = told["channel"].eq("email") | told["family"].eq("sms")
        first = kind.isin(["_SMS.BUFFERED", "sent"]) | push
        told["told_sent"] = told["sent_at"].where(
            known, told["occurred_at"].where(first | receipts)
        )
        groups = told.groupby(KEY)
        rows = groups.agg(
            family=("family", "first"),
            channel=("channel", "first"),
            sent_at=("told_sent", "min"),
            last_event_at=("occurred_at", "max"),
        )
        # Two kinds of SES's events, and two of WhatsApp's, have none of the sender's tags.
        tagged = ~kind.isin(["Rendering Failure", "DeliveryDelay", "read", "failed"])
        for name in ("campaign_id", "treatment_id", "journey_id", "tenant"):
            rows[name] = told[tagged].groupby(KEY)[name].first()
        # Only Pinpoint tells which run of a campaign or journey a message belongs to.
        ours = told["family"].eq("pinpoint")
        for name in ("campaign_activity_id", "journey_run_id", "journey_activity_id"):
            rows[name] = told[ours].groupby(KEY)[name].first()
        rows["country"] = groups["country"].first()
        moments = {
            "accepted_at": ("accepted", "min"),
            "delivered_at": ("delivered", "min"),
            "bounced_at": ("bounced", "max"),
            "failed_at": ("failed", "max"),
            "last_success_at": ("last_word", "max"),
            "first_opened_at": ("opened", "min"),
            "last_opened_at": ("opened", "max"),
            "first_clicked_at": ("clicked", "min"),
        }
        human_open = told["opened"] & ~told["is_machine_open"]
        human_click = told["clicked"] & ~told["is_bot_click"]
        told["left"] = kind.isin([*UNSUBSCRIBES, "_SMS.OPTOUT"]) & ~told["is_bot_click"]
        told["spam"] = kind.isin(COMPLAINTS) & (status != "not-spam")
        told["human_open"], told["human_click"] = human_open, human_click
        told["rejected"] = kind.isin(["_email.rejected", "Reject"])
        told["unrendered"] = kind.isin(["_email.rendering_failure", "Rendering Failure"])
        moments |= {
            "first_human_opened_at": ("human_open", "min"),
            "first_human_clicked_at": ("human_click", "min"),
            "unsubscribed_at": ("left", "min"),
            "complained_at": ("spam", "min"),
            "rejected_at": ("rejected", "min"),
            "rendering_failed_at": ("unrendered", "min"),
        }
        for name, (which, fold) in moments.items():
            rows[name] = told[told[which]].groupby(KEY)["occurred_at"].agg(fold)
        for name, which in (
            ("open_count", "opened"),
            ("human_open_count", "human_open"),
            ("click_count", "clicked"),
            ("human_click_count", "human_click"),
        ):
            rows[name] = groups[which].sum().astype("int64")
        self._outcomes(rows, told)
        self._charges(rows, told)
        return rows.sort_index()

    def _outcomes(self, rows: pd.DataFrame, told: pd.DataFrame) -> None:
        bounces = told[told["bounced"]].copy()
        subtype = bounces["bounce_subtype"]
        hard = subtype.isin(["NoEmail"]) | (
            (subtype == "General") & (bounces["event_type"] == "_email.hardbounce")
        )
        # SES tells a permanent General by its type, which the ledger has as the fate.
        hard |= (
            (bounces["event_type"] == "Bounce")
            & (subtype == "General")
            & (bounces["fate"] != "answered_away")
        )
        bounces["bounce_type"] = np.select(
            [subtype == SUPPRESSED, hard], ["suppressed", "hard"], "soft"
        )
        last = bounces.sort_values(["occurred_at"]).groupby(KEY).last()
        kind = last["bounce_type"].reindex(rows.index)
        took = told.groupby(KEY)[["accepted", "delivered"]].max().max(axis=1)
        success = rows["last_success_at"]
        delivered = (success.notna() | took.reindex(rows.index)) & (
            kind.isna() | (kind.ne("hard") & (rows["bounced_at"] < success))
        )
        delivered &= rows["failed_at"].isna() | (rows["failed_at"] <= success)
        rows["is_delivered"] = delivered.astype(bool)
        rows["bounce_type"] = kind.where(~rows["is_delivered"], None)
        sent = rows["channel"].eq("push") & rows["failed_at"].isna()
        rows["final_status"] = np.select(
            [
                rows["rejected_at"].notna(),
                rows["rendering_failed_at"].notna(),
                rows["is_delivered"],
                rows["bounce_type"].eq("suppressed"),
                rows["bounce_type"].notna(),
                rows["failed_at"].notna(),
                sent,
            ],
            ["rejected", "failed", "delivered", "suppressed", "bounced", "failed", "sent"],
            "pending",
        )

    def _charges(self, rows: pd.DataFrame, told: pd.DataFrame) -> None:
        kind, status = told["event_type"], told["status"].fillna("")
        priced = told["channel"].eq("sms") & (kind != "_SMS.OPTOUT")
        free = kind.isin(FREE) | ((kind == "_SMS.FAILURE") & (status == "INVALID"))
        told["price_usd"] = told["list_price_usd"].where(~free, 0.0)
        told["fee_usd"] = told["list_fee_usd"].where(~free | told["list_fee_usd"].isna(), 0.0)
        told["is_final"] = told["last_word"] | told["failed"]
        last = told[priced].sort_values(["is_final", "occurred_at"]).groupby(KEY)
        for name in ("price_usd", "fee_usd"):
            rows[name] = last[name].last()
        parts = told[told["channel"].eq("sms")].groupby(KEY)["parts"].max()
        rows["message_parts"] = parts


MESSAGE_COLUMNS = (
    "family", "channel", "campaign_id", "treatment_id", "journey_id", "tenant", "country",
    "campaign_activity_id", "journey_run_id", "journey_activity_id",
    "sent_at", "accepted_at", "delivered_at", "bounced_at", "failed_at", "rejected_at",
    "rendering_failed_at", "complained_at", "unsubscribed_at", "first_opened_at",
    "first_human_opened_at", "last_opened_at", "first_clicked_at", "first_human_clicked_at",
    "last_event_at", "final_status", "is_delivered", "open_count", "human_open_count",
    "click_count", "human_click_count", "bounce_type", "message_parts", "price_usd", "fee_usd",
)  # fmt: skip


def by_keys(frame: pd.DataFrame) -> dict[tuple[object, ...], int]:
    """The last column of a frame, where it is not 0, by the columns before it."""
    return {tuple(row[:-1]): int(row[-1]) for row in frame.itertuples(index=False) if row[-1]}


def differences(expected: pd.DataFrame, found: pd.DataFrame) -> list[str]:
    """Each column in which the model and the ledger differ, with the first cases; none is right."""
    found = found.set_index(KEY).sort_index()
    said = []
    if not expected.index.equals(found.index):
        missing = expected.index.difference(found.index)
        surplus = found.index.difference(expected.index)
        return [f"{len(missing)} messages are missing: {list(missing[:3])}",
                f"{len(surplus)} messages are too many: {list(surplus[:3])}"]  # fmt: skip
    for name in MESSAGE_COLUMNS:
        want, got = expected[name], found[name]
        if name.endswith("_at"):
            want, got = want.astype("datetime64[ms]"), got.astype("datetime64[ms]")
        if name.endswith("_usd") or name == "message_parts":
            want, got = want.astype(float), got.astype(float)
            same = np.isclose(want, got, atol=1e-9, equal_nan=True)
        else:
            same = (want == got) | (want.isna() & got.isna())
        wrong = np.flatnonzero(~np.asarray(same, dtype=bool))
        if len(wrong):
            first = [(expected.index[at], want.iloc[at], got.iloc[at]) for at in wrong[:3]]
            said.append(f"{name}: {len(wrong)} of {len(want)} differ, as {first}")
    return said
