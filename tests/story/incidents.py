"""What happened once: each told by hand, because a rule hangs on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from . import plan
from .app_messages import app_event
from .cast import ACCOUNT, COUNTRIES, phone
from .clock import DAY, HOUR, MINUTE, SECOND, at
from .envelope import Event, campaign_send, endpoint_text, service_record
from .mail import (
    GLOBALLY_SUPPRESSED,
    OUT_OF_OFFICE,
    SENDER,
    SERVICE,
    SUPPRESSED,
    UNDETERMINED,
    Bounce,
    Mail,
    Step,
    mail_events,
)
from .mailings import SEND, UNSUBSCRIBE
from .phone_messages import BUFFERED, Receipt, TextMessage, sms_events

_NEWSLETTER = {
    "campaign_id": plan.NEWSLETTER.id,
    "campaign_activity_id": plan.EMAIL_RUNS[1].activity,
    "treatment_id": "0",
}
_CLEARANCE = {
    "campaign_id": plan.CLEARANCE.id,
    "campaign_activity_id": plan.EMAIL_RUNS[0].activity,
    "treatment_id": "0",
}
_AUTUMN = plan.EMAIL_RUNS[1].subjects["0"]
_LINK = plan.NEWSLETTER.links[0]
_DELIVERED = Step("delivered", 1_400)
_NO_SUCH_USER = Bounce("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown")
_NO_EMAIL = Bounce("Permanent", "NoEmail", "5.1.2", "smtp; 553 5.1.2 no such domain")


@dataclass(frozen=True)
class MailIncident:
    """A mail with a life of its own."""

    what: str
    sent: str
    to: tuple[str, ...]
    steps: tuple[Step, ...]
    subject: str = _AUTUMN
    campaign: Mapping[str, str] | None = field(default_factory=lambda: _NEWSLETTER)
    """None for mail without a campaign."""


MAIL_INCIDENTS = (
    MailIncident(
        "bare agent exactly a minute after sending: still a machine",
        "2026-10-19 07:12:00", ("ida.grenze@example.com",),
        (SEND, _DELIVERED, Step("open", 60_000, "machine")),
    ),
    MailIncident(
        "bare agent a millisecond later: a person",
        "2026-10-19 07:12:01", ("emil.grenze@example.com",),
        (SEND, _DELIVERED, Step("open", 60_001, "machine")),
    ),
    MailIncident(
        "prefetched by a machine, later opened by a person with the same bare agent",
        "2026-10-19 07:12:02", ("olga.proxy@example.com",),
        (SEND, _DELIVERED, Step("open", 9_000, "machine"), Step("open", 3 * HOUR, "machine")),
    ),
    MailIncident(
        "a click just under five seconds after sending is a scanner's, whatever it calls itself",
        "2026-10-19 07:12:03", ("kurt.scan@kontor.example",),
        (SEND, _DELIVERED, Step("click", 4_999, "desktop", _LINK)),
    ),
    MailIncident(
        "a click at five seconds is a person's",
        "2026-10-19 07:12:04", ("kira.schnell@kontor.example",),
        (SEND, _DELIVERED, Step("open", 4_100, "desktop"), Step("click", 5_000, "desktop", _LINK)),
    ),
    MailIncident(
        "a script that calls itself one clicks after an hour, a person after two",
        "2026-10-19 07:12:05", ("it.abteilung@kontor.example",),
        (SEND, _DELIVERED, Step("click", HOUR, "script", _LINK),
         Step("open", 2 * HOUR, "desktop"), Step("click", 2 * HOUR + 8_000, "desktop", _LINK)),
    ),
    MailIncident(
        "a scanner without a window follows the link to unsubscribe",
        "2026-10-19 07:12:06", ("presse@kontor.example",),
        (SEND, _DELIVERED, Step("unsubscribe", 40 * SECOND, "headless", UNSUBSCRIBE)),
    ),
    MailIncident(
        "opened in the lake before it was sent: the record of the send came an hour late",
        "2026-10-19 07:12:07", ("vera.eilig@example.org",),
        (Step("send", 645, landed_after=2 * HOUR), _DELIVERED,
         Step("open", 4 * MINUTE, "iphone")),
    ),
    MailIncident(
        "opened on the last day of the service, eleven days after sending",
        "2026-10-19 07:12:08", ("tom.spaet@example.net",),
        (SEND, _DELIVERED, Step("open", 11 * DAY + 2 * HOUR, "browser")),
    ),
    MailIncident(
        "delivered, and bounced two days later",
        "2026-10-19 07:12:09", ("lars.weg@example.net",),
        (SEND, _DELIVERED, Step("hardbounce", 2 * DAY, bounce=_NO_SUCH_USER),
         Step("hardbounce", 2 * DAY, bounce=_NO_SUCH_USER, landed_after=2 * DAY + 5 * HOUR)),
    ),
    MailIncident(
        "delivered, and answered by an automatic reply that counts as a bounce",
        "2026-10-19 07:12:10", ("jana.urlaub@example.org",),
        (SEND, _DELIVERED, Step("softbounce", 50 * SECOND, bounce=OUT_OF_OFFICE)),
    ),
    MailIncident(
        "refused at first, delivered forty minutes later",
        "2026-10-19 07:12:11", ("rita.voll@campus.example",),
        (SEND,
         Step("softbounce", 30 * SECOND, bounce=Bounce(
             "Transient", "MailboxFull", "4.2.2", "smtp; 452 4.2.2 mailbox full", "softbounce")),
         Step("delivered", 40 * MINUTE)),
    ),
    MailIncident(
        "a bounce that nobody could determine",
        "2026-10-19 07:12:12", ("sven.raetsel@example.net",),
        (SEND, Step("softbounce", 3 * SECOND, bounce=UNDETERMINED)),
    ),
    MailIncident(
        "an address that the service itself suppresses",
        "2026-10-19 07:12:13", ("info@oldpost.example",),
        (SEND, Step("hardbounce", 800, bounce=GLOBALLY_SUPPRESSED)),
    ),
    MailIncident(
        "a domain that does not exist any more",
        "2026-10-19 07:12:14", ("info@vanished.example",),
        (SEND, Step("hardbounce", 1_900, bounce=_NO_EMAIL)),
    ),
    MailIncident(
        "marked as spam; the complaint is stored twice, hours apart",
        "2026-10-19 07:12:18", ("bernd.boese@freemail.example",),
        (SEND, _DELIVERED, Step("complaint", 24 * HOUR),
         Step("complaint", 24 * HOUR, landed_after=29 * HOUR)),
    ),
    MailIncident(
        "leaves by the link in the footer; that is stored twice in one object",
        "2026-10-19 07:12:19", ("gesa.genug@example.com",),
        (SEND, _DELIVERED, Step("open", 5 * HOUR + 20 * MINUTE, "iphone"),
         Step("unsubscribe", 5 * HOUR + 21 * MINUTE, "iphone", UNSUBSCRIBE),
         Step("unsubscribe", 5 * HOUR + 21 * MINUTE, "iphone", UNSUBSCRIBE)),
    ),
    MailIncident(
        "taken out of the spam folder: the opposite of a complaint",
        "2026-10-19 07:12:15", ("nina.gern@freemail.example",),
        (SEND, _DELIVERED, Step("open", 26 * HOUR, "android"),
         Step("complaint", 26 * HOUR + MINUTE, feedback_type="not-spam")),
    ),
    MailIncident(
        "an address in capitals; the bounce names it in small letters",
        "2026-10-19 07:12:16", ("Karl.GROSS@Example.ORG",),
        (SEND, Step("hardbounce", 2_100, bounce=_NO_SUCH_USER,
                    recipients=("karl.gross@example.org",))),
    ),
    MailIncident(
        "an address in capitals that opens",
        "2026-10-19 07:12:17", ("Maja.GROSS@Example.ORG",),
        (SEND, Step("delivered", 1_300, recipients=("maja.gross@example.org",)),
         Step("open", 90 * MINUTE, "iphone")),
    ),
    MailIncident(
        "sent at the end of September's sale, opened twenty days later",
        "2026-10-02 08:01:00", ("paula.lang@example.com",),
        (SEND, _DELIVERED, Step("open", 20 * DAY + 3 * HOUR, "iphone")),
        subject=plan.EMAIL_RUNS[0].subjects["0"], campaign=_CLEARANCE,
    ),
    MailIncident(
        "to two people at once: who of them opened cannot be told",
        "2026-10-20 11:21:00", ("ana.paar@example.com", "uwe.paar@example.com"),
        (SEND, Step("delivered", 1_500), Step("open", 20 * MINUTE, "iphone"),
         Step("click", 21 * MINUTE, "iphone", "https://shop.example.com/orders/4711")),
        subject="Your order 4711", campaign=None,
    ),
    MailIncident(
        "to three people, one of whom is not there",
        "2026-10-22 15:12:00",
        ("einkauf@kontor.example", "lager@kontor.example", "weg@kontor.example"),
        (SEND,
         Step("delivered", 1_500, recipients=("einkauf@kontor.example", "lager@kontor.example")),
         Step("hardbounce", 2_300, bounce=_NO_SUCH_USER, recipients=("weg@kontor.example",))),
        subject="Delivery note 20261022", campaign=None,
    ),
    MailIncident(
        "sent in the last second of the 22nd in UTC",
        "2026-10-22 23:59:59.400", ("mia.nacht@example.com",),
        (SEND, Step("delivered", 1_200)), subject="Your order 4804", campaign=None,
    ),
    MailIncident(
        "sent in the hour that Berlin has twice",
        "2026-10-25 00:40:00", ("udo.uhr@example.com",),
        (SEND, _DELIVERED, Step("open", 45 * MINUTE, "iphone")),
        subject="Your order 4899", campaign=None,
    ),
    MailIncident(
        "sent in the same hour by the clock, an hour later",
        "2026-10-25 01:40:00", ("ute.uhr@example.com",),
        (SEND, _DELIVERED, Step("open", 45 * MINUTE, "android")),
        subject="Your order 4900", campaign=None,
    ),
    MailIncident(
        "its send is in the batch that was not delivered; the rest of its life is in the lake",
        "2026-10-22 15:13:00", ("lea.luecke@example.com",),
        (SEND, _DELIVERED, Step("open", 2 * HOUR, "iphone")),
        subject="Your order 4777", campaign=None,
    ),
    *(
        MailIncident(
            f"a trial with the mailbox simulator: {mailbox}",
            f"2026-10-20 11:20:{second:02d}", (f"{mailbox}@simulator.amazonses.com",), steps,
            subject="Test of the order template", campaign=None,
        )
        for second, (mailbox, steps) in enumerate((
            ("success", (SEND, _DELIVERED)),
            ("success+again", (SEND, _DELIVERED)),
            ("bounce", (SEND, Step("hardbounce", 1_100, bounce=_NO_SUCH_USER))),
            ("complaint", (SEND, _DELIVERED, Step("complaint", 30 * SECOND))),
            ("ooto", (SEND, _DELIVERED, Step("softbounce", 40 * SECOND, bounce=OUT_OF_OFFICE))),
            ("suppressionlist", (SEND, Step("hardbounce", 900, bounce=SUPPRESSED))),
        ))
    ),
)  # fmt: skip

_US, _GB, _DE = COUNTRIES[0], COUNTRIES[3], COUNTRIES[4]
_FAILED = "FAILURE"
SMS_INCIDENTS = (
    # what, sent, country, number's place, parts, customer_context, receipts
    ("a context that is no JSON", "2026-10-20 11:22:00", _US, 71, 1, "{userId: 77",
     (BUFFERED, Receipt("SUCCESS", "DELIVERED", 4 * SECOND))),
    ("a context with JSON in it", "2026-10-20 11:22:05", _US, 72, 1,
     '{"order":{"id":"A-1","lines":[1,2]},"vip":true,"note":null}',
     (BUFFERED, Receipt("SUCCESS", "DELIVERED", 4 * SECOND))),
    ("a context that is the word null", "2026-10-20 11:22:10", _US, 73, 1, "null",
     (BUFFERED, Receipt("SUCCESS", "DELIVERED", 4 * SECOND))),
    ("an empty context", "2026-10-20 11:22:15", _US, 74, 1, "",
     (BUFFERED, Receipt("SUCCESS", "DELIVERED", 4 * SECOND))),
    ("three parts, because of one letter", "2026-10-21 11:22:00", _GB, 75, 3,
     '{"purpose":"grüße \N{FALLEN LEAF}"}',
     (BUFFERED, Receipt("SUCCESS", "DELIVERED", 5 * SECOND))),
    ("no receipt within 72 hours", "2026-10-20 11:23:00", _DE, 76, 1, None,
     (BUFFERED, Receipt(_FAILED, "UNKNOWN", 72 * HOUR))),
    ("taken by the carrier, given up two days later", "2026-10-20 11:23:05", _GB, 77, 1, None,
     (BUFFERED, Receipt("SUCCESS", "SUCCESSFUL", 3 * SECOND),
      Receipt(_FAILED, "UNREACHABLE", 49 * HOUR))),
    ("the receipts come in the wrong order", "2026-10-21 11:22:10", _US, 78, 1, None,
     (Receipt("SUCCESS", "DELIVERED", 6 * SECOND),
      Receipt("SUCCESS", "SUCCESSFUL", 2 * SECOND, landed_after=2 * HOUR),
      Receipt("BUFFERED", "SUCCESSFUL", 380, landed_after=4 * HOUR))),
    ("its receipt with the price is stored twice, hours apart", "2026-10-21 11:22:15", _GB, 85, 2,
     None,
     (BUFFERED, Receipt("SUCCESS", "DELIVERED", 5 * SECOND),
      Receipt("SUCCESS", "DELIVERED", 5 * SECOND, landed_after=7 * HOUR))),
    ("failed at first, then delivered", "2026-10-21 11:22:20", _US, 79, 1, None,
     (BUFFERED, Receipt(_FAILED, "UNREACHABLE", 20 * SECOND),
      Receipt("SUCCESS", "DELIVERED", 3 * MINUTE))),
    ("a number that does not exist, without a price", "2026-10-21 11:22:30", _US, 80, 1, None,
     (Receipt(_FAILED, "INVALID", 600, is_priced=False),)),
    ("to somebody who opted out", "2026-10-22 11:22:00", _US, 81, 1, None,
     (Receipt(_FAILED, "OPTED_OUT", 600, is_priced=False),)),
    ("asked for before midnight, delivered after", "2026-10-23 23:59:58", _US, 82, 1, None,
     (BUFFERED, Receipt("SUCCESS", "DELIVERED", 5 * SECOND))),
    ("still on its way when the service ended", "2026-10-29 21:33:00", _US, 83, 1, None,
     (Receipt("BUFFERED", "PENDING", 380),)),
    ("still on its way when the service ended, too", "2026-10-29 21:33:05", _GB, 84, 2, None,
     (BUFFERED,)),
)  # fmt: skip


def incidents() -> Iterator[Event]:
    """The records of all of them."""
    for place, incident in enumerate(MAIL_INCIDENTS):
        yield from _mail_incident(place, incident)
    for place, (what, sent, country, number, parts, context, receipts) in enumerate(SMS_INCIDENTS):
        message = TextMessage(
            f"incident/{what}", at(sent), country, phone(country, number), f"ep-sms-9{place:04d}",
            parts, origin={"treatment_id": "0"}, context=context,
        )  # fmt: skip
        yield from sms_events(message, *receipts)
    yield from _names_that_look_like_channels()
    yield Event(_stream_test(), at("2026-10-19 06:58") + 5)


def _mail_incident(place: int, incident: MailIncident) -> Iterator[Event]:
    origin = incident.campaign or {}
    mail = Mail(
        f"incident/{incident.what}", at(incident.sent), incident.to, incident.subject,
        f"ep-9{place:05d}" if origin else f"{place:08x}-7e2d-4c1b-8a09-f8e7d6c5b4a3",
        origin, SENDER if origin else SERVICE,
    )  # fmt: skip
    if origin:
        yield campaign_send(
            mail.sent_at - 500, mail.client_id, campaign=origin["campaign_id"],
            activity=origin["campaign_activity_id"], treatment=origin["treatment_id"],
            channel="EMAIL",
            endpoint=endpoint_text("EMAIL", "2026-09-01T08:00:00.000Z", f"user-9{place:03d}"),
        )  # fmt: skip
    yield from mail_events(mail, incident.steps)


def _names_that_look_like_channels() -> Iterator[Event]:
    """Own events of the app whose names begin nearly as those of the service do."""
    start = at("2026-10-20 11:24:00")
    for place, name in enumerate(
        ("xemail.preferences", "_email_preferences_changed", "SMS.consent", "_custom.wishlist")
    ):
        yield app_event(3, name, start + place * SECOND, start, {"source": "settings"})


def _stream_test() -> dict[str, object]:
    moment = at("2026-10-19 06:58")
    return service_record(
        "_test.event_stream", moment, moment + 5, "b2c3d4e5-0000-4000-8000-000000000000", {}
    )


STRAY = {
    # somebody subscribed the stream to a topic
    "Type": "SubscriptionConfirmation",
    "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
    "TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:example-topic",
    "Message": "You have chosen to subscribe to the topic.",
    "Timestamp": "2026-10-23T09:00:11.418Z",
}
