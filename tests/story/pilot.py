"""The engagement database: a pilot of not quite three days, in which the shop tried AWS's sample.

Its function writes a row for every event of these days that reaches it: of half the messages, for
only some senders name its configuration set.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from . import plan
from .cast import ACCOUNT, phone
from .chance import digits, share
from .chats import BUSINESS_ACCOUNT, BUSINESS_NUMBER, BUSINESS_NUMBER_ID, COUNTRIES
from .clock import HOUR, MINUTE, SECOND, at
from .envelope import Event, Record, compact
from .mail import SERVICE, Step
from .mailings import SEND
from .ses_mail import SesMail, ses_events

_CODES = {
    # kind of event: its own object, what becomes the code, what becomes the message
    "Send": ("send", "", ""),
    "Delivery": ("delivery", "smtpResponse", "reportingMTA"),
    "Open": ("open", "ipAddress", ""),
    "Click": ("click", "ipAddress", "link"),
    "Bounce": ("bounce", "bounceType", "bounceSubType"),
    "Complaint": ("complaint", "complaintFeedbackType", ""),
    "Reject": ("reject", "reason", ""),
    "Rendering Failure": ("failure", "", "errorMessage"),
    "DeliveryDelay": ("deliveryDelay", "delayType", ""),
    "Subscription": ("subscription", "contactList", "source"),
}
_CHANNEL_DATA = (
    "isoCountryCode", "totalMessageParts", "totalMessagePrice", "totalCarrierFee",
    "callDurationInSeconds", "totalDurationInMinutes", "mcc", "mnc",
)  # fmt: skip
PILOT_SHARE = 0.5


def mail_row(record: Record) -> Record:
    """What the template makes of an event of SES."""
    mail, kind = record["mail"], record["eventType"]
    name, code, message = _CODES[kind]
    own = record[name]
    return {
        "accountId": mail["sendingAccountId"],
        "organizationId": "",
        "sendingId": mail.get("sourceArn", ""),
        "sendingAddress": mail["source"],
        "destinationAddress": mail["destination"],
        "channel": "email",
        "type": kind,
        "status": kind,
        "statusCode": own.get(code, ""),
        "statusMessage": own.get(message, ""),
        "isoCountryCode": "",
        "timestamp": at(mail["timestamp"].removesuffix("Z")),
        "messageId": mail["messageId"],
        "tags": {tag: values[0] for tag, values in mail["tags"].items()},
        "channelData": {"subject": mail.get("commonHeaders", {}).get("subject", "")},
        "rawStatus": compact(own),
        "rawEvent": compact(record),
    }


def text_row(record: Record) -> Record:
    """What the template makes of a text, call or RCS event; a zero is left out."""
    sender = record.get("originationPhoneNumber", "")
    return {
        "accountId": ACCOUNT,
        "organizationId": "",
        "sendingId": sender,
        "sendingAddress": sender,
        "destinationAddress": [record["destinationPhoneNumber"]],
        "channel": record["eventType"].partition("_")[0].lower(),
        "type": record.get("messageType", ""),
        "status": record["eventType"],
        "statusCode": record["messageStatus"],
        "statusMessage": record.get("messageStatusDescription", ""),
        "timestamp": record["eventTimestamp"],
        "messageId": record["messageId"],
        "tags": record.get("context", {}),
        "channelData": {
            name: str(record[name]) for name in _CHANNEL_DATA if record.get(name) not in (None, 0)
        },
        "rawStatus": "",
        "rawEvent": compact(record),
    }


def chat_row(header: Record) -> Record:
    """What the template makes of WhatsApp's entry; the header around it is lost."""
    entry = json.loads(header["whatsAppWebhookEntry"])
    value = entry["changes"][0]["value"]
    is_status = "statuses" in value
    told = (value["statuses"] if is_status else value["messages"])[0]
    error = (told.get("errors") or [{}])[0]
    callback = told.get("biz_opaque_callback_data")
    return {
        "accountId": header["aws_account_id"],
        "organizationId": BUSINESS_ACCOUNT,
        "sendingId": BUSINESS_NUMBER_ID,
        "sendingAddress": BUSINESS_NUMBER,
        "destinationAddress": [f"+{told['recipient_id' if is_status else 'from']}"],
        "channel": "whatsapp",
        "type": "messageStatus" if is_status else "message",
        "status": told["status" if is_status else "type"],
        "statusCode": str(error.get("code", "")),
        "statusMessage": error.get("message", ""),
        "isoCountryCode": "",
        "timestamp": at(header["message_timestamp"][:23]),
        "messageId": told["id"],
        "tags": {},
        "channelData": {} if callback is None else {"bizOpaqueCallbackData": callback},
        "rawStatus": "",
        "rawEvent": compact(entry),
    }


def pilot_rows(
    mails: Iterable[Event], texts: Iterable[Event], chats: Iterable[Event]
) -> Iterator[Event]:
    """The rows, each where its own time puts it."""
    rows = [
        *(mail_row(event.record) for event in _taken(mails)),
        *(mail_row(event.record) for event in _known_here_alone()),
        *(text_row(event.record) for event in _taken(texts)),
        *(
            chat_row(header)
            for event in _taken(chats)
            if '"field":"messages"' in (header := _bare(event.record))["whatsAppWebhookEntry"]
        ),
    ]  # fmt: skip
    for row in rows:
        yield Event(row, row["timestamp"])


def _taken(events: Iterable[Event]) -> Iterator[Event]:
    first, last = map(at, plan.PILOT)
    for event in events:
        # whatever people write comes over the one number of the shop
        is_reply = '"messages":[' in _bare(event.record).get("whatsAppWebhookEntry", "")
        drawn = share("pilot", _message_id(event.record))
        if first <= event.landed_at < last and (is_reply or drawn < PILOT_SHARE):
            yield event


def _message_id(record: Record) -> str:
    if "mail" in record:
        return str(record["mail"]["messageId"])
    if "messageRequestTimestamp" in record:
        return str(record["messageId"])
    return str(_bare(record)["messageId"])


def _bare(record: Record) -> Record:
    header: Record = json.loads(record["Message"]) if "Message" in record else record
    return header


def _known_here_alone() -> list[Event]:
    """A mail of a partner whose configuration set has no other destination."""
    mail = SesMail(
        "pilot/partner", at("2026-11-06 12:32:00"), ("peter.partner@example.org",),
        "Your voucher from our partner", "", sender=SERVICE, configuration_set="partner",
        tags={"template": "voucher", "campaign": "partner-voucher"},
    )  # fmt: skip
    delivered, opened = Step("delivered", 1_100), Step("open", 35 * MINUTE, "iphone")
    link = "https://shop.example.com/voucher"
    return ses_events(mail, [
        SEND, delivered, opened, Step("click", 35 * MINUTE + 9 * SECOND, "iphone", link),
    ])  # fmt: skip


TURNS = (
    # minutes after the beginning, direction, what was written
    (0, "inbound", "Do the wool boots come in 43?"),
    (1, "outbound", "They do, and there are three pairs left in our warehouse."),
    (4, "inbound", "Great, how long does the parcel take?"),
    (5, "outbound", "Two working days. Shall I put a pair aside?"),
)


def conversation() -> Iterator[Event]:
    """What somebody wrote with the shop's assistant."""
    started, customer = at("2026-11-06 18:34:00"), phone(COUNTRIES[4], 66)
    for place, (minutes, direction, message) in enumerate(TURNS):
        is_inbound = direction == "inbound"
        moment = started + minutes * MINUTE
        row = {
            "accountId": ACCOUNT,
            "organizationId": "example-outfitters",
            "messageId": f"{digits(8, 'turn', place)}-5d6e-4f70-8192-a3b4c5d6e7f8",
            "sendingAddress": customer if is_inbound else f"+{BUSINESS_NUMBER}",
            "destinationAddress": f"+{BUSINESS_NUMBER}" if is_inbound else customer,
            "channel": "whatsapp",
            "direction": direction,
            "knowledgeBaseId": "KB1EXAMPLE",
            "sessionId": "5f1d2c3b-4a59-4687-9605-14233241506f",
            "source": "customer" if is_inbound else "assistant",
            "message": message,
            "timestamp": moment,
            "tags": {"topic": "sizes"},
        }
        yield Event(row, moment)


def by_hour(events: Iterable[Event]) -> Iterator[list[Event]]:
    """The events of each hour of their own: the sample makes its folders of it."""
    hours: dict[int, list[Event]] = {}
    for event in events:
        hours.setdefault(event.landed_at // HOUR, []).append(event)
    yield from (hours[hour] for hour in sorted(hours))
