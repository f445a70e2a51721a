"""The life of an e-mail: what is sent, and the records that tell what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .cast import APP_ID
from .chance import digits, pick
from .envelope import Event, Record, service_record

AGENTS = {
    "machine": "Mozilla/5.0",
    "proxy": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0"
    " (via ggpht.com GoogleImageProxy)",
    "iphone": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Mobile/15E148",
    "android": "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Mobile Safari/537.36",
    "browser": "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "desktop": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Safari/537.36",
    "scanner": "Mozilla/5.0 (compatible; ExampleMailScanner/3.2; +https://scanner.example)",
    "headless": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " HeadlessChrome/140.0.0.0 Safari/537.36",
    "script": "python-requests/2.32.3",
}
SENDER = "news@shop.example.com"
SERVICE = "orders@shop.example.com"


@dataclass(frozen=True)
class Mail:
    """One e-mail to one or more addresses."""

    name: str
    """What the story calls it; its ids are made of it."""
    sent_at: int
    to: tuple[str, ...]
    subject: str
    client_id: str
    origin: Mapping[str, str] = field(default_factory=dict)
    """Attributes of campaign or journey; empty for transactional e-mail."""
    sender: str = SENDER

    @property
    def message_id(self) -> str:
        return service_id(self.sent_at, "7c1e-4a5b-4c6d-8e7f-90a1b2c3d4e5", self.name)

    @property
    def is_of_campaign(self) -> bool:
        return "campaign_id" in self.origin


@dataclass(frozen=True)
class Bounce:
    """Why a mail came back."""

    type: str
    sub_type: str
    status: str
    diagnostic: str
    kind: str = "hardbounce"


SUPPRESSED = Bounce(
    "Permanent", "OnAccountSuppressionList", "5.1.1",
    "Amazon SES did not send the message to this address because it is on the suppression list"
    " for your account.",
)  # fmt: skip
GLOBALLY_SUPPRESSED = Bounce(
    "Permanent", "Suppressed", "5.1.1",
    "Amazon SES has suppressed sending to this address because it has a recent history of"
    " bouncing as an invalid address.",
)  # fmt: skip
OUT_OF_OFFICE = Bounce(
    "Transient", "General", "4.0.0", "smtp; 250 2.1.5 automatic reply: out of office", "softbounce"
)
UNDETERMINED = Bounce(
    "Undetermined", "Undetermined", "5.0.0", "smtp; 554 transaction failed", "softbounce"
)


@dataclass(frozen=True)
class Step:
    """Something that happens to a mail some time after it was sent."""

    kind: str
    after: int
    """Milliseconds from sending to the arrival of the event."""
    agent: str = ""
    """Key into AGENTS, or an agent in full."""
    link: str = ""
    bounce: Bounce | None = None
    recipients: tuple[str, ...] = ()
    """Those of the addresses whom it concerns; all if empty."""
    feedback_type: str = "abuse"
    verdict: str = ""
    """What SES makes of an open or click, where it says so otherwise than its agent would."""
    smtp_response: str = "250 2.0.0 OK"
    landed_after: int | None = None
    """Milliseconds from sending until the record is in the lake, where that took longer."""


def mail_events(mail: Mail, steps: Iterable[Step]) -> list[Event]:
    """The records of a mail's life, in the order of its steps."""
    return [_event(mail, step) for step in steps]


def _event(mail: Mail, step: Step) -> Event:
    arrival = mail.sent_at + step.after
    attributes = {"feedback": _feedback(step), **mail.origin}
    record = service_record(
        f"_email.{step.kind}", mail.sent_at, arrival, mail.client_id, attributes,
        client_context={"custom": {"legacy_identifier": APP_ID}},
        facets={"email_channel": {"mail_event": {
            "mail": _mail(mail, step.kind), **_outcome(mail, step)
        }}},
    )  # fmt: skip
    landed = arrival if step.landed_after is None else mail.sent_at + step.landed_after
    return Event(record, landed)


def _feedback(step: Step) -> str:
    if step.kind in ("click", "unsubscribe"):
        return step.link
    return {"send": "received", "open": "opened"}.get(step.kind, step.kind)


def service_id(moment: int, rest: str, *name: str) -> str:
    """An id as the service makes them: a region's number, the moment, and the rest of a UUID."""
    return f"0100{moment:012x}-{digits(4, *name)}{rest}-000000"


def feedback_id_of(mail: Mail, step: Step) -> str:
    """The id of a bounce or complaint, the same in every stream that tells of it."""
    arrival = mail.sent_at + step.after
    return service_id(arrival, "51d7-33cc-44dd-8ee5-66ff77aa88bb", mail.name, step.kind)


def _mail(mail: Mail, kind: str) -> Record:
    # a campaign's mail has no subject yet when its send is reported
    subject = None if kind == "send" and mail.is_of_campaign else mail.subject
    boundary = int(digits(5, mail.name.partition("/")[0]), 16) % 1000
    return {
        "message_id": mail.message_id,
        "message_send_timestamp": mail.sent_at,
        "from_address": mail.sender,
        "destination": list(mail.to),
        "headers_truncated": False,
        "headers": [
            {"name": "From", "value": mail.sender},
            {"name": "To", "value": ", ".join(mail.to)},
            *([] if subject is None else [{"name": "Subject", "value": subject}]),
            *([] if mail.origin else [{"name": "Message-ID", "value": "null"}]),
            {"name": "MIME-Version", "value": "1.0"},
            {
                "name": "Content-Type",
                "value": f'multipart/alternative;  boundary="----=_Part_{boundary}_271"',
            },
        ],
        "common_headers": {
            "from": mail.sender,
            "to": list(mail.to),
            **({} if subject is None else {"subject": subject}),
        },
    }


def _outcome(mail: Mail, step: Step) -> Record:
    """The object that is named after the event."""
    recipients = step.recipients or mail.to
    feedback_id = feedback_id_of(mail, step)
    if step.kind == "send":
        return {"send": {}}
    if step.kind == "delivered":
        return {"delivery": {
            "smtp_response": step.smtp_response,
            "reporting_mta": pick(
                ("a8-53.smtp-out.amazonses.com", "a11-26.smtp-out.amazonses.com"), mail.name
            ),
            "recipients": list(recipients),
            "processing_time_millis": step.after - 130,
        }}  # fmt: skip
    if step.kind == "open":
        return {"open": visitor(mail, step)}
    if step.kind in ("click", "unsubscribe"):
        click = {**visitor(mail, step), "link": step.link}
        if step.kind == "unsubscribe":
            click["link_tags"] = {"unsubscribeLinkTag": ["footer"]}
        return {"click": click}
    if step.kind in ("hardbounce", "softbounce"):
        return {"bounce": _bounce(step, recipients, feedback_id)}
    if step.kind == "complaint":
        return {"complaint": {
            "complained_recipients": [{"email_address": address} for address in recipients],
            "feedback_id": feedback_id,
            "user_agent": "Example-FBL/1.0",
            "complaint_feedback_type": step.feedback_type,
        }}  # fmt: skip
    if step.kind == "rejected":
        return {"reject": {"reason": "Bad content"}}
    return {"rendering_failure": {
        "error_message": "Attribute 'FirstName' is not present in the rendering data.",
        "template_name": "TipsTpl",
    }}  # fmt: skip


def visitor(mail: Mail, step: Step) -> dict[str, str]:
    """Address and agent of whoever opened or clicked."""
    network = "198.51.100" if step.agent in ("machine", "proxy", "scanner") else "203.0.113"
    address = f"{network}.{int(digits(4, mail.to[0]), 16) % 250 + 1}"
    return {"ip_address": address, "user_agent": AGENTS.get(step.agent, step.agent)}


def _bounce(step: Step, recipients: Sequence[str], feedback_id: str) -> Record:
    assert step.bounce is not None
    return {
        "bounce_type": step.bounce.type,
        "bounce_sub_type": step.bounce.sub_type,
        "bounced_recipients": [
            {
                "email_address": address,
                "action": "failed",
                "status": step.bounce.status,
                "diagnostic_code": step.bounce.diagnostic,
            }
            for address in recipients
        ],
        "feedback_id": feedback_id,
        "reporting_mta": "dns; a8-71.smtp-out.amazonses.com",
    }
