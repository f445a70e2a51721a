"""What message_daily and the facts of the campaign report should say, summed from messages."""

from __future__ import annotations

import pandas as pd

_COUNTED = {
    "sent": "is_sent",
    "delivered": "is_delivered",
    "hard_bounced": "is_hard_bounced",
    "soft_bounced": "is_soft_bounced",
    "suppressed": "is_suppressed",
    "complained": "is_complained",
    "unsubscribed": "is_unsubscribed",
    "opened": "is_opened",
    "human_opened": "is_human_opened",
    "clicked": "is_clicked",
    "human_clicked": "is_human_clicked",
}
_SUMMED = {
    "opens": "open_count",
    "human_opens": "human_open_count",
    "clicks": "click_count",
    "human_clicks": "human_click_count",
    "message_parts": "message_parts",
    "price_usd": "price_usd",
    "fee_usd": "fee_usd",
    "cost_usd": "cost_usd",
}
DAILY_KEYS = (
    "send_date", "family", "channel", "campaign_id", "campaign_activity_id", "treatment_id",
    "journey_id", "journey_run_id", "journey_activity_id", "tenant", "configuration_set",
    "template", "domain_group", "country", "is_test",
)  # fmt: skip
DAILY_MEASURES = (
    "messages", "multi_recipient_messages", "sent", "delivered", "confirmed", "hard_bounced",
    "soft_bounced", "suppressed", "bounced", "rejected", "rendering_failed", "failed", "pending",
    "complained", "unsubscribed", "opened", "human_opened", "clicked", "human_clicked", "opens",
    "human_opens", "clicks", "human_clicks", "message_parts", "priced", "price_usd", "fee_usd",
    "cost_usd",
)  # fmt: skip
DAILY_UNKNOWN = ("application_id", "sender", "carrier")
"""Dimensions that no ledger has: sums go over them."""
FACET_KEYS = {
    "message": ("send_day", "origin", "origin_id", "treatment_id"),
    "domain": ("recipient_domain", "domain_group"),
    "country": ("country",),
    "problem": ("bounce_type", "bounce_subtype", "complaint_type"),
    "template": ("origin", "configuration_set", "template"),
}
"""What each facet of the facts is by, beside channel and is_test."""
FACT_MEASURES = (
    "messages", "to_several", "sent", "delivered", "delivered_to_handset",
    "delivered_with_read_receipts", "delivered_with_feedback", "hard_bounced", "soft_bounced",
    "suppressed", "bounced", "rejected", "rendering_failed", "complained",
    "complained_with_feedback", "unsubscribed", "opened", "human_opened", "clicked",
    "human_clicked", "failed", "pending", "opens", "human_opens", "clicks", "human_clicks",
    "message_parts", "priced", "price_usd", "fee_usd",
)  # fmt: skip
FACTS_UNKNOWN = {
    "reason_code": "made of words of servers and carriers, which the ledger does not have",
    "reason_example": "such a word itself",
    "origin_name": "names are no part of a lake",
    "origin_previous_name": "names are no part of a lake",
}
"""Columns of the facts that no ledger has, each with why."""


def measured_messages(messages: pd.DataFrame) -> pd.DataFrame:
    """The messages of which a moment of sending is known, with all that is counted of each."""
    found = messages.reset_index()
    found = found[found["sent_at"].notna()]
    day = found["sent_at"].dt.date
    several, delivered = found["recipient_count"] > 1, found["is_delivered"]
    # Of these mailbox providers no complaint is heard.
    heard = ~found["recipient_domain"].isin(["gmail.com", "googlemail.com"])
    flags = {
        "messages": found["channel"].notna(),
        "multi_recipient_messages": several,
        "to_several": several,
        "confirmed": delivered & found["delivered_at"].notna(),
        "delivered_to_handset": delivered & found["delivered_at"].notna(),
        "delivered_with_read_receipts": delivered & found["channel"].isin(["whatsapp", "rcs"]),
        "delivered_with_feedback": delivered & heard,
        "complained_with_feedback": found["is_complained"] & heard,
        "bounced": found["bounce_type"].notna(),
        "rejected": found["rejected_at"].notna(),
        "rendering_failed": found["rendering_failed_at"].notna(),
        "failed": found["final_status"] == "failed",
        "pending": found["final_status"] == "pending",
        "priced": found["price_usd"].notna(),
        **{name: found[column] for name, column in _COUNTED.items()},
    }
    origin = pd.Series("transactional", index=found.index)
    origin = origin.mask(found["journey_id"].notna(), "journey")
    return found.assign(
        **{name: values.astype("int64") for name, values in flags.items()},
        **{name: found[column] for name, column in _SUMMED.items()},
        send_date=day,
        send_day=day,
        origin=origin.mask(found["campaign_id"].notna(), "campaign"),
        origin_id=found["campaign_id"].where(found["campaign_id"].notna(), found["journey_id"]),
        # What could not be rendered names its template by itself, and no ledger has that.
        template=found["template"].where(found["rendering_failed_at"].isna(), None),
    )


def sums(rows: pd.DataFrame, keys: tuple[str, ...], measures: tuple[str, ...]) -> pd.DataFrame:
    """The sums of some columns by others, each key as a text; nothing to add up is 0."""
    texts = {
        name: rows[name].astype(object).where(rows[name].notna(), "").astype(str) for name in keys
    }
    numbers = {name: rows[name].astype(float).fillna(0.0) for name in measures}
    return pd.DataFrame({**texts, **numbers}).groupby(list(keys)).sum()
