"""What the model should say of the messages of a simulated lake, counted from its ledger alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from simulated_truth import CLICKS, KEY, OPENS, UNSUBSCRIBES, Ledger

BOUNCES = ("_email.hardbounce", "_email.softbounce", "Bounce")
COMPLAINTS = ("_email.complaint", "Complaint")
TEXT_FAILURES = (
    "TEXT_INVALID", "TEXT_UNREACHABLE", "TEXT_CARRIER_BLOCKED", "TEXT_BLOCKED", "TEXT_SPAM",
    "TEXT_TTL_EXPIRED", "TEXT_UNKNOWN",
)  # fmt: skip
DELIVERIES = ("_email.delivered", "Delivery", "TEXT_DELIVERED", "delivered")
FREE = ("TEXT_INVALID", "TEXT_BLOCKED")
SUPPRESSED = "OnAccountSuppressionList"

MESSAGE_COLUMNS = (
    "family", "channel", "recipient_domain", "domain_group", "recipient_count", "country",
    "campaign_id", "campaign_activity_id", "treatment_id", "journey_id", "journey_run_id",
    "journey_activity_id", "tenant", "configuration_set", "template", "subject",
    "sent_at", "accepted_at", "delivered_at", "bounced_at", "failed_at", "rejected_at",
    "rendering_failed_at", "complained_at", "unsubscribed_at", "first_opened_at",
    "first_human_opened_at", "last_opened_at", "first_clicked_at", "first_human_clicked_at",
    "last_clicked_at", "last_event_at", "final_status", "is_sent", "is_delivered",
    "is_hard_bounced", "is_soft_bounced", "is_suppressed", "is_complained", "is_unsubscribed",
    "is_opened", "is_human_opened", "is_clicked", "is_human_clicked", "open_count",
    "human_open_count", "click_count", "human_click_count", "bounce_type", "bounce_subtype",
    "complaint_type", "message_parts", "price_usd", "fee_usd", "cost_usd", "is_test",
)  # fmt: skip
UNKNOWN_COLUMNS = {
    "sender": "the ledger has no senders",
    "carrier": "the ledger has no carriers",
    "application_id": "one project for the whole lake, which the ledger does not name",
    "aws_account_id": "one account for the whole lake, which the ledger does not name",
    "endpoint_id": "the ledger has the endpoints of push messages alone, as their recipients",
    "application_message_id": "the simulated senders attach none",
    "reason": "the ledger has no words of servers and carriers",
}
"""Columns of messaging.messages that a ledger cannot know, each with why."""


def expected_messages(ledger: Ledger) -> pd.DataFrame:
    """The rows of messaging.messages, in the order of its key."""
    told = _outcomes_of(ledger.told)
    groups = told.groupby(KEY)
    rows = groups.agg(
        family=("family", "first"),
        channel=("channel", "first"),
        recipient_domain=("recipient_domain", "first"),
        recipient_count=("recipient_count", "first"),
        is_test=("is_test", "first"),
        country=("country", "first"),
        sent_at=("told_sent", "min"),
        last_event_at=("occurred_at", "max"),
    )
    # Every domain of a simulated lake is one that nobody owns.
    rows["domain_group"] = rows["recipient_domain"].where(rows["recipient_domain"].isna(), "other")
    _origins(rows, told)
    for name, (which, fold) in _MOMENTS.items():
        rows[name] = told[told[which]].groupby(KEY)["occurred_at"].agg(fold)
    for name, which in (
        ("open_count", "opened"),
        ("human_open_count", "human_open"),
        ("click_count", "clicked"),
        ("human_click_count", "human_click"),
    ):
        rows[name] = groups[which].sum().astype("int64")
        rows[_FLAGS[name]] = rows[name] > 0
    for name, which in (("is_complained", "spam"), ("is_unsubscribed", "left")):
        rows[name] = groups[which].any()
    rows["complaint_type"] = told[told["spam"]].groupby(KEY)["status"].max()
    _statuses(rows, told)
    _charges(rows, told)
    return rows.sort_index()


_FLAGS = {
    "open_count": "is_opened",
    "human_open_count": "is_human_opened",
    "click_count": "is_clicked",
    "human_click_count": "is_human_clicked",
}
_MOMENTS = {
    "accepted_at": ("accepted", "min"),
    "delivered_at": ("delivered", "min"),
    "bounced_at": ("bounced", "max"),
    "failed_at": ("failed", "max"),
    "rejected_at": ("rejected", "min"),
    "rendering_failed_at": ("unrendered", "min"),
    "last_success_at": ("last_word", "max"),
    "first_opened_at": ("opened", "min"),
    "first_human_opened_at": ("human_open", "min"),
    "last_opened_at": ("opened", "max"),
    "first_clicked_at": ("clicked", "min"),
    "first_human_clicked_at": ("human_click", "min"),
    "last_clicked_at": ("clicked", "max"),
    "complained_at": ("spam", "min"),
    "unsubscribed_at": ("left", "min"),
}


def _outcomes_of(told: pd.DataFrame) -> pd.DataFrame:
    """The events with what each says of its message."""
    status, kind = told["status"].fillna(""), told["event_type"]
    push, chat = told["channel"] == "push", told["channel"] == "whatsapp"
    told = told.assign(
        accepted=kind.eq("TEXT_SUCCESSFUL") | (kind.eq("_SMS.SUCCESS") & status.eq("SUCCESSFUL")),
        delivered=kind.isin(DELIVERIES) | (kind.eq("_SMS.SUCCESS") & status.eq("DELIVERED")),
        failed=kind.isin(["_SMS.FAILURE", *TEXT_FAILURES])
        | (kind.eq("failed") & chat)
        | (push & status.ne("SUCCESS")),
        bounced=kind.isin(BOUNCES),
        opened=kind.isin(OPENS),
        clicked=kind.isin(CLICKS),
        left=kind.isin([*UNSUBSCRIBES, "_SMS.OPTOUT"]) & ~told["is_bot_click"],
        spam=kind.isin(COMPLAINTS) & status.ne("not-spam"),
        rejected=kind.isin(["_email.rejected", "Reject"]),
        unrendered=kind.isin(["_email.rendering_failure", "Rendering Failure"]),
    )
    told["human_open"] = told["opened"] & ~told["is_machine_open"]
    told["human_click"] = told["clicked"] & ~told["is_bot_click"]
    read = told["opened"] & chat
    told["last_word"] = (told["accepted"] & status.ne("not final")) | told["delivered"] | read
    receipts = told["accepted"] | told["delivered"] | told["failed"] | read
    known = told["channel"].eq("email") | told["family"].eq("sms")
    first = kind.isin(["_SMS.BUFFERED", "sent"]) | push
    told["told_sent"] = told["sent_at"].where(known, told["occurred_at"].where(first | receipts))
    told["handed_over"] = receipts | (first & ~told["failed"]) | kind.isin(_UNDERWAY)
    return told


_UNDERWAY = ("TEXT_QUEUED", "TEXT_PENDING")


def _origins(rows: pd.DataFrame, told: pd.DataFrame) -> None:
    ours, kind = told["family"].eq("pinpoint"), told["event_type"]
    # Two kinds of SES's events, and two of WhatsApp's, have none of the sender's tags.
    tagged = ~kind.isin(["Rendering Failure", "DeliveryDelay", "read", "failed"])
    for name in ("campaign_id", "treatment_id", "journey_id", "tenant"):
        rows[name] = told[tagged].groupby(KEY)[name].first()
    mails = told[tagged & told["channel"].eq("email")]
    rows["subject"] = mails.groupby(KEY)["subject"].first()
    # Only Pinpoint tells which run of a campaign or journey a message belongs to.
    for name in ("campaign_activity_id", "journey_run_id", "journey_activity_id"):
        rows[name] = told[ours].groupby(KEY)[name].first()
    rows["configuration_set"] = told[~ours].groupby(KEY)["configuration_set"].first()
    rows["configuration_set"] = rows["configuration_set"].where(rows["family"] == "ses", None)
    rows["template"] = told[told["family"].eq("ses") & tagged].groupby(KEY)["template"].first()


def _statuses(rows: pd.DataFrame, told: pd.DataFrame) -> None:
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
    rows["bounce_subtype"] = (
        last["bounce_subtype"].reindex(rows.index).where(~rows["is_delivered"], None)
    )
    for name in ("hard", "soft"):
        rows[f"is_{name}_bounced"] = rows["bounce_type"].eq(name)
    rows["is_suppressed"] = rows["bounce_type"].eq("suppressed")
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
    # A push message that Pinpoint could not hand on was not sent.
    handed = told["handed_over"] & ~(told["channel"].eq("push") & told["failed"])
    rows["is_sent"] = handed.groupby([told[name] for name in KEY]).any().reindex(rows.index)
    stopped = rows["rejected_at"].notna() | rows["rendering_failed_at"].notna()
    rows["is_sent"] = rows["is_sent"].where(rows["channel"] != "email", ~stopped).astype(bool)


def _charges(rows: pd.DataFrame, told: pd.DataFrame) -> None:
    kind, status = told["event_type"], told["status"].fillna("")
    priced = told["channel"].eq("sms") & (kind != "_SMS.OPTOUT")
    free = kind.isin(FREE) | ((kind == "_SMS.FAILURE") & (status == "INVALID"))
    told = told.assign(
        price_usd=told["list_price_usd"].where(~free, 0.0),
        fee_usd=told["list_fee_usd"].where(~free | told["list_fee_usd"].isna(), 0.0),
        is_final=told["last_word"] | told["failed"],
    )
    last = told[priced].sort_values(["is_final", "occurred_at"]).groupby(KEY)
    for name in ("price_usd", "fee_usd"):
        rows[name] = last[name].last()
    rows["cost_usd"] = rows["price_usd"] + rows["fee_usd"].fillna(0.0)
    rows["message_parts"] = told[told["channel"].eq("sms")].groupby(KEY)["parts"].max()


def message_differences(expected: pd.DataFrame, found: pd.DataFrame) -> list[str]:
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
            same = np.asarray((want == got) | (want.isna() & got.isna()), dtype=bool)
        if name == "template":
            # What could not be rendered names its template by itself, and no ledger has that.
            same = same | np.asarray(expected["rendering_failed_at"].notna())
        wrong = np.flatnonzero(~same)
        if len(wrong):
            first = [(expected.index[at], want.iloc[at], got.iloc[at]) for at in wrong[:3]]
            said.append(f"{name}: {len(wrong)} of {len(want)} differ, as {first}")
    return said
