"""The streams of the services that come beside and after Pinpoint, as files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from . import plan
from .chance import share
from .chats import bus_events, chat_events, written_to_us
from .clock import at
from .envelope import Event, compact
from .firehose import Landing, Mishaps, objects, repeated, undelivered
from .pilot import by_hour, conversation, pilot_rows
from .ses_incidents import NOTIFICATION, ses_incidents
from .ses_mailings import fair_mail, marketing_mail, transactional_mail, welcome_goes_on
from .text_incidents import eventbridge_copies, replies, text_incidents
from .texts_sent import calls, codes, rich_messages, singles_day_texts, welcome_texts


@dataclass(frozen=True)
class Stream:
    """A Firehose stream: its name, its folder, and what went wrong on it."""

    name: str
    folder: str
    mishaps: Mishaps = field(default_factory=Mishaps)


SES = Stream(
    "ses-events-Gd83Kq", "ses",
    Mishaps(
        damaged=("2026-11-04-12-45",),
        concatenated=("2026-11-05-12-30",),
        uncompressed=("2026-11-06-12-46",),
        changed_from="2026-11-02-00",
    ),
)  # fmt: skip
SMS = Stream("sms-events-Lk29xv", "sms", Mishaps(unmarked=("2026-11-06-12-45",)))
SMS_BUS = Stream("bus-to-s3-Rr71dm", "sms_eventbridge")
SMS_REPLIES = Stream("shop-replies-Vw40pc", "sms_inbound")
WHATSAPP = Stream("shop-whatsapp-Tz58hn", "whatsapp")
WHATSAPP_BUS = Stream("bus-to-s3-Rr71dm", "whatsapp_eventbridge")
PILOT_EVENTS = Stream("engagement-events-Hq93zs", "engagementdb/events")
PILOT_CONVERSATIONS = Stream("engagement-conversations-Mf16ka", "engagementdb/conversations")
TIMED_OUT = ("langsam.server@example.net",)
"""Recipients whose `Send` went to the error prefix."""
ROW_TWICE = 0.04


def event_files() -> dict[str, bytes]:
    """Every file of these streams by its path below ``fixtures/``."""
    mails = [
        *transactional_mail(), *marketing_mail(), *welcome_goes_on(), *fair_mail(),
        *ses_incidents(),
    ]  # fmt: skip
    texts = [
        *codes(), *welcome_texts(), *singles_day_texts(), *calls(), *rich_messages(),
        *text_incidents(),
    ]  # fmt: skip
    chats = [*chat_events(), *written_to_us()]
    return {
        **_files(SES, mails, [Landing(at("2026-10-26 12:10:02"), compact(NOTIFICATION))], _is_lost),
        **_files(SMS, texts),
        **_files(SMS_BUS, eventbridge_copies()),
        **_files(SMS_REPLIES, replies()),
        **_files(WHATSAPP, chats),
        **_files(WHATSAPP_BUS, bus_events()),
        **_partitioned(PILOT_EVENTS, pilot_rows(mails, texts, chats)),
        **_partitioned(PILOT_CONVERSATIONS, conversation()),
    }


def _is_lost(text: str) -> bool:
    return '"eventType":"Send"' in text and any(each in text for each in TIMED_OUT)


def _partitioned(stream: Stream, rows: Iterable[Event]) -> dict[str, bytes]:
    """The objects of a stream whose folders are the hours of the rows' own times.

    A row that comes twice comes into the same hour, however late it comes.
    """
    told: dict[str, bytes] = {}
    for hour in by_hour(rows):
        landings = [Landing(row.landed_at, row.text) for row in hour]
        again = [each for each in landings if share("row twice", each.text) < ROW_TWICE]
        told |= objects([*landings, *again], stream.mishaps, stream.name)
    return {f"{stream.folder}/{path}": body for path, body in told.items()}


def _files(
    stream: Stream,
    events: Iterable[Event],
    strays: Iterable[Landing] = (),
    lost: Callable[[str], bool] = lambda _: False,
) -> dict[str, bytes]:
    """The objects of a stream, and under ``errors/`` the records that are ``lost``."""
    landings: list[Landing] = []
    failed: list[Landing] = []
    for event in events:
        (failed if lost(event.text) else landings).append(Landing(event.landed_at, event.text))
    end = at(plan.STORY_END)
    arrived = [each for each in repeated([*landings, *strays]) if each.landed_at <= end]
    told = objects(arrived, stream.mishaps, stream.name)
    if failed:
        told |= undelivered(failed, stream.name)
    return {f"{stream.folder}/{path}": body for path, body in told.items()}
