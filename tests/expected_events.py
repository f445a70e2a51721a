"""What the event views should hold of a simulated lake, told from its ledger alone: every repeat.

A row of the ledger's ``filed`` is an event in an object; how many records are readable there, and
how many of these lost their message, is what the rows of a view follow from.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from simulated_truth import ANNOUNCEMENTS, CLICKS, OPENS, Ledger, is_shared

MAILS = frozenset(
    f"_email.{name}"
    for name in ("send", "delivered", "open", "click", "unsubscribe", "hardbounce", "softbounce",
                 "complaint", "rejected", "rendering_failure")
)  # fmt: skip
TEXTS = frozenset(f"_SMS.{name}" for name in ("BUFFERED", "SUCCESS", "FAILURE", "OPTOUT"))
SENDS = frozenset(
    ["_SMS.SUCCESS", "_SMS.FAILURE"]
    + [f"_email.{name}" for name in ("send", "delivered", "hardbounce", "softbounce", "complaint")]
)
# Records of SES that name their recipients themselves, whatever became of the mail in them.
NAMING = ("Delivery", "Bounce", "Complaint", "DeliveryDelay")
# They have no time but that of the mail in them.
TIMELESS = ("Send", "Reject", "Rendering Failure")


@dataclass(frozen=True)
class EventView:
    """What a view of events holds.

    Attributes:
        types: of the events; None for all of a source.
        source: whose events they are.
        recipient: the column with the recipient, where a row is one that an event tells of, and
            not a record.
        channel: the only one, where the types have several.
    """

    source: str
    types: frozenset[str] | None = frozenset()
    recipient: str | None = None
    channel: str | None = None


def _views() -> dict[str, EventView]:
    every = "pinpoint_analytics"
    named = "with_pinpoint_camp_jour_data"
    pinpoint = {
        **{
            f"email_{name}": frozenset([f"_email.{name}"])
            for name in ("send", "delivered", "open", "click", "unsubscribe", "rejected",
                         "rendering_failure")
        },
        **{f"sms_{name.partition('.')[2].lower()}": frozenset([name]) for name in TEXTS},
        "email_all_events": MAILS,
        "sms_all_events": TEXTS,
        "campaign_send": frozenset(["_campaign.send"]),
        "campaign_all_events": frozenset(["_campaign.send"]),
        "journey_send": frozenset(["_journey.send"]),
        "journey_all_events": frozenset(["_journey.send"]),
        f"{every}_all_send_events": SENDS,
        f"{every}_all_send_events_{named}": SENDS,
        f"{every}_email_all_events": MAILS,
        f"{every}_email_all_events_{named}": MAILS,
        f"{every}_sms_all_events": TEXTS,
        f"{every}_sms_all_events_{named}": TEXTS,
        f"{every}_campaign_all_events": frozenset(["_campaign.send"]),
        f"{every}_journey_all_events": frozenset(["_journey.send"]),
        # Apps report nothing in a simulated lake, and nothing is unknown there.
        **dict.fromkeys(
            ("custom_all_events", f"{every}_custom_all_events", "device_events", "inapp_events",
             "session_events", "pinpoint_unclassified"),
            frozenset[str](),
        ),
    }  # fmt: skip
    ses = {
        "open": "Open", "click": "Click", "subscription": "Subscription", "send": "Send",
        "delivery": "Delivery", "bounce": "Bounce", "complaint": "Complaint", "reject": "Reject",
        "rendering_failure": "Rendering Failure", "delivery_delay": "DeliveryDelay",
    }  # fmt: skip
    return {
        **{f"pinpoint.{name}": EventView("pinpoint", types) for name, types in pinpoint.items()},
        **{
            f"pinpoint.email_{name}": EventView("pinpoint", frozenset([f"_email.{name}"]), column)
            for name, column in (
                ("hardbounce", "bounced_recipient_email_address"),
                ("softbounce", "bounced_recipient_email_address"),
                ("complaint", "complained_email_address"),
            )
        },
        "pinpoint.push_events": EventView(
            "pinpoint", frozenset(["_campaign.send"]), channel="push"
        ),
        **{
            f"ses.ses_{name}": EventView("ses", frozenset([kind]), "recipient")
            for name, kind in ses.items()
        },
        "ses.ses_all_events": EventView("ses", None),
        "ses.ses_unclassified": EventView("ses"),
        "sms.sms_v2_all_events": EventView("sms", None),
        "sms.sms_text_events": EventView("sms", None),
        **{
            f"sms.sms_{name}": EventView("sms")
            for name in ("media_events", "voice_events", "rcs_events", "inbound_messages",
                         "unclassified")
        },
        "whatsapp.whatsapp_all_events": EventView("whatsapp", None),
        "whatsapp.whatsapp_statuses": EventView("whatsapp", None),
        "whatsapp.whatsapp_inbound_messages": EventView("whatsapp"),
        "whatsapp.whatsapp_unclassified": EventView("whatsapp"),
    }  # fmt: skip


EVENT_VIEWS = _views()
"""Views of one service's events, with what they hold."""
MODEL_VIEWS = {
    "messaging.events": None,
    "messaging.pinpoint_events": "pinpoint",
    "messaging.ses_message_events": "ses",
    "messaging.sms_message_events": "sms",
    "messaging.whatsapp_message_events": "whatsapp",
}
"""Views of events in the model's shape, with the source that they are of."""
OTHER_VIEWS = {
    "messaging.messages": "a row is a message: compared by itself",
    "messaging.message_daily": "sums of messages: compared by itself",
    "messaging.conversations": "made of what people write, which no simulated lake has",
    "messaging.engagementdb_message_events": "no lake of an engagement database is simulated",
    "ses.email_status": "a row is a message, and messages are compared in messaging.messages",
    "sms.sms_status": "a row is a message, and messages are compared in messaging.messages",
    "sms.sms_message_cost": "a row is a message, and messages are compared in messaging.messages",
}
"""Views of the simulated services that are none of events, each with why."""
OTHER_FAMILIES = {
    "engagementdb": "no lake of an engagement database is simulated",
    "names": "names of campaigns, of which no lake tells",
}


VIEW_COLUMNS = ("hour", "message_id", "recipient", "occurred_at")


def view_rows(ledger: Ledger, view: EventView) -> pd.DataFrame:
    """The rows of a view of events; ``rows`` has how often each is there."""
    if view.recipient is not None:
        found = model_rows(ledger, view.source)
    else:
        found = _records(ledger, view.source).assign(recipient=None)
    if view.types is not None:
        found = found[found["event_type"].isin(view.types)]
    if view.channel is not None:
        found = found[found["channel"] == view.channel]
    return found[[*VIEW_COLUMNS, "rows"]]


MODEL_COLUMNS = (
    "hour", "family", "channel", "event_type", "message_id", "recipient", "occurred_at",
)  # fmt: skip


def model_rows(ledger: Ledger, source: str | None) -> pd.DataFrame:
    """The rows of the events of a source, or of all, in the model's shape; ``rows`` has how often.

    An announcement of a mail or text names an endpoint that the ledger does not know: it has no
    recipient here.
    """
    records = _records(ledger, source)
    records["family"] = records["source"]
    announced = records["event_type"].isin(ANNOUNCEMENTS) & records["channel"].ne("push")
    records["message_id"] = records["message_id"].where(~announced, None)
    nobody = announced | (is_shared(records) & records["is_multi_recipient"])
    # Without its mail a record names only those whom it is about by itself.
    nobody |= records["is_lost"] & ~records["event_type"].isin(NAMING)
    found = pd.concat(
        [records[nobody].assign(recipient=None), _with_recipients(records[~nobody], ledger)]
    )
    return found[["event", *MODEL_COLUMNS, "rows"]]


def _records(ledger: Ledger, source: str | None) -> pd.DataFrame:
    """Readable records of a source, or of all, as their own words tell: those that lost their mail
    apart."""
    filed = ledger.filed
    if source is not None:
        filed = filed[filed["source"] == source]
    whole = filed.assign(
        rows=filed["readable"] - filed["lost"],
        is_lost=False,
        message_id=filed["message_id"].where(filed["has_id"], None),
    )
    lost = filed.assign(
        rows=filed["lost"],
        is_lost=True,
        message_id=None,
        occurred_at=filed["occurred_at"].where(~filed["event_type"].isin(TIMELESS)),
    )
    found = pd.concat([whole, lost])
    return found[found["rows"] > 0].copy()


def _with_recipients(filed: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    people = ledger.messages[["message", "place", "recipient"]]
    joined = filed.merge(people.rename(columns={"place": "of"}), on="message")
    return joined[joined["place"].isna() | (joined["place"] == joined["of"])]


FLAG_COLUMNS = (
    "message_id", "recipient", "event_type", "occurred_at", "link", "user_agent",
    "is_machine_open", "is_bot_click",
)  # fmt: skip


def flagged_events(ledger: Ledger) -> pd.DataFrame:
    """Every open, click and unsubscription of mail of which a record tells, with what it is guessed
    to be."""
    judged = ledger.judged[ledger.judged["told"] > 0].rename(columns={"agent": "user_agent"})
    kinds = ["_email.unsubscribe", "Subscription", *CLICKS, *OPENS[:2]]
    judged = judged[judged["channel"].eq("email") & judged["event_type"].isin(kinds)]
    people = ledger.messages[["message", "place", "message_id", "recipient", "is_multi_recipient"]]
    joined = judged.merge(people, on=["message", "place"])
    joined["recipient"] = joined["recipient"].where(~joined["is_multi_recipient"], None)
    return joined[list(FLAG_COLUMNS)]


def rows_told_again(ledger: Ledger) -> int:
    """How many rows of events that name their message are another one once more."""
    named = model_rows(ledger, None).dropna(subset=["message_id"])
    return int(named["rows"].sum()) - len(named.groupby(["event", "recipient"], dropna=False))


def opens_told_again(ledger: Ledger) -> int:
    """How many rows of opens, those of mails to several left out, are another one once more."""
    opens = ledger.told[ledger.told["event_type"].isin(OPENS)]
    return int((opens["told"] - 1).sum())
