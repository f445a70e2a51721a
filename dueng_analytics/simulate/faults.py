"""From what happened to what is stored: arrivals, repeats, and what is wrong with some records.

All of it is decided here, so that the ledger knows it before a file is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dueng_analytics.simulate import kinds
from dueng_analytics.simulate.kinds import EVENT
from dueng_analytics.simulate.nested_arrays import within
from dueng_analytics.simulate.text_arrays import HOUR_MS, Numbers

if TYPE_CHECKING:
    from dueng_analytics.simulate.plan import Plan
    from dueng_analytics.simulate.sending import Lives

_LATEST_MAIL_MS = 60 * 24 * HOUR_MS
_LATEST_CHAT_MS = 30 * 24 * HOUR_MS
_LATEST_MS = 72 * HOUR_MS
_ANNOUNCEMENTS = [kinds.TYPE["_campaign.send"], kinds.TYPE["_journey.send"]]
# In these a value beside the message can be of another shape; in mails the message's own as well.
_MAIL_SOURCES = (0, 1)


def filed_records(
    draw: np.random.Generator, plan: Plan, lives: Lives, unit: int
) -> tuple[Numbers, dict[str, Numbers]]:
    """The records of a unit in the order of arrival, and what was stored of each event.

    Returns:
        Rows of :data:`~dueng_analytics.simulate.kinds.EVENT`; and columns with a row for each
        event in the order of ``lives.happenings``: ``received_ms``, ``stored`` (readable copies),
        ``told`` (those that name their message), ``lost`` (malformed ones), ``has_id``,
        ``is_late``, and ``copy_of``, ``copy_ms`` with a row for each repeat.
    """
    rates = plan.faults.rates()
    happened = lives.happenings
    count = len(happened["row"])
    events = np.zeros(count, dtype=EVENT)
    for name in ("occurred_ms", "row", "type", "place", "detail", "agent", "verdict"):
        events[name] = happened[name]
    events["number"] = (np.int64(unit) << 32) + np.arange(count)
    events["received_ms"] = _arrivals(draw, lives, rates["disorder"], events)
    nameless = np.isin(events["type"], _ANNOUNCEMENTS)
    events["has_id"] = nameless | (draw.random(count) >= rates["missing_ids"])
    published = events[lives.is_published]
    records = np.concatenate([published, _repeats(draw, published, rates["repeats"])])
    _spoil(draw, records, rates["malformed"], rates["wrong_shape"])
    stored = _stored(records, count)
    stored["received_ms"] = events["received_ms"]
    stored["has_id"] = events["has_id"]
    stored["is_late"] = events["is_late"]
    return records[np.argsort(records["received_ms"], kind="stable")], stored


def _arrivals(draw: np.random.Generator, lives: Lives, disorder: float, events: Numbers) -> Numbers:
    count = len(events)
    arrivals = events["occurred_ms"] + 250 + draw.exponential(900, count).astype(np.int64)
    is_late = draw.random(count) < disorder
    extra = (600_000 * np.exp(draw.random(count) * np.log(432))).astype(np.int64)
    sent = lives.messages["sent_ms"][events["row"]]
    kind = lives.messages["kind"][events["row"]]
    latest = np.select(
        [np.isin(kind, kinds.MAILS), kind == kinds.WHATSAPP],
        [_LATEST_MAIL_MS, _LATEST_CHAT_MS],
        _LATEST_MS,
    )
    late = np.minimum(arrivals + extra, sent + latest)
    events["is_late"] = is_late & (late > arrivals)
    return np.where(events["is_late"], late, arrivals)


def _repeats(draw: np.random.Generator, events: Numbers, rate: float) -> Numbers:
    """Copies: most in the same object or the next ones, the others up to 48 hours later."""
    times = (draw.random(len(events)) < rate) * (1 + (draw.random(len(events)) < 0.15))
    copies = np.repeat(events, times)
    count = len(copies)
    copies["copy"] = 1 + within(times)
    way = draw.random(count)
    later = np.select(
        [way < 0.4, way < 0.65],
        [draw.integers(5, 1_500, count), draw.integers(300_000, 1_500_000, count)],
        draw.integers(HOUR_MS, 48 * HOUR_MS, count),
    )
    copies["received_ms"] += later
    return copies


def _spoil(
    draw: np.random.Generator, records: Numbers, malformed: float, wrong_shape: float
) -> None:
    count = len(records)
    luck = draw.random(count)
    broken = luck < malformed
    records["fault"][broken] = draw.choice(kinds.MALFORMED, int(broken.sum()))
    odd = ~broken & (luck < malformed + wrong_shape)
    in_mail = np.isin(kinds.SOURCE_OF_TYPE[records["type"]], _MAIL_SOURCES) & (
        (records["type"] < kinds.TYPE["_SMS.BUFFERED"])
        | (kinds.SOURCE_OF_TYPE[records["type"]] == 1)
    )
    main = odd & in_mail & (draw.random(count) < 0.5)
    records["fault"][odd] = kinds.ODD_SIDE_VALUE
    records["fault"][main] = kinds.ODD_MAIN_VALUE


def _stored(records: Numbers, count: int) -> dict[str, Numbers]:
    at = records["number"] & 0xFFFF_FFFF
    readable = ~np.isin(records["fault"], kinds.MALFORMED)
    telling = readable & records["has_id"] & (records["fault"] != kinds.ODD_MAIN_VALUE)
    copies = np.flatnonzero(records["copy"] > 0)
    order = copies[np.lexsort((records["copy"][copies], at[copies]))]
    return {
        "stored": np.bincount(at[readable], minlength=count).astype(np.int16),
        "told": np.bincount(at[telling], minlength=count).astype(np.int16),
        "lost": np.bincount(at[~readable], minlength=count).astype(np.int16),
        "copy_of": at[order],
        "copy_ms": records["received_ms"][order],
    }
