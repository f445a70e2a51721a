"""The story as files: each family of events below a folder of its own, and the names."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from . import plan
from .app_messages import preview_push, sessions
from .clock import HOUR, at
from .envelope import compact
from .firehose import Landing, Mishaps, objects, repeated, undelivered
from .incidents import STRAY, incidents
from .mailings import campaign_mail, order_mail, welcome_mail
from .phone_messages import coupons, flash_sale, sign_in_codes
from .streams import event_files

HAPPENED = Mishaps(
    concatenated=("2026-10-20-18-30",),
    uncompressed=("2026-10-25-01-25", "2026-10-25-01-40"),
    damaged=("2026-10-21-18-00",),
    written_again=(("2026-10-28-07-00", 4 * HOUR),),
    changed_from="2026-10-25-00",
)
TIMED_OUT = ("lea.luecke@example.com",)
"""Recipients whose `_email.send` went to the error prefix."""


def files() -> dict[str, bytes]:
    """Every file of the story that this code writes, by its path below ``fixtures/``."""
    told = {f"pinpoint/{path}": body for path, body in _pinpoint().items()}
    told |= event_files()
    told["names.csv"] = _names()
    return told


def write(told: dict[str, bytes], folder: Path) -> None:
    """Put the files below a folder, and take away event files that are told no more."""
    families = {path.split("/")[0] for path in told if "/" in path}
    for family in families:
        for path in sorted((folder / family).rglob("*"), reverse=True):
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(folder).as_posix() not in told:
                path.unlink()
    for name, body in told.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


def _pinpoint() -> dict[str, bytes]:
    tellers = (
        campaign_mail, welcome_mail, order_mail, sign_in_codes, flash_sale, coupons, preview_push,
        sessions, incidents,
    )  # fmt: skip
    landings: list[Landing] = []
    failed: list[Landing] = []
    for teller in tellers:
        for event in teller():
            landing = Landing(event.landed_at, event.text)
            is_failed = event.record["event_type"] == "_email.send" and any(
                address in event.text for address in TIMED_OUT
            )
            (failed if is_failed else landings).append(landing)
    landings.append(Landing(at("2026-10-23 09:00:12"), compact(STRAY)))
    end = at(plan.STREAM_END)
    arrived = [landing for landing in repeated(landings) if landing.landed_at <= end]
    return objects(arrived, HAPPENED) | undelivered(failed)


def _names() -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("kind", "id", "name", "valid_from", "deleted", "segment_id", "event_name"))
    writer.writerows(plan.NAMES)
    return text.getvalue().encode()
