"""Pinpoint records as the stream carries them: every field of a real one, in its order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .cast import ACCOUNT, APP_ID

Record = dict[str, Any]


@dataclass(frozen=True)
class Event:
    """A record, and when it reached the stream: its place among the objects on S3."""

    record: Record
    landed_at: int

    @property
    def text(self) -> str:
        return compact(self.record)


def compact(value: Any) -> str:
    """JSON without blanks, in UTF-8 as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def service_record(
    event_type: str,
    event_timestamp: int,
    arrival_timestamp: int,
    client_id: str,
    attributes: Mapping[str, str | None],
    **parts: Any,
) -> Record:
    """A record that Pinpoint itself writes; ``parts`` follow the attributes in the given order."""
    return {
        "event_type": event_type,
        "event_timestamp": event_timestamp,
        "arrival_timestamp": arrival_timestamp,
        "event_version": "3.1",
        "application": {"app_id": APP_ID, "sdk": {}},
        "client": {"client_id": client_id},
        "device": {"platform": {}},
        "session": {},
        "attributes": dict(attributes),
        **parts,
        "awsAccountId": ACCOUNT,
    }


def endpoint_text(channel: str, effective: str, user_id: str, locale: str | None = None) -> str:
    """The endpoint as campaign and journey sends carry it: JSON within a string."""
    endpoint: Record = {
        "ChannelType": channel,
        "EndpointStatus": "ACTIVE",
        "OptOut": "NONE",
        "EffectiveDate": effective,
    }
    if locale is not None:
        endpoint["Demographic"] = {"Locale": locale}
    endpoint["User"] = {"UserId": user_id}
    return compact(endpoint)


def campaign_send(
    moment: int,
    client_id: str,
    *,
    campaign: str,
    activity: str,
    treatment: str,
    channel: str,
    endpoint: str,
    status: str = "SUCCESS",
) -> Event:
    """Pinpoint took a campaign's message to an endpoint, or says why not."""
    attributes = {
        "campaign_activity_id": activity,
        "campaign_send_status": status,
        "campaign_type": None,
        "delivery_type": channel,
        "treatment_id": treatment,
        "campaign_id": campaign,
    }
    record = service_record(
        "_campaign.send", moment, moment + 640, client_id, attributes,
        client_context={"custom": {"endpoint": endpoint}},
    )  # fmt: skip
    return Event(record, moment + 640)


def journey_send(
    moment: int,
    client_id: str,
    *,
    journey: str,
    run: str,
    activity: str,
    channel: str,
    endpoint: str,
    status: str = "SUCCESS",
    code: str = "200",
) -> Event:
    """Pinpoint took a journey activity's message to a participant, or says why not."""
    attributes = {
        "journey_run_id": run,
        "journey_send_status": status,
        "journey_id": journey,
        "journey_activity_id": activity,
        "journey_activity_type": channel,
        "journey_send_status_message": code if code == "200" else status.replace("_", " ").lower(),
        "journey_send_status_code": code,
    }
    record = service_record(
        "_journey.send", moment, moment, client_id, attributes,
        client_context={"custom": {"endpoint": endpoint}},
    )  # fmt: skip
    return Event(record, moment + 300)
