"""What the views should say of a lake without faults: its ledger's own true counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from simulated_truth import ANNOUNCEMENTS, KEY, Ledger
from truth_comparisons import HeldLake, sum_differences

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
_SAME_MOMENTS = ("delivered_at", "bounced_at", "failed_at", "complained_at")
_DAY_KEYS = ["sent_on", "family", "channel", "campaign_id", "journey_id"]


def _is_told(ledger: Ledger) -> pd.Series:
    """Of each message and recipient whether an event tells: some texts are silent throughout."""
    events = ledger.events[ledger.events["is_published"]]
    push = ledger.messages["channel"] == "push"
    own = events[~events["event_type"].isin(ANNOUNCEMENTS)]
    told = ledger.messages["message"].isin(own["message"])
    return told | (push & ledger.messages["fate"].ne("not_sent"))


def _is_whole(ledger: Ledger) -> pd.Series:
    """Of each message and recipient whether all events of the message were published."""
    whole = ledger.events.groupby("message")["is_published"].all()
    return ledger.messages["message"].map(whole).fillna(True).astype(bool)


def fate_differences(lake: HeldLake) -> list[str]:
    """Each message whose events were all published, with its real fate, moments and counts."""
    ledger = lake.ledger
    told, whole = _is_told(ledger), _is_whole(ledger)
    found = lake.rows("select * from messages").set_index(KEY).sort_index()
    real = ledger.messages[told & whole].set_index(KEY).sort_index()
    said = []
    if whole.all() and not found.index.equals(real.index):
        said.append(f"{len(found)} messages where {len(real)} were told of")
    missing = real.index.difference(found.index)
    if len(missing):
        return [*said, f"{len(missing)} messages are missing, as {list(missing[:3])}"]
    found = found.reindex(real.index)
    single = ~real["is_multi_recipient"]
    push = real["channel"] == "push"
    pairs = {
        "final_status": (real["fate"].map(STATUS_OF_FATE), found["final_status"]),
        **{
            # What became of a push message after Pinpoint has no moment in the ledger.
            name: (real[name].where(~push), found[name].where(~push).astype(real[name].dtype))
            for name in _SAME_MOMENTS
        },
        # An open or click of a mail to several is nobody's.
        "open_count": (
            (real["human_opens"] + real["machine_opens"]).where(single, 0),
            found["open_count"],
        ),
        "click_count": (
            (real["human_clicks"] + real["scanner_clicks"]).where(single, 0),
            found["click_count"],
        ),
        "message_parts": (real["parts"].astype(float), found["message_parts"].astype(float)),
        "price_usd": (real["price_usd"].round(9), found["price_usd"].round(9)),
        "fee_usd": (real["fee_usd"].round(9), found["fee_usd"].round(9)),
    }
    for name, (want, got) in pairs.items():
        same = np.asarray((want == got) | (want.isna() & got.isna()), dtype=bool)
        wrong = np.flatnonzero(~same)
        if len(wrong):
            at = wrong[0]
            case = (real.index[at], real["fate"].iloc[at], want.iloc[at], got.iloc[at])
            said.append(f"{name}: {len(wrong)} of {len(want)} differ, as {case}")
    return said


_DAY_MEASURES = (
    "messages", "delivered", "bounced", "suppressed", "failed", "pending", "complained",
    "opted_out", "opens", "clicks", "price_usd", "fee_usd",
)  # fmt: skip


def true_day_differences(lake: HeldLake) -> list[str]:
    """message_daily against the ledger's daily.parquet, in every count on which both must agree.

    Of a migration the families are compared whose events were all published.
    """
    ledger = lake.ledger
    whole = _is_whole(ledger).groupby(ledger.messages["family"]).all()
    families = list(whole[whole].index)
    assert families
    found = lake.rows(
        "select send_date as sent_on, family, channel, campaign_id, journey_id,"
        " sum(messages) as messages, sum(delivered) as delivered,"
        " sum(hard_bounced + soft_bounced) as bounced, sum(suppressed) as suppressed,"
        " sum(failed - rendering_failed) as failed, sum(pending) as pending,"
        " sum(complained) as complained,"
        " sum(case when channel = 'sms' then unsubscribed else 0 end) as opted_out,"
        " sum(opens) as opens, sum(clicks) as clicks,"
        " sum(price_usd) as price_usd, sum(fee_usd) as fee_usd"
        " from message_daily group by 1, 2, 3, 4, 5"
    )
    found["sent_on"] = pd.to_datetime(found["sent_on"]).dt.date
    return sum_differences(
        "days",
        _day_sums(_true_days(ledger), families),
        _day_sums(found, families),
    )


def _true_days(ledger: Ledger) -> pd.DataFrame:
    """daily.parquet in the words of message_daily, with what is another matter there taken over."""
    daily = ledger.daily.rename(
        columns={"arrived": "delivered", "silent": "pending", "unsubscribed": "opted_out"}
    ).assign(
        opens=ledger.daily["human_opens"] + ledger.daily["machine_opens"],
        clicks=ledger.daily["human_clicks"] + ledger.daily["scanner_clicks"],
    )
    daily.loc[daily["channel"] != "sms", "opted_out"] = 0
    messages = ledger.messages.assign(sent_on=ledger.messages["sent_at"].dt.date, messages=1)
    none = dict.fromkeys(_DAY_MEASURES, 0)
    # No event tells of these, so no view has them.
    silent = messages[~_is_told(ledger)]
    unheard = silent[_DAY_KEYS].assign(
        **none
        | {
            "messages": -1,
            "pending": -silent["fate"].eq("silent").astype(int),
            "price_usd": -silent["price_usd"].fillna(0.0),
            "fee_usd": -silent["fee_usd"].fillna(0.0),
        }
    )
    # The model takes the transient bounce of an answering machine for the end.
    away = messages[messages["fate"] == "answered_away"]
    answered = away[_DAY_KEYS].assign(**none | {"delivered": -1, "bounced": 1})
    # What is done with a mail to several, nobody can be told from.
    several = messages[messages["is_multi_recipient"]]
    shared = several[_DAY_KEYS].assign(
        **none
        | {
            "opens": -(several["human_opens"] + several["machine_opens"]),
            "clicks": -(several["human_clicks"] + several["scanner_clicks"]),
        }
    )
    # SES's record of a mail that could not be rendered names no campaign.
    unrendered = messages[messages["fate"].eq("not_rendered") & messages["family"].eq("ses")]
    named = unrendered[_DAY_KEYS].assign(**none | {"messages": -1})
    nameless = unrendered[_DAY_KEYS].assign(
        **none | {"messages": 1, "campaign_id": None, "journey_id": None}
    )
    return pd.concat([daily, unheard, answered, shared, named, nameless])


def _day_sums(days: pd.DataFrame, families: list[str]) -> pd.DataFrame:
    days = days[days["family"].isin(families)]
    texts = {
        name: days[name].astype(object).where(days[name].notna(), "").astype(str)
        for name in _DAY_KEYS
    }
    numbers = {name: days[name].astype(float).fillna(0.0) for name in _DAY_MEASURES}
    totals = pd.DataFrame({**texts, **numbers}).groupby(_DAY_KEYS).sum()
    return totals[(totals.abs() > 1e-9).any(axis=1)]
