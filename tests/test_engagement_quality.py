"""docs/engagement-quality.md against a lake of which is known who opened and clicked."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
from simulated_truth import Ledger

from dueng_analytics.simulate import Plan, simulate
from tests.exhaustive import exhaustive

PAGE = Path(__file__).resolve().parent.parent / "docs" / "engagement-quality.md"
PLAN = Plan("email", 200_000, 14, 1, file_format="json")
START, END = "<!-- measured -->\n", "<!-- end -->\n"


def _row(name: str, events: pd.DataFrame, guessed: pd.Series, real: pd.Series) -> str:
    both = int((guessed & real).sum())
    precision = both / int(guessed.sum()) if guessed.any() else float("nan")
    recall = both / int(real.sum()) if real.any() else float("nan")
    return (
        f"| {name} | {len(events):,} | {int(real.sum()):,} | {int(guessed.sum()):,}"
        f" | {precision:.1%} | {recall:.1%} |\n"
    )


def measured(ledger: Ledger) -> str:
    """The table of the page: how well each rule tells machines from people."""
    judged = ledger.judged[ledger.judged["told"] > 0]
    text = (
        "| rule | events | of machines | called so | precision | recall |\n"
        "|---|---:|---:|---:|---:|---:|\n"
    )
    for name, kind, column, actor, verdict in (
        ("`is_machine_open`, Pinpoint", "_email.open", "is_machine_open", "machine", None),
        ("`is_machine_open`, SES, judged", "Open", "is_machine_open", "machine", True),
        ("`is_machine_open`, SES, not judged", "Open", "is_machine_open", "machine", False),
        ("`is_bot_click`, Pinpoint", "_email.click", "is_bot_click", "scanner", None),
        ("`is_bot_click`, SES, judged", "Click", "is_bot_click", "scanner", True),
        ("`is_bot_click`, SES, not judged", "Click", "is_bot_click", "scanner", False),
    ):
        events = judged[judged["event_type"] == kind]
        if verdict is not None:
            events = events[events["verdict"].notna() == verdict]
        text += _row(name, events, events[column].astype(bool), events["actor"] == actor)
    return text


@exhaustive("test_engagement_quality.py")
def test_the_page_shows_how_well_the_rules_do_on_a_known_lake(tmp_path: Path):
    simulate(tmp_path / "lake", PLAN, jobs=1)
    table = measured(Ledger(tmp_path / "lake"))
    head, _, rest = PAGE.read_text("utf-8").partition(START)
    shown, _, tail = rest.partition(END)
    if os.environ.get("DUENG_WRITE_DOCS"):
        PAGE.write_text(f"{head}{START}{table}{END}{tail}", "utf-8")
        shown = table
    assert shown == table, "write it anew with DUENG_WRITE_DOCS=1"
