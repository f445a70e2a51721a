"""Whether every row of a family's sources is in some view of its events, or in its unclassified.

Each source row and each view row is told by the hour of its file and by what the record says of
itself; a family's views together have to tell the same as its sources. Views of one row per record
are compared by number too.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from dueng_analytics import Workspace
from tests.kept_views import keep

_PINPOINT = ("campaign", "custom", "email", "journey", "sms")
_SES = {
    "ses_bounce": "Bounce",
    "ses_click": "Click",
    "ses_complaint": "Complaint",
    "ses_delivery": "Delivery",
    "ses_delivery_delay": "DeliveryDelay",
    "ses_open": "Open",
    "ses_reject": "Reject",
    "ses_rendering_failure": "Rendering Failure",
    "ses_send": "Send",
    "ses_subscription": "Subscription",
}
_SMS = ("sms_media_events", "sms_rcs_events", "sms_text_events", "sms_voice_events")
_STATUS = ("email", "media", "sms", "voice", "whatsapp")
Told = Counter[tuple[Any, ...]]


def assert_classified(lake: Workspace, family: str) -> int:
    """Every source row of a family is told by its views; how many source rows that are."""
    found = {
        "pinpoint": _pinpoint,
        "ses": _ses,
        "sms": _sms,
        "whatsapp": _whatsapp,
        "engagementdb": _engagementdb,
    }[family](lake)
    for views, rows in found:
        assert (list((views - rows).items())[:3], list((rows - views).items())[:3]) == ([], [])
    return sum(rows.total() for _, rows in found[:1])


def _told(lake: Workspace, *queries: str) -> Told:
    return Counter(tuple(row.values()) for row in lake.query("\nunion all\n".join(queries)).rows())


def _all_once(told: Told) -> Told:
    return Counter(told.keys())


def _pinpoint(lake: Workspace) -> list[tuple[Told, Told]]:
    """Every view has one row per record."""
    told = "ingest_timestamp, event_type"
    views = _told(
        lake,
        *(f"select {told} from pinpoint.{kind}_all_events" for kind in _PINPOINT),
        f"select {told} from pinpoint.pinpoint_unclassified",
    )
    return [(views, _told(lake, f"select {told} from pinpoint.all_events"))]


def _ses(lake: Workspace) -> list[tuple[Told, Told]]:
    """A view of a kind may have a row per recipient; all events and the unclassified have not."""
    keep(lake, "ses.ses_all_events")
    told = "ingest_timestamp, eventtype, mail.messageid as id from ses.ses_events"
    rows = _told(lake, f"select {told}")
    kinds = [
        f"select distinct ingest_timestamp, '{kind}' as kind, message_id from ses.{view}"
        for view, kind in _SES.items()
    ]
    rest = "select ingest_timestamp, event_type, message_id from ses.ses_unclassified"
    every = "select ingest_timestamp, event_type, message_id from ses.ses_all_events"
    views = _told(lake, *kinds)
    others = _told(lake, rest)
    known = Counter({key: n for key, n in rows.items() if key[1] in _SES.values()})
    return [
        (_told(lake, every), rows),
        (views, _all_once(known)),
        (others, rows - known),
    ]


def _sms(lake: Workspace) -> list[tuple[Told, Told]]:
    """Every view has one row per record."""
    views = _told(
        lake,
        *(f"select ingest_timestamp, event_type, message_id from sms.{view}" for view in _SMS),
        "select ingest_timestamp, event_type, message_id from sms.sms_unclassified"
        " where source_name <> 'sms_inbound'",
    )
    rows = _told(
        lake,
        "select ingest_timestamp, eventtype, messageid from sms.sms_events",
        "select ingest_timestamp, detail.eventtype, detail.messageid"
        " from sms.sms_eventbridge_events",
    )
    written = _told(
        lake,
        "select ingest_timestamp from sms.sms_inbound_messages",
        "select ingest_timestamp from sms.sms_unclassified where source_name = 'sms_inbound'",
    )
    return [(views, rows), (written, _told(lake, "select ingest_timestamp from sms.sms_inbound"))]


def _whatsapp(lake: Workspace) -> list[tuple[Told, Told]]:
    """A record has a row for each status or message in it, at least one."""
    keep(lake, "whatsapp.whatsapp_all_events")
    rows = _told(lake, "select ingest_timestamp, messageid, id from whatsapp.whatsapp_events")
    told = "select ingest_timestamp, event_kind, event_type, event_key from whatsapp"
    views = _told(
        lake,
        *(
            f"select ingest_timestamp, '{kind}' as kind, {word}, event_key from whatsapp.{view}"
            for view, kind, word in (
                ("whatsapp_statuses", "status", "status"),
                ("whatsapp_inbound_messages", "message", "message_kind"),
            )
        ),
        f"{told}.whatsapp_unclassified",
    )
    every = _told(lake, f"{told}.whatsapp_all_events")
    hours = Counter({(hour,): 1 for hour, *_ in views})
    return [(views, every), (hours, Counter({(hour,): 1 for hour, *_ in rows}))]


def _engagementdb(lake: Workspace) -> list[tuple[Told, Told]]:
    """A view of a channel has one row per message: a message is there or all its rows are left."""
    table = 'engagementdb."engagementdb-events-table"'
    views = _told(
        lake,
        *(f"select messageid from engagementdb.{channel}_message_status" for channel in _STATUS),
        "select messageid from engagementdb.engagement_whatsapp_inbound_messages",
        "select messageid from engagementdb.engagementdb_unclassified",
    )
    rows = _told(lake, f"select messageid from {table}")
    chats = 'engagementdb."engagementdb-conversations-table"'
    return [
        (_all_once(views), _all_once(rows)),
        (
            _told(lake, "select messageid, sessionid from engagementdb.conversation_messages"),
            _told(lake, f"select nullif(messageid, ''), nullif(sessionid, '') from {chats}"),
        ),
    ]
