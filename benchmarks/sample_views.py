"""The samples' way: one view for each kind of event, each a scan of its own.

Written after the lists of the samples' columns. Corrected is only what no engine runs: a key that
is not in a map (``element_at``), and UNNEST with one name for the fields of a row. The arrays are
unnested before anything is filtered, epochs are divided as integers, the key of the treatment is
mistyped. DuckDB is given the arrays as this package gives it those of its own views: unnested in a
SELECT, since to join them as Trino does takes it more than twice as long for all views together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Engine = Literal["DuckDB", "Trino"]

_MAIL_EVENT = "facets.email_channel.mail_event"


@dataclass(frozen=True, slots=True)
class SampleView:
    """A view: the kind of event it filters, the columns that only it has, the array it unnests."""

    event_type: str
    columns: Mapping[str, str]
    unnested: str | None = None


_CLICK = {
    name: f"{_MAIL_EVENT}.click.{field}"
    for name, field in (
        ("ip_address", "ip_address"),
        ("user_agent", "user_agent"),
        ("link", "link"),
    )
}
_BOUNCE = {
    name: f"{_MAIL_EVENT}.bounce.{name}"
    for name in ("bounce_type", "bounce_sub_type", "feedback_id", "reporting_mta")
} | {
    f"bounced_recipient_{name}": f"unnested.{name}"
    for name in ("email_address", "action", "status", "diagnostic_code")
}
_SUBJECT = {"subject": f"{_MAIL_EVENT}.mail.common_headers.subject"}
_RECIPIENTS = f"{_MAIL_EVENT}.bounce.bounced_recipients"

VIEWS: Mapping[str, SampleView] = {
    "email_send": SampleView("_email.send", _SUBJECT),
    "email_open": SampleView(
        "_email.open",
        {
            **_SUBJECT,
            "ip_address": f"{_MAIL_EVENT}.open.ip_address",
            "user_agent": f"{_MAIL_EVENT}.open.user_agent",
        },
    ),
    "email_click": SampleView("_email.click", {**_SUBJECT, **_CLICK}),
    "email_hardbounce": SampleView("_email.hardbounce", _BOUNCE, _RECIPIENTS),
    "email_softbounce": SampleView("_email.softbounce", _BOUNCE, _RECIPIENTS),
    "email_unsubscribe": SampleView(
        "_email.unsubscribe",
        {
            **_SUBJECT,
            **_CLICK,
            "unsubscribelinktag": f"{_MAIL_EVENT}.click.link_tags.unsubscribelinktag",
        },
    ),
    "campaign_send": SampleView("_campaign.send", {}),
}


def view_sql(name: str, engine: Engine, table: str) -> str:
    """The SELECT of a view over the table of all events."""
    view = VIEWS[name]
    is_mail = name != "campaign_send"
    mail = {
        "message_id": f"{_MAIL_EVENT}.mail.message_id",
        "message_send_timestamp": _time(f"{_MAIL_EVENT}.mail.message_send_timestamp", engine),
        "from_address": f"{_MAIL_EVENT}.mail.from_address",
        "destination": f"{_MAIL_EVENT}.mail.destination",
    }
    columns = {
        "event_timestamp": _time("event_timestamp", engine),
        "arrival_timestamp": _time("arrival_timestamp", engine),
        "application_id": "application.app_id",
        "endpoint_id": "client.client_id",
        "pinpoint_campaign_id": _key("campaign_id", engine),
        "pinpoint_treatment_id": _key("treament_id", engine),
        "aws_account_id": "awsaccountid",
        **(mail if is_mail else {}),
        **view.columns,
        "message_tags": _tags(engine) if is_mail else "attributes",
        "ingest_timestamp": "ingest_timestamp",
    }
    listed = ", ".join(f"{expression} as {column}" for column, expression in columns.items())
    rows = table if view.unnested is None else _spread(view.unnested, engine, table)
    return f"select {listed} from {rows} where event_type = '{view.event_type}'"


_COUNTS = {
    "NumSends": "email_send",
    "NumOpens": "email_open",
    "NumClicks": "email_click",
    "NumHardBounces": "email_hardbounce",
    "NumSoftBounces": "email_softbounce",
    "NumUnsubs": "email_unsubscribe",
}


def summary_sql(outer: str = "true", inner: str = "true") -> str:
    """The campaign summary over views of the samples' names.

    Args:
        outer: the condition on ``campaign_send``; the samples put the window there only.
        inner: one on each of the six counted views; the samples have none.
    """
    counts = ", ".join(
        f"(select count(*) from {view} where {view}.pinpoint_campaign_id"
        f" = campaign_send.pinpoint_campaign_id and {inner}) as {name}"
        for name, view in _COUNTS.items()
    )
    return (
        f"select pinpoint_campaign_id, {counts} from campaign_send"
        f" where {outer} group by pinpoint_campaign_id"
    )


def inlined(query: str, engine: Engine, table: str) -> str:
    """A query with the views that it reads written in front of it."""
    views = ", ".join(f"{name} as ({view_sql(name, engine, table)})" for name in VIEWS)
    return f"with {views} {query}"


def _spread(array: str, engine: Engine, table: str) -> str:
    """A table's rows, once for each element of an array, which ``unnested`` names."""
    if engine == "Trino":
        return f"{table} cross join unnest({array}) as unnested"
    return f"(select *, unnest({array}) as unnested from {table})"


def _time(milliseconds: str, engine: Engine) -> str:
    if engine == "Trino":
        return f"from_unixtime({milliseconds} / 1000)"
    return f"to_timestamp({milliseconds} // 1000)"


def _key(name: str, engine: Engine) -> str:
    return f"element_at(attributes, '{name}')" if engine == "Trino" else f"attributes['{name}']"


def _tags(engine: Engine) -> str:
    empty = "map()" if engine == "Trino" else "map {}"
    custom = f"coalesce(client_context.custom, cast({empty} as map(varchar, varchar)))"
    return f"map_concat({custom}, attributes)"
