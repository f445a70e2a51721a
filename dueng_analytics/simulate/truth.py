"""The ledger beside a lake: what really happened, and what of it was stored."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dueng_analytics.simulate import kinds, world
from dueng_analytics.simulate.mailings import Schedule
from dueng_analytics.simulate.nested_arrays import lists
from dueng_analytics.simulate.people import addresses, telephone_numbers
from dueng_analytics.simulate.phone_records import prices_usd
from dueng_analytics.simulate.pinpoint_records import prices_millicents
from dueng_analytics.simulate.plan import Plan
from dueng_analytics.simulate.rows import AGENTS, LINKS, Book, Rows
from dueng_analytics.simulate.sending import Lives, population_of
from dueng_analytics.simulate.text_arrays import Numbers, chosen, hex_ids

_MOMENT = pa.timestamp("ms")
_FAILED = (
    "_SMS.FAILURE", "TEXT_INVALID", "TEXT_UNREACHABLE", "TEXT_CARRIER_BLOCKED", "TEXT_BLOCKED",
    "TEXT_SPAM", "TEXT_TTL_EXPIRED", "TEXT_UNKNOWN", "failed",
)  # fmt: skip
# what a moment of a message is the first (or last) of
_FIRSTS = {
    "delivered_at": ("_email.delivered", "Delivery", "TEXT_DELIVERED", "delivered"),
    "complained_at": ("_email.complaint", "Complaint"),
    "unsubscribed_at": ("_email.unsubscribe", "Subscription", "_SMS.OPTOUT"),
}
_LASTS = {
    "bounced_at": ("_email.hardbounce", "_email.softbounce", "Bounce"),
    "failed_at": _FAILED,
}
_OPENS = ("_email.open", "Open", "read")
_CLICKS = ("_email.click", "Click")
_COUNTED = (
    ("human_opens", _OPENS, kinds.PERSON),
    ("machine_opens", _OPENS, kinds.MACHINE),
    ("human_clicks", _CLICKS, kinds.PERSON),
    ("scanner_clicks", _CLICKS, kinds.SCANNER),
)
_NEVER = np.iinfo(np.int64).max


def messages_table(plan: Plan, schedule: Schedule, unit: int, lives: Lives) -> pa.Table:
    """A row for each message and recipient of a unit: who it is, and what became of it."""
    recipients, messages = lives.recipients, lives.messages[lives.recipients.rows]
    count = len(messages)
    book = Book.of(schedule, population_of(plan))
    rows = Rows(np.zeros(count, dtype=kinds.EVENT), messages, book)
    kind = messages["kind"]
    run = messages["run"]
    is_mail = np.isin(kind, kinds.MAILS)
    is_text = np.isin(kind, (kinds.SMS, kinds.PINPOINT_SMS))

    def of_run(name: str) -> pa.Array:
        values = [getattr(one, name) for one in schedule.runs]
        return chosen(pa.array(values, pa.string()).dictionary_encode(), run)

    prices, fees = _charges(messages, ~lives.charged[recipients.rows])
    list_prices, list_fees = _charges(messages, np.zeros(count, dtype=bool))
    moments = _moments(lives)
    return pa.table(
        {
            "message": pa.array((np.int64(unit) << 32) + recipients.rows),
            "place": pa.array(recipients.places),
            "family": chosen(pa.array(kinds.FAMILIES).dictionary_encode(), kind),
            "channel": chosen(pa.array(kinds.CHANNELS).dictionary_encode(), kind),
            "message_id": _message_ids(rows, kind, of_run("activity")),
            "recipient": _recipients(recipients.persons, messages, is_mail, rows),
            "recipient_count": pa.array(messages["recipients"]),
            "is_multi_recipient": pa.array(messages["recipients"] > 1),
            "recipient_domain": chosen(
                pa.array([one.name for one in world.DOMAINS]).dictionary_encode(),
                recipients.domains,
                ~is_mail,
            ),
            "is_test": pa.array(is_mail & (recipients.domains == world.SIMULATOR_CODE)),
            "campaign_id": of_run("campaign"),
            "campaign_activity_id": of_run("activity"),
            "treatment_id": chosen(
                pa.array(["0", "1"]).dictionary_encode(),
                messages["treatment"],
                messages["origin"] != kinds.CAMPAIGN,
            ),
            "journey_id": of_run("journey"),
            "journey_run_id": of_run("journey_run"),
            "journey_activity_id": of_run("step"),
            "tenant": of_run("tenant"),
            "configuration_set": of_run("configuration_set"),
            "template": of_run("template"),
            "subject": of_run("subject"),
            "country": chosen(
                pa.array([one.code for one in world.COUNTRIES]).dictionary_encode(),
                messages["country"],
                ~is_text,
            ),
            "sent_at": pa.array(messages["sent_ms"], _MOMENT),
            "fate": chosen(pa.array(kinds.FATES).dictionary_encode(), recipients.fates),
            **{
                name: pa.array(values, _MOMENT, mask=(values == _NEVER) | (values == 0))
                for name, values in moments.items()
            },
            **{name: pa.array(values) for name, values in _counts(lives).items()},
            "parts": pa.array(messages["parts"], mask=~is_text),
            "price_usd": pa.array(prices, mask=~is_text),
            "fee_usd": pa.array(fees, mask=kind != kinds.SMS),
            "list_price_usd": pa.array(list_prices, mask=~is_text),
            "list_fee_usd": pa.array(list_fees, mask=kind != kinds.SMS),
        }
    )


def _message_ids(rows: Rows, kind: Numbers, activities: pa.Array) -> pa.Array:
    messages = rows.messages
    every = pa.concat_arrays(
        [
            rows.mail_ids,
            hex_ids("t3", messages["id_high"], messages["id_low"]),
            rows.uuids,
            activities.cast(pa.string()),
            hex_ids("wamid.HBgL", messages["id_high"], messages["id_low"], "AA=="),
        ]
    )
    which = np.array([0, 0, 1, 2, 3, 4])[kind]
    return every.take(pa.array(which * rows.count + np.arange(rows.count)))


def _recipients(persons: Numbers, messages: Numbers, is_mail: Numbers, rows: Rows) -> pa.Array:
    """Addresses in lower case, numbers, endpoints: whom the message goes to."""
    count = len(persons)
    every = pa.concat_arrays(
        [
            addresses(persons, lower=True),
            telephone_numbers(messages["person"].astype(np.int64), messages["country"]),
            rows.endpoints,
        ]
    )
    which = np.select([is_mail, messages["kind"] == kinds.PUSH], [0, 2], 1)
    return every.take(pa.array(which * count + np.arange(count)))


def _charges(messages: Numbers, free: Numbers) -> tuple[Numbers, Numbers]:
    prices, fees = prices_usd(messages, free)
    older = prices_millicents(messages, free) / 1e5
    return np.where(messages["kind"] == kinds.SMS, prices, older), fees


def _first_places(lives: Lives) -> Numbers:
    """The row of each message's first recipient in the table of messages."""
    counts = lives.messages["recipients"].astype(np.int64)
    return np.cumsum(counts) - counts


def _told(lives: Lives, which: Numbers) -> tuple[Numbers, Numbers]:
    """Rows of the table of messages that some happenings are about, and each one's moment."""
    rows = lives.happenings["row"][which]
    place = lives.happenings["place"][which]
    counts = np.where(place == kinds.EVERYBODY, lives.messages["recipients"][rows], 1).astype(
        np.int64
    )
    starts = np.cumsum(counts) - counts
    first = _first_places(lives)[rows] + np.where(place == kinds.EVERYBODY, 0, place)
    at = np.repeat(first, counts) + np.arange(int(counts.sum())) - np.repeat(starts, counts)
    return at, np.repeat(lives.happenings["occurred_ms"][which], counts)


def _of(lives: Lives, names: tuple[str, ...]) -> Numbers:
    return np.isin(lives.happenings["type"], [kinds.TYPE[name] for name in names])


def _moments(lives: Lives) -> dict[str, Numbers]:
    count = len(lives.recipients.rows)
    found: dict[str, Numbers] = {}
    older = _of(lives, ("_SMS.SUCCESS",)) & (lives.happenings["detail"] == 1)
    not_spam = _of(lives, ("_email.complaint", "Complaint")) & (
        lives.happenings["detail"] == kinds.COMPLAINTS.index("not-spam")
    )
    scanned = lives.happenings["actor"] == kinds.SCANNER
    for name, types in _FIRSTS.items():
        which = _of(lives, types) & ~not_spam & ~scanned
        if name == "delivered_at":
            which |= older
        found[name] = np.full(count, _NEVER)
        at, moments = _told(lives, which)
        np.minimum.at(found[name], at, moments)
    for name, types in _LASTS.items():
        found[name] = np.zeros(count, dtype=np.int64)
        at, moments = _told(lives, _of(lives, types))
        np.maximum.at(found[name], at, moments)
    for name, types, actor in (
        ("first_human_opened_at", _OPENS, kinds.PERSON),
        ("first_human_clicked_at", _CLICKS, kinds.PERSON),
    ):
        found[name] = np.full(count, _NEVER)
        at, moments = _told(lives, _of(lives, types) & (lives.happenings["actor"] == actor))
        np.minimum.at(found[name], at, moments)
    return found


def _counts(lives: Lives) -> dict[str, Numbers]:
    count = len(lives.recipients.rows)
    return {
        name: np.bincount(
            _told(lives, _of(lives, types) & (lives.happenings["actor"] == actor))[0],
            minlength=count,
        ).astype(np.int32)
        for name, types, actor in _COUNTED
    }


def events_table(unit: int, lives: Lives, stored: Mapping[str, Numbers]) -> pa.Table:
    """A row for each thing that happened to a message of a unit, and what was stored of it."""
    happened = lives.happenings
    types = happened["type"]
    count = len(types)
    is_open = _of(lives, ("_email.open", "Open"))
    is_click = _of(lives, ("_email.click", "_email.unsubscribe", "Click"))
    bounced = _of(lives, _LASTS["bounced_at"])
    copies = np.bincount(stored["copy_of"], minlength=count)
    types_text = pa.array(kinds.EVENT_TYPES).dictionary_encode()
    bounces = pa.array([bounce[1] for bounce in kinds.BOUNCES]).dictionary_encode()
    return pa.table(
        {
            "event": pa.array((np.int64(unit) << 32) + np.arange(count)),
            "message": pa.array((np.int64(unit) << 32) + happened["row"].astype(np.int64)),
            "place": pa.array(happened["place"], mask=happened["place"] == kinds.EVERYBODY),
            "source": chosen(
                pa.array(kinds.SOURCES).dictionary_encode(), kinds.SOURCE_OF_TYPE[types]
            ),
            "event_type": chosen(types_text, types),
            "occurred_at": pa.array(happened["occurred_ms"], _MOMENT),
            "received_at": pa.array(stored["received_ms"], _MOMENT),
            "actor": chosen(pa.array(kinds.ACTORS).dictionary_encode(), happened["actor"]),
            "agent": chosen(AGENTS.dictionary_encode(), happened["agent"], ~(is_open | is_click)),
            "link": chosen(
                LINKS.dictionary_encode(), np.where(is_click, happened["detail"], 0), ~is_click
            ),
            "verdict": chosen(
                pa.array([None, "Unlikely", "Likely"]).dictionary_encode(), happened["verdict"]
            ),
            "bounce_subtype": chosen(bounces, np.where(bounced, happened["detail"], 0), ~bounced),
            "status": _statuses(happened),
            "is_published": pa.array(lives.is_published),
            "has_id": pa.array(stored["has_id"]),
            "is_late": pa.array(stored["is_late"]),
            "stored": pa.array(stored["stored"]),
            "told": pa.array(stored["told"]),
            "malformed": pa.array(stored["lost"]),
            "repeats_received_at": lists(pa.array(stored["copy_ms"], _MOMENT), copies),
        }
    )


_STATUS_WORDS = (
    "", *kinds.OLDER_STATUSES, *kinds.SEND_STATUSES, *kinds.COMPLAINTS, "not final", "final",
)  # fmt: skip
_STATUS_TYPES = (
    (("_SMS.BUFFERED", "_SMS.SUCCESS", "_SMS.FAILURE", "_SMS.OPTOUT"), 1),
    (("_campaign.send",), 1 + len(kinds.OLDER_STATUSES)),
    (
        ("_email.complaint", "Complaint"),
        1 + len(kinds.OLDER_STATUSES) + len(kinds.SEND_STATUSES),
    ),
    (("TEXT_SUCCESSFUL",), len(_STATUS_WORDS) - 2),
)


def _statuses(happened: Mapping[str, Numbers]) -> pa.Array:
    """What an event says beside its type, where it does."""
    first = np.zeros(len(kinds.EVENT_TYPES), dtype=np.int64)
    for names, start in _STATUS_TYPES:
        first[[kinds.TYPE[name] for name in names]] = start
    starts = first[happened["type"]]
    codes = np.where(starts > 0, starts + happened["detail"], 0)
    return chosen(pa.array(_STATUS_WORDS).dictionary_encode(), codes, starts == 0)


def daily_counts(messages: pa.Table) -> pa.Table:
    """True counts of a unit's messages by day of sending, channel, campaign and journey."""
    keys = ["sent_on", "family", "channel", "campaign_id", "journey_id"]
    fates = np.asarray(messages["fate"].combine_chunks().indices)

    def with_fate(*names: str) -> pa.Array:
        return pa.array(np.isin(fates, [kinds.FATE[name] for name in names]).astype(np.int64))

    def happened(name: str) -> pa.Array:
        return messages[name].is_valid().cast(pa.int64())

    plain = {
        name: messages[name].combine_chunks().cast(pa.string())
        for name in keys
        if name != "sent_on"
    }
    counts = {
        "messages": pa.repeat(pa.scalar(1, pa.int64()), len(messages)),
        "arrived": with_fate("delivered", "answered_away", "accepted"),
        "bounced": with_fate("bounced_hard", "bounced_soft", "delivered_then_bounced"),
        "suppressed": with_fate("suppressed"),
        "failed": with_fate("failed", "failed_after_success"),
        "silent": with_fate("silent"),
        "complained": happened("complained_at"),
        "unsubscribed": happened("unsubscribed_at"),
        "opened_by_people": happened("first_human_opened_at"),
        "clicked_by_people": happened("first_human_clicked_at"),
        **{name: messages[name].cast(pa.int64()) for name, _, _ in _COUNTED},
        "price_usd": messages["price_usd"].fill_null(0.0),
        "fee_usd": messages["fee_usd"].fill_null(0.0),
    }
    table = pa.table({"sent_on": messages["sent_at"].cast(pa.date32()), **plain, **counts})
    return summed(table, keys, list(counts))


def summed(table: pa.Table, keys: list[str], values: list[str]) -> pa.Table:
    """The sums of some columns for each combination of others, in the order of these."""
    grouped = table.group_by(keys, use_threads=False).aggregate([(name, "sum") for name in values])
    return grouped.select([*keys, *(f"{name}_sum" for name in values)]).rename_columns(
        [*keys, *values]
    ).sort_by([(name, "ascending") for name in keys])  # fmt: skip


def write_part(table: pa.Table, folder: Path, number: int) -> None:
    """Write one piece of a table of the ledger."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / f"{number:06d}.parquet", compression="zstd",
                   compression_level=1, store_schema=False)  # fmt: skip
