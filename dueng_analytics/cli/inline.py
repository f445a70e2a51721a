"""One statement over the tables of a target, with everything that it reads written into it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from dueng_analytics.config import Config
from dueng_analytics.dialect import quoted
from dueng_analytics.errors import UsageError
from dueng_analytics.remote import RemoteWorkspace
from dueng_analytics.report_page import facts_statement, named_report
from dueng_analytics.reporting.period import cohort_window, read_period
from dueng_analytics.target_settings import Target
from dueng_analytics.workspace import arrival_window

_SAMPLES = Target("", "athena")
"""Tables as the samples make them."""


def inlined(
    texts: Sequence[str],
    report: str | None,
    days: tuple[str | None, str | None],
    config: Config,
    target: Target | None,
) -> str:
    """The statement for a view, a SELECT (``-``: from standard input) or a report.

    Args:
        days: the first and the last one, whose hours are read.
        target: whose tables; by default Athena's as the samples make them.

    Raises:
        UsageError: not exactly one of them was given, or a report without its days.
        DuengError: what the statement or the target has wrong.
    """
    if len(texts) + (report is not None) != 1:
        raise UsageError(
            "--inline writes one statement down",
            hint="Give one view, one SELECT, or --report NAME.",
        )
    with RemoteWorkspace(config, target or _SAMPLES) as remote:
        if report is not None:
            first, last = days
            if first is None or last is None:
                raise UsageError("a report is about days", hint="Give --from and --to.")
            period = read_period(first, last, config.time_zone)
            remote.window = cohort_window(period, remote.clocks, config.lateness)
            statement = facts_statement(named_report(report, config), period)
            return remote.written(remote.catalog.bind(statement))
        remote.window = arrival_window(config, *days)
        return remote.written(remote.catalog.asked(_select(texts[0], remote)))


def _select(text: str, remote: RemoteWorkspace) -> str:
    """The SELECT that was given, or that of a view's rows."""
    if text == "-":
        return sys.stdin.read()
    if any(sign.isspace() for sign in text):
        return text
    relation = remote.catalog.find(text)
    return f"select * from {quoted(relation.family)}.{quoted(relation.name)}"
