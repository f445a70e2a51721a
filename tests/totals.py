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
from ledger_messages import Message

FIRST_DAY, LAST_DAY = "2026-10-19", "2026-10-29"
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
_IN_APP = {"messages": "people who saw it", "clicked": "clicked"}
Label = Callable[[Message], str]


def tables(fixtures: Path) -> dict[str, str]:
    """Every table by its mark."""
    lake = ledger.read_lake(fixtures)
    names = current_names(fixtures)
    cohort = ledger.sent_between(ledger.messages(lake.records), FIRST_DAY, LAST_DAY)
    return {
        "records": _records(lake),
        "events": _events(lake),
        "email": _by(cohort, "email", _EMAIL, *_origin(names)),
        "domains": _by(cohort, "email", _EMAIL, "domain", lambda message: str(message.domain)),
        "days": _by(
            cohort, "email", _EMAIL, "sent on", lambda message: f"{ledger.local_day(message)}"
        ),
        "sms": _by(cohort, "sms", _SMS, *_origin(names)),
        "countries": _by(cohort, "sms", _SMS, "country", lambda message: str(message.country)),
        "push": _by(cohort, "push", _PUSH, *_origin(names)),
        "in_app": _by(cohort, "in_app", _IN_APP, *_origin(names)),
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
    stored, events = len(lake.records), len(ledger.distinct(lake.records))
    return _table(
        ("what", "records"),
        (
            ("stored as events", stored),
            ("of these different events", events),
            ("of these repeats", stored - events),
            ("put aside: not delivered by Firehose", len(lake.undelivered)),
            ("put aside: a damaged line", len(lake.damaged)),
            ("put aside: of an unknown shape", len(lake.strays)),
        ),
    )


def _events(lake: ledger.Lake) -> str:
    rows = [
        (f"`{kind}`", stored, events, stored - events)
        for kind, (stored, events) in ledger.events_by_type(lake.records).items()
    ]
    return _table(("event", "records", "events", "repeats"), rows)


def _origin(names: Mapping[tuple[str, str], str]) -> tuple[str, Label]:
    def label(message: Message) -> str:
        kind, identity = message.origin
        if identity is None:
            return "without a campaign"
        name = names.get((kind, identity), f"{identity[:8]}…, which nobody named")
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
    sums = ledger.totals(found, label)
    rows = [
        (str(key), *(counts[measure] for measure in measures))
        for key, counts in sorted(sums.items(), key=lambda pair: str(pair[0]))
    ]
    whole: Counter[str] = sum(sums.values(), Counter())
    rows.append(("all", *(whole[measure] for measure in measures)))
    header = (what, *measures.values())
    if channel != "sms":
        return _table(header, rows)
    costs = {str(key): ledger.cost_usd(m for m in found if label(m) == key) for key in sums}
    costs["all"] = ledger.cost_usd(found)
    return _table((*header, "USD"), [(*row, f"{costs[str(row[0])]:.5f}") for row in rows])


def current_names(fixtures: Path) -> dict[tuple[str, str], str]:
    """The last name of every id in ``names.csv``."""
    with (fixtures / "names.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["valid_from"])
    return {(row["kind"], row["id"]): row["name"] for row in rows if row["name"]}


if __name__ == "__main__":
    folder = Path(__file__).resolve().parents[1] / "fixtures"
    path = folder / "README.md"
    path.write_text(with_tables(path.read_text("utf-8"), tables(folder)), "utf-8")
