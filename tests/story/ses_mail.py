"""E-mail through SES: the records that its event destination publishes of a mail's life."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .cast import ACCOUNT
from .chance import between, digits, pick
from .clock import HOUR, iso
from .envelope import Event, Record
from .mail import Mail, Step, feedback_id_of, visitor

SERVICE_NAME = "Example Outfitters"
EVENT_TYPES = {
    "send": "Send",
    "delivered": "Delivery",
    "hardbounce": "Bounce",
    "softbounce": "Bounce",
    "complaint": "Complaint",
    "rejected": "Reject",
    "open": "Open",
    "click": "Click",
    "rendering_failure": "Rendering Failure",
    "delay": "DeliveryDelay",
    "unsubscribe": "Subscription",
}
_HOSTS = "a27-20.smtp-out.us-east-1.amazonses.com", "a27-190.smtp-out.us-east-1.amazonses.com"
_EVENT_FIRST = ("Bounce", "Complaint", "Click")
"""Kinds whose own object stands before the mail."""


@dataclass(frozen=True)
class SesMail(Mail):
    """A mail with a configuration set, whose event destination tells of it."""

    configuration_set: str = "transactional"
    tags: Mapping[str, str] = field(default_factory=dict)
    """The sender's own ones."""
    tenant: str | None = None
    judges_bots: bool = False
    """Whether opens and clicks say what SES thinks of them."""
    caller: str = "ShopMailer"


def ses_events(mail: SesMail, steps: Iterable[Step]) -> list[Event]:
    """The records of a mail's life, in the order of its steps."""
    return [_event(mail, step) for step in steps]


def _event(mail: SesMail, step: Step) -> Event:
    moment = mail.sent_at + step.after
    kind = EVENT_TYPES[step.kind]
    own = _own_object(mail, step, moment)
    of_mail = {"mail": _mail(mail, kind)}
    parts = own | of_mail if kind in _EVENT_FIRST else of_mail | own
    landed = moment if step.landed_after is None else mail.sent_at + step.landed_after
    lag = between(250, 1_900, "ses lag", mail.name, step.kind, step.after)
    return Event({"eventType": kind, **parts}, landed + lag)


def _mail(mail: SesMail, kind: str) -> Record:
    source = f"{SERVICE_NAME} <{mail.sender}>"
    told: Record = {"timestamp": iso(mail.sent_at), "source": source}
    if kind not in ("Open", "Click"):
        told["sourceArn"] = f"arn:aws:ses:us-east-1:{ACCOUNT}:identity/{_domain(mail)}"
    told |= {
        "sendingAccountId": ACCOUNT,
        "messageId": mail.message_id,
        "destination": list(mail.to),
        "headersTruncated": False,
    }
    if kind in ("Rendering Failure", "DeliveryDelay"):
        return told | {"tags": {"ses:configuration-set": [mail.configuration_set]}}
    return told | {
        "headers": [
            {"name": "From", "value": source},
            {"name": "To", "value": ", ".join(mail.to)},
            {"name": "Subject", "value": mail.subject},
            {"name": "MIME-Version", "value": "1.0"},
            {"name": "Content-Type", "value": "text/html; charset=UTF-8"},
        ],
        "commonHeaders": {
            "from": [source],
            "to": list(mail.to),
            "messageId": mail.message_id,
            "subject": mail.subject,
        },
        "tags": _tags(mail, kind),
    }


def _domain(mail: Mail) -> str:
    return mail.sender.partition("@")[2]


def _tags(mail: SesMail, kind: str) -> dict[str, list[str]]:
    tags = {
        "ses:source-tls-version": "TLSv1.3",
        "ses:operation": "SendEmail",
        "ses:configuration-set": mail.configuration_set,
        "ses:source-ip": f"198.51.100.{between(20, 29, 'source ip', mail.caller)}",
        "ses:from-domain": _domain(mail),
        "ses:caller-identity": mail.caller,
        **({} if mail.tenant is None else {"ses:tenant-name": mail.tenant}),
        **mail.tags,
    }
    if kind == "Delivery":
        tags["ses:outgoing-ip"] = f"192.0.2.{between(40, 49, 'outgoing ip', mail.name)}"
        tags["ses:outgoing-tls-version"] = "TLSv1.3"
    return {name: [value] for name, value in tags.items()}


def _own_object(mail: SesMail, step: Step, moment: int) -> Record:
    """The object that is named after the event."""
    recipients = step.recipients or mail.to
    if step.kind == "send":
        return {"send": {}}
    if step.kind == "delivered":
        return {"delivery": {
            "timestamp": iso(moment),
            "processingTimeMillis": step.after,
            "recipients": list(recipients),
            "smtpResponse": step.smtp_response,
            "remoteMtaIp": _remote(recipients),
            "reportingMTA": pick(_HOSTS, "host", mail.name),
        }}  # fmt: skip
    if step.kind in ("open", "click"):
        return {step.kind: _visit(mail, step, moment)}
    if step.kind in ("hardbounce", "softbounce"):
        return {"bounce": _bounce(mail, step, recipients, moment)}
    if step.kind == "complaint":
        return {"complaint": {
            "feedbackId": feedback_id_of(mail, step),
            "complaintSubType": None,
            "complainedRecipients": [{"emailAddress": address} for address in recipients],
            "timestamp": iso(moment),
            "userAgent": "Example-FBL/1.0",
            "complaintFeedbackType": step.feedback_type,
            "arrivalDate": iso(moment - 40),
        }}  # fmt: skip
    if step.kind == "rejected":
        return {"reject": {"reason": "Bad content"}}
    if step.kind == "rendering_failure":
        return {"failure": {
            "errorMessage": "Attribute 'parcelNumber' is not present in the rendering data.",
            "templateName": mail.tags["template"],
        }}  # fmt: skip
    if step.kind == "delay":
        assert step.bounce is not None
        return {"deliveryDelay": {
            "timestamp": iso(moment),
            "delayType": step.bounce.sub_type,
            "expirationTime": iso(mail.sent_at + 14 * HOUR),
            "delayedRecipients": [
                {
                    "emailAddress": address,
                    "status": step.bounce.status,
                    "diagnosticCode": step.bounce.diagnostic,
                }
                for address in recipients
            ],
        }}  # fmt: skip
    return {"subscription": _subscription(moment, step)}


def _remote(recipients: Sequence[str]) -> str:
    host = recipients[0].partition("@")[2]
    return f"203.0.113.{int(digits(4, 'remote', host), 16) % 250 + 1}"


def _visit(mail: SesMail, step: Step, moment: int) -> Record:
    who = visitor(mail, step)
    visit: Record = {"ipAddress": who["ip_address"]}
    if step.kind == "click":
        visit |= {"link": step.link, "linkTags": {"slot": ["body"]}}
    visit |= {"timestamp": iso(moment), "userAgent": who["user_agent"]}
    if mail.judges_bots:
        is_machine = step.agent in ("machine", "scanner", "headless", "script")
        visit["isBotEvent"] = step.verdict or ("Likely" if is_machine else "Unlikely")
    return visit


def _bounce(mail: SesMail, step: Step, recipients: Sequence[str], moment: int) -> Record:
    assert step.bounce is not None
    is_tried = "Suppress" not in step.bounce.sub_type
    return {
        "feedbackId": feedback_id_of(mail, step),
        "bounceType": step.bounce.type,
        "bounceSubType": step.bounce.sub_type,
        "bouncedRecipients": [
            {
                "emailAddress": address,
                "action": "failed",
                "status": step.bounce.status,
                "diagnosticCode": step.bounce.diagnostic,
            }
            for address in recipients
        ],
        "timestamp": iso(moment),
        **({"remoteMtaIp": _remote(recipients)} if is_tried else {}),
        "reportingMTA": "dns; "
        + (pick(_HOSTS, "bounce host", mail.name) if is_tried else "amazonses.com"),
    }


def _subscription(moment: int, step: Step) -> Record:
    leaves = step.feedback_type != "topics"

    def preferences(news: str, offers: str, everything: bool) -> Record:
        return {
            "unsubscribeAll": everything,
            "topicSubscriptionStatus": [
                {"topicName": "news", "subscriptionStatus": news},
                {"topicName": "offers", "subscriptionStatus": offers},
            ],
        }

    return {
        "contactList": "customers",
        "timestamp": iso(moment),
        "source": "UnsubscribeHeader",
        "newTopicPreferences": preferences("OptOut", "OptOut", True)
        if leaves
        else preferences("OptIn", "OptIn", False),
        "oldTopicPreferences": preferences("OptIn", "OptOut", False),
    }
