"""The numbers that stand for kinds of messages and events while a lake is made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# services and channels
PINPOINT_MAIL, SES_MAIL, PINPOINT_SMS, SMS, PUSH, WHATSAPP = range(6)
MAILS = (PINPOINT_MAIL, SES_MAIL)
FAMILIES = ("pinpoint", "ses", "pinpoint", "sms", "pinpoint", "whatsapp")
CHANNELS = ("email", "email", "sms", "sms", "push", "whatsapp")
SOURCES = ("pinpoint", "ses", "sms", "whatsapp")
SOURCE_OF_KIND = np.array([0, 1, 0, 2, 0, 3], dtype=np.uint8)

# why a message was sent
CAMPAIGN, JOURNEY, NOTICE = range(3)

# who did it
NOBODY, PERSON, MACHINE, SCANNER = range(4)
ACTORS = ("service", "person", "machine", "scanner")

# the service's own judgement of an open or click
UNJUDGED, UNLIKELY, LIKELY = range(3)

EVENT_TYPES = (
    # pinpoint
    "_email.send", "_email.delivered", "_email.open", "_email.click", "_email.unsubscribe",
    "_email.hardbounce", "_email.softbounce", "_email.complaint", "_email.rejected",
    "_email.rendering_failure", "_SMS.BUFFERED", "_SMS.SUCCESS", "_SMS.FAILURE", "_SMS.OPTOUT",
    "_campaign.send", "_journey.send",
    # ses
    "Send", "Delivery", "Open", "Click", "Subscription", "Bounce", "Complaint", "Reject",
    "Rendering Failure", "DeliveryDelay",
    # sms
    "TEXT_QUEUED", "TEXT_PENDING", "TEXT_SUCCESSFUL", "TEXT_DELIVERED", "TEXT_INVALID",
    "TEXT_UNREACHABLE", "TEXT_CARRIER_BLOCKED", "TEXT_BLOCKED", "TEXT_SPAM", "TEXT_TTL_EXPIRED",
    "TEXT_UNKNOWN",
    # whatsapp
    "sent", "delivered", "read", "failed",
)  # fmt: skip
TYPE = {name: number for number, name in enumerate(EVENT_TYPES)}
MAIL_SEND = (TYPE["_email.send"], TYPE["Send"])
MAIL_DELIVERED = (TYPE["_email.delivered"], TYPE["Delivery"])
MAIL_OPEN = (TYPE["_email.open"], TYPE["Open"])
MAIL_CLICK = (TYPE["_email.click"], TYPE["Click"])
MAIL_UNSUBSCRIBE = (TYPE["_email.unsubscribe"], TYPE["Subscription"])
MAIL_HARD_BOUNCE = (TYPE["_email.hardbounce"], TYPE["Bounce"])
MAIL_SOFT_BOUNCE = (TYPE["_email.softbounce"], TYPE["Bounce"])
MAIL_COMPLAINT = (TYPE["_email.complaint"], TYPE["Complaint"])
MAIL_REJECTED = (TYPE["_email.rejected"], TYPE["Reject"])
MAIL_UNRENDERED = (TYPE["_email.rendering_failure"], TYPE["Rendering Failure"])
SOURCE_OF_TYPE = np.array([0] * 16 + [1] * 10 + [2] * 11 + [3] * 4, dtype=np.uint8)

# a detail that an event has beside its type: of a bounce, a complaint, a status
BOUNCES = (
    ("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown"),
    ("Permanent", "NoEmail", "5.1.1", "smtp; 550 5.1.1 no such address"),
    ("Permanent", "OnAccountSuppressionList", "5.1.1",
     "Amazon SES did not send the message to this address because it is on the suppression list"
     " for your account."),
    ("Transient", "MailboxFull", "4.2.2", "smtp; 452 4.2.2 mailbox full"),
    ("Transient", "General", "4.0.0", "smtp; I am out of the office until Monday"),
)  # fmt: skip
BOUNCE_GENERAL, BOUNCE_NO_EMAIL, BOUNCE_SUPPRESSED, BOUNCE_FULL, BOUNCE_AWAY = range(5)
COMPLAINTS = ("abuse", "not-spam", "fraud")
OLDER_STATUSES = ("SUCCESSFUL", "DELIVERED", "UNREACHABLE", "CARRIER_BLOCKED", "INVALID", "UNKNOWN")
SEND_STATUSES = ("SUCCESS", "HOLDOUT", "FAILURE_PERMANENT", "THROTTLED")

# a recipient's place in the list; this one stands for all of them
EVERYBODY = 255

# what became of a message and recipient in truth
FATES = (
    "delivered", "delivered_then_bounced", "answered_away", "bounced_hard", "bounced_soft",
    "suppressed", "rejected", "not_rendered", "failed", "failed_after_success", "accepted",
    "silent", "sent", "not_sent",
)  # fmt: skip
FATE = {name: number for number, name in enumerate(FATES)}

MESSAGE = np.dtype(
    [
        ("sent_ms", "i8"), ("id_high", "u8"), ("id_low", "u8"), ("person", "i4"), ("run", "u2"),
        ("treatment", "u1"), ("recipients", "u1"), ("country", "u1"), ("parts", "u1"),
        ("kind", "u1"), ("origin", "u1"),
    ]
)  # fmt: skip
# What one record holds. A stored copy of an event is a row of its own.
EVENT = np.dtype(
    [
        ("received_ms", "i8"), ("occurred_ms", "i8"), ("number", "i8"), ("row", "u4"),
        ("type", "u1"), ("place", "u1"), ("detail", "u1"), ("agent", "u1"), ("verdict", "u1"),
        ("copy", "u1"), ("fault", "u1"), ("has_id", "?"), ("is_late", "?"),
    ]
)  # fmt: skip

# what is wrong with a stored record
SOUND, CUT_OFF, NO_JSON, EMPTY_OBJECT, IN_A_LIST, ODD_SIDE_VALUE, ODD_MAIN_VALUE = range(7)
MALFORMED = (CUT_OFF, NO_JSON, EMPTY_OBJECT, IN_A_LIST)
FAULTS = (
    "", "malformed: cut off", "malformed: no JSON", "malformed: empty object",
    "malformed: inside a list", "wrong shape: beside the message", "wrong shape: the message",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """The messages of one piece of a sending day, which one process makes at once.

    Attributes:
        number: from 0, in the order of days; the first half of each of its messages' numbers.
        day: number of the sending day, from 0.
        messages: how many, by kind and in the order of kinds.
    """

    number: int
    day: int
    part: int
    messages: tuple[int, ...]
