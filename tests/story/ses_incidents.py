"""What happened once in mail through SES: each told by hand, because a rule hangs on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from . import plan
from .cast import ACCOUNT
from .clock import DAY, HOUR, MINUTE, SECOND, at, iso
from .envelope import Event
from .mail import OUT_OF_OFFICE, SENDER, SERVICE, SUPPRESSED, Bounce, Step
from .mailings import SEND
from .ses_mail import SesMail, ses_events

_DELIVERED = Step("delivered", 1_250)
_NO_SUCH_USER = Bounce("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown")
_MAILBOX_FULL = Bounce("Transient", "MailboxFull", "4.2.2", "smtp; 452 4.2.2 mailbox full")
_UNREACHABLE = Bounce(
    "Transient", "TransientCommunicationFailure", "4.4.1",
    "smtp; 421 4.4.1 Unable to connect to remote host",
)  # fmt: skip
_TENANT_SUPPRESSED = Bounce(
    "Permanent", "OnTenantSuppressionList", "5.1.1",
    "Amazon SES did not send the message to this address because it is on the suppression list"
    " for your tenant.",
)  # fmt: skip
_LINK = "https://shop.example.com/boots?ref=mail"


@dataclass(frozen=True)
class SesIncident:
    """A mail with a life of its own."""

    what: str
    sent: str
    to: tuple[str, ...]
    steps: tuple[Step, ...]
    template: str = "invoice"
    """Of the transactional set; ``""`` for the marketing set."""
    tags: Mapping[str, str] = field(default_factory=dict)
    tenant: str | None = "shop-eu"


INCIDENTS = (
    SesIncident(
        "to two people; each gets it, and whoever opens it is nobody's open",
        "2026-10-20 12:03:00", ("max.meister@example.org", "moni.meister@example.org"),
        (SEND, Step("delivered", 1_100),
         Step("open", 5 * MINUTE, "iphone"), Step("open", 9 * MINUTE, "browser"),
         Step("click", 9 * MINUTE + 7 * SECOND, "browser", "https://shop.example.com/account")),
    ),
    SesIncident(
        "to three, of whom one does not exist",
        "2026-10-21 12:03:00",
        ("rolf.runde@example.com", "Ruth.Runde@Example.net", "falsch.runde@oldpost.example"),
        (SEND, Step("delivered", 1_050, recipients=("rolf.runde@example.com",)),
         Step("delivered", 1_390, recipients=("ruth.runde@example.net",)),
         Step("hardbounce", 1_800, bounce=_NO_SUCH_USER,
              recipients=("falsch.runde@oldpost.example",)),
         Step("open", 40 * MINUTE, "android")),
    ),
    SesIncident(
        "on the account's suppression list: sent, and never tried",
        "2026-10-22 07:03:00", ("alt.konto@oldpost.example",),
        (SEND, Step("hardbounce", 950, bounce=SUPPRESSED)),
    ),
    SesIncident(
        "on the tenant's suppression list",
        "2026-11-04 07:03:00", ("altes.konto@oldpost.example",),
        (SEND, Step("hardbounce", 950, bounce=_TENANT_SUPPRESSED)), tenant="shop-us",
    ),
    SesIncident(
        "delivered, and bounced a day later",
        "2026-10-23 12:04:00", ("weg.gezogen@example.net",),
        (SEND, _DELIVERED, Step("hardbounce", DAY, bounce=_NO_SUCH_USER)),
    ),
    SesIncident(
        "delivered, then an automatic reply that counts as a bounce",
        "2026-10-23 12:05:00", ("urlaub.bis.montag@example.org",),
        (SEND, _DELIVERED, Step("softbounce", 44 * SECOND, bounce=OUT_OF_OFFICE)),
    ),
    SesIncident(
        "a reply of the same kind comes before the delivery is told",
        "2026-11-05 12:05:00", ("urlaub.bis.freitag@example.org",),
        (SEND, Step("softbounce", 900, bounce=OUT_OF_OFFICE), _DELIVERED),
    ),
    SesIncident(
        "a mailbox stays full until SES gives up",
        "2026-10-24 07:04:00", ("voll.bis.oben@campus.example",),
        (SEND, Step("delay", 12 * MINUTE, bounce=_UNREACHABLE),
         Step("softbounce", 14 * HOUR + 5 * MINUTE, bounce=_MAILBOX_FULL)),
        template="parcel-notice",
    ),
    SesIncident(
        "delayed twice, delivered after fifty minutes",
        "2026-11-03 07:04:00", ("langsam.server@example.net",),
        (SEND, Step("delay", 10 * MINUTE, bounce=_UNREACHABLE),
         Step("delay", 30 * MINUTE, bounce=_UNREACHABLE), Step("delivered", 50 * MINUTE),
         Step("open", 3 * HOUR, "browser")), template="parcel-notice",
    ),
    SesIncident(
        "a complaint, stored twice in hours that differ",
        "2026-11-02 07:20:00", ("boese.post@freemail.example",),
        (SEND, _DELIVERED, Step("complaint", 26 * HOUR),
         Step("complaint", 26 * HOUR, landed_after=31 * HOUR)),
        template="", tags={"campaign": plan.NEWSLETTER.id},
    ),
    SesIncident(
        "a report that a mail is no spam",
        "2026-11-02 07:20:01", ("gute.post@freemail.example",),
        (SEND, _DELIVERED, Step("complaint", 20 * HOUR, feedback_type="not-spam"),
         Step("open", 20 * HOUR + MINUTE, "android")),
        template="", tags={"campaign": plan.NEWSLETTER.id},
    ),
    SesIncident(
        "refused, for what is in it",
        "2026-10-27 18:05:00", ("virus.waechter@kontor.example",), (Step("rejected", 300),),
    ),
    SesIncident(
        "the template names a parcel that the order does not have",
        "2026-10-28 12:05:00", ("ohne.paket@example.com",), (Step("rendering_failure", 200),),
        template="parcel-notice",
    ),
    SesIncident(
        "left by the header of the mail",
        "2026-11-02 07:20:02", ("adieu.news@example.org",),
        (SEND, _DELIVERED, Step("open", HOUR, "iphone"),
         Step("unsubscribe", HOUR + 20 * SECOND)),
        template="", tags={"campaign": plan.NEWSLETTER.id},
    ),
    SesIncident(
        "changes the topics and stays",
        "2026-11-02 07:20:03", ("nur.angebote@example.org",),
        (SEND, _DELIVERED, Step("unsubscribe", 2 * HOUR, feedback_type="topics")),
        template="", tags={"campaign": plan.NEWSLETTER.id},
    ),
    SesIncident(
        "SES takes a bare agent within the minute for a person",
        "2026-11-02 07:20:04", ("karges.programm@example.com",),
        (SEND, _DELIVERED, Step("open", 30 * SECOND, "machine", verdict="Unlikely")),
        template="", tags={"campaign": plan.NEWSLETTER.id},
    ),
    SesIncident(
        "SES takes an open and a click that look like a person's for a bot's",
        "2026-11-02 07:20:05", ("fern.gesteuert@kontor.example",),
        (SEND, _DELIVERED, Step("open", 2 * HOUR, "desktop", verdict="Likely"),
         Step("click", 2 * HOUR + 9 * SECOND, "desktop", _LINK, verdict="Likely")),
        template="", tags={"campaign": plan.NEWSLETTER.id},
    ),
    SesIncident(
        "without a verdict: a bare agent exactly a minute after sending, and a millisecond later",
        "2026-10-29 07:05:00", ("ida.zaehlt@example.com",),
        (SEND, _DELIVERED, Step("open", 60_000, "machine"), Step("open", 60_001, "machine")),
    ),
    SesIncident(
        "without a verdict: a click just under five seconds, and one at five",
        "2026-10-29 07:06:00", ("kurt.zaehlt@kontor.example",),
        (SEND, _DELIVERED,
         Step("click", 4_999, "desktop", "https://shop.example.com/account"),
         Step("click", 5_000, "desktop", "https://shop.example.com/account")),
    ),
    SesIncident(
        "a script follows a link after an hour",
        "2026-10-29 07:07:00", ("it.zaehlt@kontor.example",),
        (SEND, _DELIVERED,
         Step("click", HOUR, "script", "https://shop.example.com/account")),
    ),
    SesIncident(
        "opened in the lake before it was sent there",
        "2026-11-06 07:05:00", ("eilig.post@example.org",),
        (Step("send", 500, landed_after=3 * HOUR), _DELIVERED, Step("open", 4 * MINUTE, "iphone")),
    ),
    SesIncident(
        "tags with capitals, and a tenant that SES does not know",
        "2026-11-05 07:05:00", ("gross.klein@example.com",),
        (SEND, _DELIVERED),
        template="", tags={"Campaign": "Welcome-Back", "tenant": "outlet"}, tenant=None,
    ),
    SesIncident(
        "the shop's own id of a message, on two attempts",
        "2026-11-06 12:05:00", ("zweiter.versuch@example.com",),
        (SEND, Step("softbounce", 12 * HOUR, bounce=_MAILBOX_FULL)),
        template="order-confirmation", tags={"application_message_id": "order-A-7741"},
    ),
    SesIncident(
        "the second attempt",
        "2026-11-07 12:05:00", ("zweiter.versuch@example.com",),
        (SEND, _DELIVERED, Step("open", 6 * HOUR, "browser")),
        template="order-confirmation", tags={"application_message_id": "order-A-7741"},
    ),
)  # fmt: skip

SIMULATED = (
    # mailbox of the simulator, what it answers
    ("success", (SEND, Step("delivered", 800))),
    ("bounce", (SEND, Step("hardbounce", 1_000, bounce=_NO_SUCH_USER))),
    ("complaint", (SEND, Step("delivered", 820), Step("complaint", 2_300))),
    ("suppressionlist", (SEND, Step("hardbounce", 1_020, bounce=SUPPRESSED))),
)

NOTIFICATION = {
    # What an identity without a configuration set says of its mail: none of these records.
    "notificationType": "Delivery",
    "mail": {
        "timestamp": iso(at("2026-10-26 12:10:00")),
        "source": "it@shop.example.com",
        "sourceArn": f"arn:aws:ses:us-east-1:{ACCOUNT}:identity/shop.example.com",
        "sendingAccountId": ACCOUNT,
        "messageId": "01000199a1b2c3d4-0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d-000000",
        "destination": ["wache@shop.example.com"],
    },
    "delivery": {
        "timestamp": iso(at("2026-10-26 12:10:01")),
        "processingTimeMillis": 1_000,
        "recipients": ["wache@shop.example.com"],
        "smtpResponse": "250 2.0.0 OK",
        "reportingMTA": "a27-20.smtp-out.us-east-1.amazonses.com",
    },
}


def ses_incidents() -> Iterator[Event]:
    for number, incident in enumerate(INCIDENTS):
        is_transactional = bool(incident.template)
        template = {"template": incident.template} if is_transactional else {}
        mail = SesMail(
            f"ses incident/{number}", at(incident.sent), incident.to,
            "Your order" if is_transactional else "Rain or shine, we ship \N{UMBRELLA}", "",
            sender=SERVICE if is_transactional else SENDER,
            configuration_set="transactional" if is_transactional else "marketing",
            tags={**template, **incident.tags},
            tenant=incident.tenant if is_transactional else None,
            judges_bots=not is_transactional,
        )  # fmt: skip
        yield from ses_events(mail, incident.steps)
    for place, (mailbox, steps) in enumerate(SIMULATED):
        mail = SesMail(
            f"ses simulator/{mailbox}", at("2026-10-30 09:00:00") + place * SECOND,
            (f"{mailbox}@simulator.amazonses.com",), "Does it work?", "", sender=SERVICE,
            tags={"template": "invoice"},
        )  # fmt: skip
        yield from ses_events(mail, steps)
