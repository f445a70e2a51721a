"""Rows of `messaging.messages` and of names for tests of reports, and pages of them.

The engine holds them as tables with the columns that the report relies on, so a test of a report
stands on rows that it wrote itself, not on the views that make them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from dueng_analytics.dialect import bind, parse_query, to_duckdb, with_parameters
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.model.arrow import arrow_schema
from dueng_analytics.model.types import ColumnType, parse_glue_type
from dueng_analytics.reporting.blocks import LakeFacts, ReportPage
from dueng_analytics.reporting.definition import ReportDefinition
from dueng_analytics.reporting.period import Period, read_period
from dueng_analytics.reporting.report_file import read_report
from dueng_analytics.reporting.runner import ReportRequest, facts_parameters, run_report
from dueng_analytics.resources import packaged

_TEXTS = (
    "family channel message_id recipient recipient_domain domain_group country campaign_id"
    " journey_id treatment_id configuration_set template bounce_type bounce_subtype reason"
    " complaint_type final_status"
)
_TIMES = "sent_at delivered_at rejected_at rendering_failed_at"
_FLAGS = (
    "is_sent is_delivered is_hard_bounced is_soft_bounced is_suppressed is_complained"
    " is_unsubscribed is_opened is_human_opened is_clicked is_human_clicked is_test"
)
_COUNTS = "open_count human_open_count click_count human_click_count"

MESSAGES: Mapping[str, ColumnType] = {
    name: parse_glue_type(kind)
    for names, kind in (
        (_TEXTS, "string"),
        (_TIMES, "timestamp"),
        (_FLAGS, "boolean"),
        (_COUNTS, "bigint"),
        ("recipient_count message_parts", "int"),
        ("price_usd fee_usd", "double"),
    )
    for name in names.split()
}
NAMES: Mapping[str, ColumnType] = {
    name: parse_glue_type(kind)
    for names, kind in (
        ("kind id name", "string"),
        ("valid_from valid_to", "timestamp"),
        ("is_current", "boolean"),
    )
    for name in names.split()
}
START = datetime(2026, 10, 19, 9)
ID = "0123456789abcdef0123456789abcdef"

RELATIONS = {("messaging", "messages"): MESSAGES, ("names", "name_intervals"): NAMES}


def email(sent_at: datetime, **changes: Any) -> dict[str, Any]:
    """A delivered e-mail of no campaign that nobody opened, with the given differences.

    A flag that implies another sets it: a human click is a click, a hard bounce no delivery.
    """
    row: dict[str, Any] = dict.fromkeys(MESSAGES)
    row |= dict.fromkeys(_FLAGS.split(), False)
    row |= dict.fromkeys(_COUNTS.split(), 0)
    row |= {"channel": "email", "family": "pinpoint", "sent_at": sent_at, "recipient_count": 1}
    row |= {"recipient": "ana@example.com", "recipient_domain": "example.com"}
    row |= {"is_sent": True, "is_delivered": True, "final_status": "delivered"}
    row |= changes
    for human, every, count in (
        ("is_human_opened", "is_opened", "open_count"),
        ("is_human_clicked", "is_clicked", "click_count"),
    ):
        row[every] = row[every] or row[human]
        row[count] = max(row[count], int(row[every]))
    if row["is_hard_bounced"] or row["is_soft_bounced"]:
        row["is_delivered"] = False
        row["final_status"] = "bounced"
        row["bounce_type"] = row["bounce_type"] or ("hard" if row["is_hard_bounced"] else "soft")
    return row


def sms(sent_at: datetime, **changes: Any) -> dict[str, Any]:
    """A delivered SMS of one part with a price, with the given differences."""
    row = email(sent_at, channel="sms", recipient="+15550100", recipient_domain=None)
    row |= {
        "delivered_at": sent_at,
        "country": "US",
        "message_parts": 1,
        "price_usd": 0.00645,
        "fee_usd": 0.0,
    }
    return row | changes


def name(
    kind: str, id: str, text: str, since: datetime | None, until: datetime | None = None
) -> dict[str, Any]:
    """A name that an id had; it is the current one where it has no end."""
    return {
        "kind": kind,
        "id": id,
        "name": text,
        "valid_from": since,
        "valid_to": until,
        "is_current": until is None,
    }


def facts_of(
    definition: ReportDefinition,
    period: Period,
    messages: Iterable[Mapping[str, Any]],
    names: Iterable[Mapping[str, Any]] = (),
) -> pa.Table:
    """The facts of a report over the given rows, computed by DuckDB."""
    engine = _engine()
    for (family, relation), columns in RELATIONS.items():
        rows = list(messages if relation == "messages" else names)
        table = pa.Table.from_pylist(rows, schema=arrow_schema(columns))
        engine.create_table(family, relation, columns, table)
    parameters = tuple(facts_parameters(period).items())
    return engine.run(_translated(definition.sql, parameters, definition.sql_path))


@cache
def _engine() -> DuckDBEngine:
    """One engine for all tests of a process: a start takes longer than a test."""
    return DuckDBEngine(threads=1)


@cache
def _translated(sql: str, parameters: tuple[tuple[str, Any], ...], path: Path) -> str:
    statement = with_parameters(parse_query(sql, path=path), dict(parameters))
    return to_duckdb(
        bind(
            statement,
            lambda reference, _: (reference.parts[0], reference.parts[1]),
            lambda family, relation: RELATIONS[family, relation],
        )
    )


def many(count: int, build: Any, sent_at: datetime, **changes: Any) -> list[dict[str, Any]]:
    """The same message to ``count`` recipients, a second apart."""
    return [build(sent_at + timedelta(seconds=index), **changes) for index in range(count)]


def made(
    messages: list[dict[str, Any]],
    names: list[dict[str, Any]] | None = None,
    last: str = "2026-10-29",
) -> ReportPage:
    """The campaign report over rows, from 19 October 2026 to a last day."""
    lake = LakeFacts(
        engine="duckdb",
        version="0.1.0",
        origins=("s3://example-bucket/a-rather-long-prefix/of-event-files/pinpoint/",),
        last_event_at=datetime(2026, 10, 30),
        quarantined=2,
    )
    lateness = {"email": timedelta(days=60), "sms": timedelta(hours=72)}
    request = ReportRequest(read_period("2026-10-19", last), lake, lateness)
    definition = read_report(packaged("reports") / "campaign_performance")
    rows = facts_of(definition, request.period, messages, names or [])
    return run_report(definition, request, rows)


def story() -> list[dict[str, Any]]:
    """Messages that fill every block of the page."""
    rows: list[dict[str, Any]] = []
    for day in range(11):
        at = START + timedelta(days=day)
        rows += many(150, email, at, campaign_id=ID, treatment_id="0", is_human_opened=True)
        rows += many(90, email, at, campaign_id=ID, treatment_id="1", is_opened=True)
        rows += many(20, email, at, journey_id="j1", is_human_clicked=True)
        rows += many(
            9,
            email,
            at,
            recipient_domain="a-very-long-name-of-a-domain-that-cannot-be-broken.example.org",
            is_hard_bounced=True,
            bounce_subtype="OnAccountSuppressionList",
            reason=f"smtp; 550 5.1.1 <ana@example.com> {'unknownuser' * 12}",
        )
        rows += [email(at, is_complained=True, complaint_type="abuse")]
        rows += many(12, sms, at, campaign_id="c2")
        rows += [sms(at, country="DE", final_status="failed", reason="UNREACHABLE")]
    return rows
