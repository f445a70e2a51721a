"""What is measured, one job a process: ``python -m benchmarks.jobs JOB …`` prints JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from dueng_analytics import open_lake
from dueng_analytics.dialect import parse_query, to_duckdb, with_parameters
from dueng_analytics.resources import packaged

_MAIL = "facets.email_channel.mail_event"
_HUMAN_OPEN = f"""
    event_type = '_email.open' and not coalesce(
        trim({_MAIL}.open.user_agent) = 'Mozilla/5.0'
        and arrival_timestamp - event_timestamp <= 60000, false)"""
_BOT = f"""
    coalesce(arrival_timestamp - event_timestamp < 5000, false) or coalesce(regexp_matches(
        lower({_MAIL}.click.user_agent), 'bot|crawl|spider|scanner|barracuda|proofpoint|mimecast|'
        || 'safelinks|headless|phantomjs|curl|wget|python-requests|go-http-client|okhttp|java/'
    ), false)"""

BARE = f"""
    select
        cast(make_timestamp(event_timestamp * 1000) as date) as send_day,
        attributes['campaign_id'] as campaign,
        attributes['journey_id'] as journey,
        attributes['treatment_id'] as treatment,
        count({_MAIL}.mail.message_id) as with_id,
        count({_MAIL}.mail.destination[1]) as with_recipient,
        count({_MAIL}.mail.message_send_timestamp) as with_send_time,
        count(client.client_id) as with_endpoint,
        count(client_context.custom['endpoint']) as with_endpoint_definition,
        count(metrics.price_in_millicents_usd) as with_price,
        count(*) filter (event_type = '_email.send') as sent,
        count(*) filter (event_type = '_email.delivered') as delivered,
        count(*) filter (event_type = '_email.hardbounce'
            and {_MAIL}.bounce.bounce_sub_type <> 'OnAccountSuppressionList') as hard_bounced,
        count(*) filter (event_type = '_email.hardbounce'
            and {_MAIL}.bounce.bounce_sub_type = 'OnAccountSuppressionList') as suppressed,
        count(*) filter (event_type = '_email.softbounce') as soft_bounced,
        count(*) filter (event_type = '_email.rejected') as rejected,
        count(*) filter (event_type = '_email.rendering_failure') as rendering_failed,
        count(*) filter (event_type = '_email.complaint'
            and {_MAIL}.complaint.complaint_feedback_type <> 'not-spam') as complained,
        count(*) filter (event_type = '_email.unsubscribe') as unsubscribed,
        count(*) filter (event_type = '_email.open') as opens,
        count(*) filter ({_HUMAN_OPEN}) as human_opens,
        count(*) filter (event_type = '_email.click') as clicks,
        count(*) filter (event_type = '_email.click' and not ({_BOT})) as human_clicks,
        count({_MAIL}.click.link) as links,
        count({_MAIL}.bounce.bounce_type) as bounce_types,
        count({_MAIL}.bounce.bounced_recipients[1].diagnostic_code) as diagnoses,
        count({_MAIL}.delivery.recipients[1]) as recipients_delivered_to,
        count({_MAIL}.complaint.complained_recipients[1].email_address) as recipients_complaining,
        count({_MAIL}.reject.reason) as reasons
    from pinpoint.all_events
    group by all
"""
"""One hand-written conditional aggregation over the columns that the facts read, and no others;
repeats count."""

# What the facts must say, counted naively: a set of keys for each figure, taken one by one.
_NAIVE = {
    "hard_bounced": f"""
        select count(distinct {_MAIL}.mail.message_id || lower(b.r.email_address))
        from pinpoint.all_events, unnest({_MAIL}.bounce.bounced_recipients) as b (r)
        where event_type = '_email.hardbounce'
            and {_MAIL}.bounce.bounce_sub_type <> 'OnAccountSuppressionList'""",
    "opened": f"""
        select count(distinct {_MAIL}.mail.message_id) from pinpoint.all_events
        where event_type = '_email.open' and len({_MAIL}.mail.destination) = 1""",
    "human_opened": f"""
        select count(distinct {_MAIL}.mail.message_id) from pinpoint.all_events
        where {_HUMAN_OPEN} and len({_MAIL}.mail.destination) = 1""",
    "opens": f"""
        select count(distinct {_MAIL}.mail.message_id || arrival_timestamp::varchar
            || attributes['feedback']) from pinpoint.all_events
        where event_type = '_email.open' and len({_MAIL}.mail.destination) = 1""",
    "clicked": f"""
        select count(distinct {_MAIL}.mail.message_id) from pinpoint.all_events
        where event_type = '_email.click' and len({_MAIL}.mail.destination) = 1""",
    "rejected": f"""
        select count(distinct {_MAIL}.mail.message_id || lower(d.a)) from pinpoint.all_events,
            unnest({_MAIL}.mail.destination) as d (a)
        where event_type = '_email.rejected'""",
}


def facts(folder: str, runs: str, threads: str) -> dict[str, Any]:
    """Seconds of the report's facts and of the bare aggregation, in turns; whether they agree."""
    path = packaged("reports") / "campaign_performance" / "facts.sql"
    period = {
        "time_zone": "UTC",
        "from_time": datetime(2026, 1, 1),
        "to_time": datetime(2027, 1, 1),
    }
    with open_lake(folder, max_bytes="100 GB", threads=int(threads)) as lake:
        statement = with_parameters(parse_query(path.read_text("utf-8"), path=path), period)
        typed = lake.catalog.bind(statement)
        rows = lake.run(typed).to_pylist()  # warm; the lake is read here
        sql = to_duckdb(typed)
        times: dict[str, list[float]] = {"bare": [], "facts": []}
        for _ in range(int(runs)):
            times["bare"].append(_seconds(lambda: lake.engine.run(BARE)))
            times["facts"].append(_seconds(lambda: lake.engine.run(sql)))
        totals = [row for row in rows if row["facet"] == "message"]
        naive = {
            name: lake.engine.run(query).column(0)[0].as_py() for name, query in _NAIVE.items()
        }
    counted = {name: sum(row[name] or 0 for row in totals) for name in naive}
    return {**times, "agrees": counted == naive, "counted": counted, "naive": naive}


def read(folder: str) -> dict[str, Any]:
    """The records of a folder, read whole."""
    with open_lake(folder, max_bytes="100 GB") as lake:
        found = lake.read_events()
    return {"records": sum(found.records.values()), "quarantined": found.quarantined}


def report(folder: str) -> dict[str, Any]:
    """The campaign report over a folder, as the command renders it."""
    from dueng_analytics.cli import main

    out = Path(folder).parent / "page"
    started_at = time.perf_counter()
    period = ["--from", "2026-09-01", "--to", "2026-09-30"]
    main(["report", "campaign_performance", "--events", folder, *period, "--out", str(out)])
    return {"seconds": time.perf_counter() - started_at}


def _peak_bytes() -> int:
    """The most memory that this process ever held.

    Linux hands the peak of a parent to what it starts (``getrusage``), so it is read elsewhere.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _seconds(run: Callable[[], object]) -> float:
    started_at = time.perf_counter()
    run()
    return time.perf_counter() - started_at


JOBS: dict[str, Callable[..., dict[str, Any]]] = {"facts": facts, "read": read, "report": report}


def main(arguments: Sequence[str]) -> None:
    """Run one job and print what it gave, with the peak of the process's memory."""
    output = sys.stdout
    sys.stdout = sys.stderr  # what a job prints itself is not its result
    result = JOBS[arguments[0]](*arguments[1:])
    json.dump({**result, "peak_bytes": _peak_bytes()}, output)


if __name__ == "__main__":
    main(sys.argv[1:])
