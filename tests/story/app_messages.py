"""Push and in-app messages, and what the shop's app reports of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from . import plan
from .cast import ACCOUNT, APP_ID
from .chance import between, share
from .clock import DAY, HOUR, MINUTE, SECOND, at, awake, moment
from .envelope import Event, Record, campaign_send, endpoint_text, journey_send

_PHONES = (
    # make, model, platform, version, locale, country, push service
    ("Google", "Pixel 9", "android", "15", "en_US", "US", "GCM"),
    ("Apple", "iPhone", "iOS", "18.6", "de_DE", "DE", "APNS"),
    ("Samsung", "SM-S921B", "android", "15", "en_GB", "GB", "GCM"),
)


def app_event(
    user: int,
    event_type: str,
    happened_at: int,
    session_start: int,
    attributes: Mapping[str, str] | None = None,
    metrics: Mapping[str, float] | None = None,
    session_stop: int | None = None,
) -> Event:
    """A record that the app's SDK sends; the session's id says when it began."""
    make, model, platform, version, locale, country, _ = _PHONES[user % len(_PHONES)]
    session: dict[str, Any] = {
        "session_id": f"{user:08x}-{moment(session_start):%Y%m%d-%H%M%S}{session_start % 1000:03d}",
        "start_timestamp": session_start,
    }
    if session_stop is not None:
        session["stop_timestamp"] = session_stop
    record: Record = {
        "event_type": event_type,
        "event_timestamp": happened_at,
        "arrival_timestamp": happened_at + 910,
        "event_version": "3.0",
        "application": {
            "app_id": APP_ID,
            "cognito_identity_pool_id": "us-east-1:0f1e2d3c-4b5a-6978-8a9b-0c1d2e3f4a5b",
            "package_name": "com.example.shop",
            "sdk": {"name": "amplify-ios" if platform == "iOS" else "amplify-android",
                    "version": "2.14.0"},
            "title": "Example Outfitters",
            "version_name": "4.2.0",
            "version_code": "420",
        },
        "client": {
            "client_id": f"ep-app-{user:05d}",
            "cognito_id": f"us-east-1:{user:08x}-5e4f-3a2b-1c0d-9e8f7a6b5c4d",
        },
        "device": {
            "locale": {"code": locale, "country": country, "language": locale[:2]},
            "make": make,
            "model": model,
            "platform": {"name": platform, "version": version},
        },
        "session": session,
        "attributes": dict(attributes or {}),
        "metrics": dict(metrics or {}),
        "awsAccountId": ACCOUNT,
    }  # fmt: skip
    return Event(record, happened_at + 910)


def sessions() -> Iterator[Event]:
    """People in the app: sessions, sign-ins, purchases, own events, in-app messages."""
    for user in range(plan.APP_USERS):
        for day in range(user % 4, 11, 4):
            drawn = between(6 * HOUR, 21 * HOUR, "session", user, day)
            start = awake(at(plan.FIRST_DAY) + day * DAY + drawn)
            yield from _session(user, day, start)


def _session(user: int, day: int, start: int) -> Iterator[Event]:
    yield app_event(user, "_session.start", start, start)
    if share("signs in", user, day) < 0.5:
        outcome = "sign_in" if share("knows", user, day) < 0.85 else "auth_fail"
        kind = "sign_up" if share("new", user, day) < 0.1 else outcome
        yield app_event(user, f"_userauth.{kind}", start + 4 * SECOND, start)
    cart = {"CartId": f"c-{user}-{day}", "step": "payment"}
    if share("buys", user, day) < 0.3:
        product = {"_product_id": "SKU-42", "_currency": "USD", "_item_price_formatted": "$89.00",
                   "_transaction_id": f"tx-{user}-{day}"}  # fmt: skip
        yield app_event(
            user, "_monetization.purchase", start + 40 * SECOND, start, product,
            {"_item_price": 89.0, "_quantity": 1.0},
        )  # fmt: skip
    elif share("leaves cart", user, day) < 0.5:
        yield app_event(
            user, "cart_abandoned", start + 45 * SECOND, start, cart, {"cart_value": 54.5}
        )
    if share("size guide", user, day) < 0.5:
        shown = {"campaign_id": plan.SIZE_GUIDE_IN_APP.id, "delivery_type": "IN_APP_MESSAGE",
                 "treatment_id": "0"}  # fmt: skip
        yield app_event(user, "_inapp.message_displayed", start + 50 * SECOND, start, shown)
        answer = "clicked" if share("reads guide", user, day) < 0.4 else "dismissed"
        yield app_event(user, f"_inapp.message_{answer}", start + 55 * SECOND, start, shown)
    if share("pauses", user, day) < 0.2:
        yield app_event(user, "_session.pause", start + 60 * SECOND, start)
        yield app_event(user, "_session.resume", start + 75 * SECOND, start)
    if share("stops", user, day) < 0.9:  # an app that is killed says no more
        stop = start + 2 * MINUTE
        yield app_event(user, "_session.stop", stop, start, session_stop=stop)


def preview_push() -> Iterator[Event]:
    """The push campaign, and a push of the win-back journey; the app tells what it received."""
    start = at(plan.PREVIEW_START)
    for device in range(plan.PREVIEW_DEVICES):
        sent_at = start + device * 800
        service = _PHONES[device % len(_PHONES)][-1]
        failed = share("token gone", device) < 0.07
        yield campaign_send(
            sent_at, f"ep-app-{device:05d}", campaign=plan.PREVIEW_PUSH.id,
            activity=plan.PREVIEW_ACTIVITY, treatment="0", channel=service,
            status="FAILURE_PERMANENT" if failed else "SUCCESS",
            endpoint=endpoint_text(service, "2026-09-20T10:00:00.000Z", f"user-{device:04d}"),
        )  # fmt: skip
        if not failed:
            ids = {"treatment_id": "0", "campaign_activity_id": plan.PREVIEW_ACTIVITY,
                   "campaign_id": plan.PREVIEW_PUSH.id}  # fmt: skip
            yield from _received("_campaign", device, sent_at, ids)
    for device in range(0, 24, 2):
        sent_at = at("2026-10-28 17:05") + device * 1000
        activity = "z3Xk8Wq1Ve"
        yield journey_send(
            sent_at, f"ep-app-{device:05d}", journey=plan.WIN_BACK,
            run="f1e2d3c4b5a649788796a5b4c3d2e102", activity=activity, channel="PUSH",
            endpoint=endpoint_text("PUSH", "2026-09-20T10:00:00.000Z", f"user-{device:04d}"),
            **({"status": "FAILURE_PERMANENT", "code": "410"} if device == 6 else {}),
        )  # fmt: skip
        ids = {"journey_id": plan.WIN_BACK, "journey_run_id": "f1e2d3c4b5a649788796a5b4c3d2e102",
               "journey_activity_id": activity}  # fmt: skip
        if device != 6:
            yield from _received("_journey", device, sent_at, ids)


def _received(origin: str, device: int, sent_at: int, ids: Mapping[str, str]) -> Iterator[Event]:
    """Not every app reports what it received; fewer are opened."""
    if share(origin, "reports", device) < 0.5:
        place = "foreground" if share(origin, "in use", device) < 0.2 else "background"
        received = sent_at + between(2 * SECOND, 20 * SECOND, origin, "received", device)
        yield app_event(device, f"{origin}.received_{place}", received, received, ids)
    if share(origin, "opens", device) < 0.16:
        opened = sent_at + between(30 * SECOND, 8 * MINUTE, origin, "opened", device)
        yield app_event(device, f"{origin}.opened_notification", opened, opened + 1000, ids)
