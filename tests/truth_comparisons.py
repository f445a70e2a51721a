"""A simulated lake held against its own ledger, by whatever runs SQL over it.

Each comparison tells what differs, with the first cases; an empty list is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from expected_events import (
    EVENT_VIEWS,
    FLAG_COLUMNS,
    MODEL_COLUMNS,
    MODEL_VIEWS,
    VIEW_COLUMNS,
    flagged_events,
    model_rows,
    opens_told_again,
    rows_told_again,
    view_rows,
)
from expected_messages import expected_messages, message_differences
from expected_sums import (
    DAILY_KEYS,
    DAILY_MEASURES,
    FACET_KEYS,
    FACT_MEASURES,
    FACTS_UNKNOWN,
    measured_messages,
    sums,
)
from simulated_truth import Ledger

from dueng_analytics import Workspace
from dueng_analytics.remote import RemoteWorkspace
from dueng_analytics.report_page import facts_statement, named_report
from dueng_analytics.reporting.period import read_period
from dueng_analytics.simulate import Plan

SOURCES = {
    "pinpoint": ("pinpoint.all_events", "event_type"),
    "ses": ("ses.ses_events", "eventtype"),
    "sms": ("sms.sms_events", "eventtype"),
    "whatsapp": ("whatsapp.whatsapp_events", None),
}
"""Each source's relation, and its column of types where it has one."""
Told = Mapping[object, object]


@dataclass(frozen=True)
class HeldLake:
    """A simulated lake that answers SQL, and its ledger."""

    plan: Plan
    ledger: Ledger
    events: Workspace | RemoteWorkspace

    @cached_property
    def expected(self) -> pd.DataFrame:
        """The rows that messaging.messages should have."""
        return expected_messages(self.ledger)

    @property
    def families(self) -> list[str]:
        """The families of which the lake holds events."""
        return sorted(self.ledger.stored["source"].unique())

    def rows(self, sql: str) -> pd.DataFrame:
        """The answer to a question."""
        found: pd.DataFrame = self.events.query(sql).to_pandas()
        return found


def unequal(what: str, wanted: Told, found: Told) -> list[str]:
    """What differs between two counts by the same keys."""
    keys = [key for key in {**wanted, **found} if wanted.get(key) != found.get(key)]
    if not keys:
        return []
    first = [(key, wanted.get(key), found.get(key)) for key in sorted(keys, key=str)[:3]]
    return [f"{what}: {len(keys)} of {len(wanted)} differ, as (which, wanted, found) {first}"]


def counted(rows: pd.DataFrame, keys: Iterable[str], number: str | None = None) -> Told:
    """How often each combination of values occurs, or the sums of a column where one is named."""
    columns = list(keys)
    plain = pd.DataFrame(
        {name: rows[name].astype(object).where(rows[name].notna(), None) for name in columns},
        dtype=object,
    )
    counts: dict[object, int] = {}
    numbers = [1] * len(rows) if number is None else rows[number].tolist()
    for key, times in zip(plain.itertuples(index=False, name=None), numbers, strict=True):
        counts[key] = counts.get(key, 0) + int(times)
    return counts


def source_differences(lake: HeldLake) -> list[str]:
    """Every source, hour by hour and type by type."""
    stored = lake.ledger.stored[lake.ledger.stored["records"] > 0]
    said = []
    for source in lake.families:
        relation, kind = SOURCES[source]
        types = f", {kind} as event_type" if kind else ""
        found = lake.rows(
            f"select ingest_timestamp as hour{types}, count(*) as n from {relation}"
            f" group by ingest_timestamp{f', {kind}' if kind else ''}"
        )
        wanted = stored[stored["source"] == source]
        keys = ["hour", "event_type"] if kind else ["hour"]
        said += unequal(relation, counted(wanted, keys, "records"), counted(found, keys, "n"))
    return said


def event_view_differences(lake: HeldLake) -> list[str]:
    """Every view of a family's events, row by row: by hour, message, recipient and moment."""
    said = []
    for family in lake.families:
        views = [name for name, view in EVENT_VIEWS.items() if view.source == family]
        every = " union all ".join(_view_rows(lake, name) for name in views)
        keys = ", ".join(("view_name", *VIEW_COLUMNS))
        # One grouping of all: Trino plans stages of their own for each.
        found = lake.rows(f"select {keys}, count(*) as n from ({every}) group by {keys}")
        of_view = dict(list(found.groupby("view_name")))
        for name in views:
            columns = _view_columns(lake, name)
            wanted = view_rows(lake.ledger, EVENT_VIEWS[name])
            rows = of_view.get(name, found[:0])
            said += unequal(name, counted(wanted, columns, "rows"), counted(rows, columns, "n"))
    return said


def _view_columns(lake: HeldLake, name: str) -> list[str]:
    """By what the rows of a view of events can be told: by as much as it has."""
    view = lake.events.catalog.find(name)
    has = {column.name for column in view.columns} | {"hour"}
    if EVENT_VIEWS[name].recipient is None:
        has -= {"recipient"}
    else:
        has |= {"recipient"}
    return [column for column in VIEW_COLUMNS if column in has]


def _view_rows(lake: HeldLake, name: str) -> str:
    columns = _view_columns(lake, name)
    expressions = {
        "message_id": "message_id" if "message_id" in columns else "cast(null as varchar)",
        "recipient": f"lower({EVENT_VIEWS[name].recipient})"
        if "recipient" in columns
        else "cast(null as varchar)",
        "occurred_at": "occurred_at" if "occurred_at" in columns else "cast(null as timestamp(3))",
    }
    told = ", ".join(f"{text} as {column}" for column, text in expressions.items())
    return f"select '{name}' as view_name, ingest_timestamp as hour, {told} from {name}"


def model_differences(lake: HeldLake, view: str) -> list[str]:
    """A view of events in the model's shape: each row by hour, message, recipient and moment."""
    found = lake.rows(
        "select ingest_timestamp as hour, family, channel, event_type, message_id,"
        " case when event_type not in ('_campaign.send', '_journey.send') or channel = 'push'"
        f" then recipient end as recipient, occurred_at from {view}"
    )
    wanted = model_rows(lake.ledger, MODEL_VIEWS[view])
    return unequal(view, counted(wanted, MODEL_COLUMNS, "rows"), counted(found, MODEL_COLUMNS))


def flag_differences(lake: HeldLake) -> list[str]:
    """The guesses of machines and scanners, event by event."""
    types = "', '".join(
        ["_email.open", "_email.click", "_email.unsubscribe", "Open", "Click", "Subscription"]
    )
    found = lake.rows(
        f"select event_key, {', '.join(FLAG_COLUMNS)} from events where channel = 'email'"
        f" and message_id is not null and event_type in ('{types}')"
        f" group by event_key, {', '.join(FLAG_COLUMNS)}"
    )
    wanted = flagged_events(lake.ledger)
    return unequal("guesses", counted(wanted, FLAG_COLUMNS), counted(found, FLAG_COLUMNS))


def messages_differences(lake: HeldLake) -> list[str]:
    """Every message in every column that the ledger knows."""
    return message_differences(lake.expected, lake.rows("select * from messages"))


def daily_differences(lake: HeldLake) -> list[str]:
    """message_daily by every dimension and in every sum that the ledger knows."""
    keys = ", ".join(name for name in DAILY_KEYS if name != "template")
    totals = ", ".join(f"sum({name}) as {name}" for name in DAILY_MEASURES)
    # What could not be rendered names its template by itself, and no ledger has that.
    template = "case when rendering_failed = 0 then template end"
    found = lake.rows(
        f"select {keys}, {template} as template, {totals} from message_daily"
        f" group by {keys}, {template}"
    )
    # A day comes as a moment from one engine and as a day from the other.
    found["send_date"] = pd.to_datetime(found["send_date"]).dt.date
    wanted = measured_messages(lake.expected)
    return sum_differences(
        "message_daily",
        sums(wanted, DAILY_KEYS, DAILY_MEASURES),
        sums(found, DAILY_KEYS, DAILY_MEASURES),
    )


def facts_differences(lake: HeldLake) -> list[str]:
    """The facts of the campaign report over all that was sent, facet by facet."""
    wanted = measured_messages(lake.expected)
    definition = named_report("campaign_performance", lake.events.config)
    days = wanted["send_day"]
    period = read_period(days.min().isoformat(), days.max().isoformat(), "UTC")
    facts = lake.events.catalog.bind(facts_statement(definition, period))
    table = lake.events.run(facts)
    found = table.rename_columns([name for name, _ in facts.columns]).to_pandas()
    found["send_day"] = pd.to_datetime(found["send_day"]).dt.date
    # What could not be rendered names its template by itself, and no ledger has that.
    found["template"] = found["template"].where(found["rendering_failed"] == 0, None)
    columns = {"facet", "channel", "is_test", *FACT_MEASURES, *FACTS_UNKNOWN}.union(
        *FACET_KEYS.values()
    )
    said = unequal("columns", dict.fromkeys(columns, True), dict.fromkeys(found.columns, True))
    said += unequal("facets", dict.fromkeys(FACET_KEYS, True), dict.fromkeys(found["facet"], True))
    for facet, own in FACET_KEYS.items():
        keys = ("channel", "is_test", *own)
        said += sum_differences(
            f"facet {facet}",
            sums(wanted, keys, FACT_MEASURES),
            sums(found[found["facet"] == facet], keys, FACT_MEASURES),
        )
    return said


def sum_differences(what: str, wanted: pd.DataFrame, found: pd.DataFrame) -> list[str]:
    """What differs between two tables of sums by the same keys."""
    if not wanted.index.sort_values().equals(found.index.sort_values()):
        said = unequal(what, dict.fromkeys(wanted.index, True), dict.fromkeys(found.index, True))
        assert said
        return said
    found = found.reindex(wanted.index)
    said = []
    for name in wanted.columns:
        wrong = np.flatnonzero(~np.isclose(wanted[name], found[name], rtol=0, atol=1e-6))
        if len(wrong):
            at = wrong[0]
            said.append(
                f"{what}, {name}: {len(wrong)} of {len(wanted)} differ, as"
                f" {(wanted.index[at], wanted[name].iloc[at], found[name].iloc[at])}"
            )
    return said


def repeat_differences(lake: HeldLake) -> list[str]:
    """Whether repeats are in the views of events, as often as stored, and not among messages.

    A lake without a repeat is not as it should be either.
    """
    found = lake.rows(
        "select count(*) as events, sum(n) as told,"
        " sum(case when event_key is null then n else 0 end) as nameless"
        " from (select event_key, recipient, count(*) as n from events where message_id is not null"
        " group by event_key, recipient)"
    ).iloc[0]
    said = unequal("events without a key", {"rows": 0}, {"rows": int(found["nameless"])})
    again = int(found["told"] - found["events"])
    said += unequal("rows told again", {"rows": rows_told_again(lake.ledger)}, {"rows": again})
    if again <= 0:
        said.append("no event is told again")
    if lake.plan.profile == "sms":
        return said
    opens = lake.rows(
        "select (select count(*) from events where event_name = 'opened' and message_id is not null"
        " and recipient is not null) as told, (select sum(open_count) from messages) as counted"
    ).iloc[0]
    more = int(opens["told"] - opens["counted"])
    said += unequal("opens told again", {"rows": opens_told_again(lake.ledger)}, {"rows": more})
    if more <= 0:
        said.append("no open is told again")
    return said
