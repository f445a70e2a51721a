"""The totals of the fixtures as the tables of ``fixtures/README.md``, out of the ledger.

``python tests/totals.py`` puts them into the file between the marks that stand there; a test holds
that they are in it as they should be.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import ledger
import ledger_whatsapp
from ledger_messages import Message

FIRST_DAY, LAST_DAY = "2026-10-19", "2026-11-10"
_MARKED = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.S)
_EMAIL = {
    "messages": "messages", "sent": "sent", "delivered": "delivered", "opened": "opened",
    "human_opened": "by people", "clicked": "clicked", "human_clicked": "by people",
    "hard_bounced": "hard", "soft_bounced": "soft", "suppressed": "suppressed",
    "complained": "complaints", "unsubscribed": "left", "rejected": "rejected",
    "rendering_failed": "not rendered",
}  # fmt: skip
_SMS = {
    "messages": "messages", "delivered": "delivered", "confirmed": "to the handset",
    "failed": "failed", "pending": "pending", "parts": "parts", "unsubscribed": "opted out",
}  # fmt: skip
_PUSH = {
    "messages": "messages", "sent": "sent", "failed": "failed", "delivered": "reported as received",
    "opened": "opened",
}  # fmt: skip
_CALLS = {
    "messages": "messages", "delivered": "delivered", "failed": "failed", "pending": "pending",
    "opened": "read", "unsubscribed": "opted out",
}  # fmt: skip
_WHATSAPP = {
    "messages": "messages", "sent": "sent", "delivered": "delivered", "opened": "read",
    "failed": "failed", "pending": "pending",
}  # fmt: skip
_IN_APP = {"messages": "people who saw it", "clicked": "clicked"}
_MONEY = ("price, USD", "fee, USD")
Label = Callable[[Message], str]


def tables(fixtures: Path) -> dict[str, str]:
    """Every table by its mark."""
    lake = ledger.read_lake(fixtures)
    origin = _origin(current_names(fixtures))
    everything = ledger.messages(lake.everything)
    cohort = ledger.sent_between(everything, FIRST_DAY, LAST_DAY)
    phone = [message for message in cohort if message.channel in ("mms", "voice", "rcs")]
    return {
        "records": _records(lake),
        "events": _events(lake),
        "service_events": _service_events(lake),
        "email": _by(cohort, "email", _EMAIL, *origin),
        "sets": _by(cohort, "email", _EMAIL, "told by, configuration set, template", _set),
        "domains": _by(cohort, "email", _EMAIL, "domain", lambda message: str(message.domain)),
        "days": _by(
            cohort, "email", _EMAIL, "sent on", lambda message: f"{ledger.local_day(message)}"
        ),
        "sms": _by(cohort, "sms", _SMS, *origin),
        "generations": _by(cohort, "sms", _SMS, "told by", lambda message: message.family),
        "countries": _by(cohort, "sms", _SMS, "country", lambda message: str(message.country)),
        "phone": _table(
            ("channel, campaign", *_CALLS.values(), *_MONEY),
            _rows(phone, _CALLS, lambda message: f"{message.channel}, {origin[1](message)}"),
        ),
        "whatsapp": _by(cohort, "whatsapp", _WHATSAPP, *origin),
        "charged": _charged(lake),
        "push": _by(cohort, "push", _PUSH, *origin),
        "in_app": _by(cohort, "in_app", _IN_APP, *origin),
    }


def with_tables(readme: str, filled: Mapping[str, str]) -> str:
    """The text with every marked place filled anew."""
    return _MARKED.sub(lambda match: match[1] + filled[match[2]] + match[3], readme)


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
    for row in rows:
        cells = (f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _records(lake: ledger.Lake) -> str:
    rows: list[tuple[str, object, object, object]] = []
    for source, found in sorted(lake.by_source.items()):
        stored = len(found)
        events = len(ledger.distinct(each.record for each in found))
        rows.append((f"`{source}`", stored, events, stored - events))
    whole = [sum(int(str(row[place])) for row in rows) for place in (1, 2, 3)]
    aside = (
        ("put aside: not delivered by Firehose", len(lake.undelivered)),
        ("put aside: a damaged line", len(lake.damaged)),
        ("put aside: of an unknown shape", len(lake.strays)),
    )
    return _table(
        ("source", "records", "events", "repeats"),
        [*rows, ("all", *whole), *((what, count, "", "") for what, count in aside)],
    )


def _events(lake: ledger.Lake) -> str:
    rows = [
        (f"`{kind}`", stored, events, stored - events)
        for kind, (stored, events) in ledger.events_by_type(lake.records).items()
    ]
    return _table(("event", "records", "events", "repeats"), rows)


def _service_events(lake: ledger.Lake) -> str:
    rows: list[tuple[object, ...]] = []
    for source in sorted(lake.by_source.keys() - {ledger.PINPOINT}):
        records = [each.record for each in lake.by_source[source]]
        rows += [
            (f"`{source}`", kind, stored, events, stored - events)
            for kind, (stored, events) in ledger.events_by_type(records).items()
        ]
    return _table(("source", "event", "records", "events", "repeats"), rows)


def _charged(lake: ledger.Lake) -> str:
    entries = [ledger_whatsapp.entry(each.record) for each in lake.by_source[ledger.WHATSAPP]]
    counted = ledger_whatsapp.charged_messages(entries)
    rows = [(*pricing, count) for pricing, count in sorted(counted.items())]
    return _table(("category", "type", "messages"), rows)


def _set(message: Message) -> str:
    named = message.configuration_set, message.template
    return ", ".join((message.family, *(name for name in named if name is not None)))


def _origin(names: Mapping[tuple[str, str], str]) -> tuple[str, Label]:
    def label(message: Message) -> str:
        kind, identity = message.origin
        if identity is None:
            return "without a campaign"
        is_made_up = re.fullmatch("[0-9a-f]{32}", identity) is None
        unnamed = f"`{identity}`" if is_made_up else f"{identity[:8]}…, which nobody named"
        name = names.get((kind, identity), unnamed)
        is_trial = message.treatment not in (None, "0")
        return f"{name}, treatment {message.treatment}" if is_trial else name

    return "campaign or journey", label


def _by(
    cohort: Sequence[Message],
    channel: str,
    measures: Mapping[str, str],
    what: str,
    label: Label,
) -> str:
    found = [message for message in cohort if message.channel == channel]
    money = _MONEY if channel == "sms" else ()
    return _table((what, *measures.values(), *money), _rows(found, measures, label, bool(money)))


def _rows(
    found: Sequence[Message], measures: Mapping[str, str], label: Label, is_priced: bool = True
) -> list[tuple[object, ...]]:
    """A row for each label, and one for all."""
    labelled = [(label(message), message) for message in found if not message.is_test]
    rows: list[tuple[object, ...]] = []
    for key in (*sorted({key for key, _ in labelled}), None):
        chosen = [message for each, message in labelled if key in (each, None)]
        counts = sum((message.counts for message in chosen), Counter())
        row: list[object] = ["all" if key is None else key]
        row += [counts[measure] for measure in measures]
        if is_priced:
            row.append(f"{sum(message.price_usd or 0.0 for message in chosen):.5f}")
            row.append(f"{sum(message.fee_usd or 0.0 for message in chosen):.5f}")
        rows.append(tuple(row))
    return rows


def current_names(fixtures: Path) -> dict[tuple[str, str], str]:
    """The last name of every id in ``names.csv``."""
    with (fixtures / "names.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["valid_from"])
    return {(row["kind"], row["id"]): row["name"] for row in rows if row["name"]}


if __name__ == "__main__":
    folder = Path(__file__).resolve().parents[1] / "fixtures"
    path = folder / "README.md"
    path.write_text(with_tables(path.read_text("utf-8"), tables(folder)), "utf-8")
