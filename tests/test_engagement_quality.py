"""docs/engagement-quality.md against lakes of which is known who opened and clicked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from simulated_truth import Ledger

from dueng_analytics.simulate import Plan, simulate
from tests.exhaustive import exhaustive

FILE = "test_engagement_quality.py"
PAGE = Path(__file__).resolve().parent.parent / "docs" / "engagement-quality.md"
SEEDS = (1, 2, 3)
CLICKS = ("_email.click", "_email.unsubscribe", "Click")
OPENS = ("_email.open", "Open")
WORDS = (
    "bot|crawl|spider|scanner|barracuda|proofpoint|mimecast|safelinks|headless|phantomjs|curl|wget"
    "|python-requests|go-http-client|java/"
)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Opens and clicks of every seed's lake, what the rules say of them, and who did them."""
    pieces = []
    for seed in SEEDS:
        folder = tmp_path_factory.mktemp("quality") / "lake"
        simulate(folder, Plan("email", 200_000, 14, seed, file_format="json"), jobs=1)
        events = Ledger(folder).judged
        events = events[(events["told"] > 0) & events["event_type"].isin([*OPENS, *CLICKS])]
        pieces.append(events.assign(seed=seed))
    return pd.concat(pieces, ignore_index=True)


def shares(guessed: pd.Series, real: pd.Series) -> str:
    """The cells of precision and recall."""
    both = int((guessed & real).sum())
    return f"{both / int(guessed.sum()):.2%} | {both / int(real.sum()):.1%}"


def measured(judged: pd.DataFrame) -> str:
    """The table of the page: how well each rule tells machines from people."""
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
        guessed, real = events[column].astype(bool), events["actor"] == actor
        text += (
            f"| {name} | {len(events):,} | {int(real.sum()):,} | {int(guessed.sum()):,}"
            f" | {shares(guessed, real)} |\n"
        )
    return text


def seconds(moments: pd.Series) -> pd.Series:
    """A difference of times in seconds."""
    return moments / pd.Timedelta(seconds=1)


def tried_on_opens(opens: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Rules for opens that SES did not judge: from what it was to what it is, then beyond it."""
    after = seconds(opens["occurred_at"] - opens["sent_at"])
    agent = opens["agent"].str.lower()
    bare = agent == "mozilla/5.0"
    named = agent.str.contains(WORDS)
    said = agent.str.replace("cubot", "").str.contains(WORDS)
    address = agent.str.contains(r"\+https?://")
    first = bare & (after <= 60)
    kept = opens["is_machine_open"].astype(bool)
    yield "bare agent within 60 s", first
    yield "… or a word of scanners and libraries", first | named | agent.str.contains("okhttp")
    yield "… but not `okhttp`, with which programs of people load pictures", first | named
    yield "… but not the telephones named CUBOT", first | said
    yield "… or an agent with `+http://` or `+https://`", first | said | address
    yield "… or any agent within 2 s: **the rule**", kept
    yield "any agent within 3 s", kept | (after < 3)
    yield "any agent within 5 s", kept | (after < 5)
    yield "bare agent within 2 minutes", kept | (bare & (after <= 120))
    yield "bare agent within 5 minutes", kept | (bare & (after <= 300))
    yield "bare agent within an hour", kept | (bare & (after <= 3_600))
    yield "bare agent at any time", kept | bare
    yield "an agent that is no browser's", kept | ~agent.str.contains("^(?:mozilla|opera)/")
    yield "an agent with `(compatible;`", kept | agent.str.contains("(compatible;", regex=False)


def tried_on_clicks(clicks: pd.DataFrame, opens: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """The same for clicks; the last three look at other events of the mail."""
    after = seconds(clicks["occurred_at"] - clicks["sent_at"])
    agent = clicks["agent"].str.lower()
    said = agent.str.replace("cubot", "").str.contains(f"{WORDS}|okhttp")
    early = after < 5
    address = agent.str.contains(r"\+https?://")
    kept = clicks["is_bot_click"].astype(bool)
    yield (
        "within 5 s, or a word of scanners and libraries",
        early | agent.str.contains(f"{WORDS}|okhttp"),
    )
    yield "… but not the telephones named CUBOT", early | said
    yield "… or an agent with `+http://` or `+https://`", early | said | address
    yield "… or an agent that is no browser's: **the rule**", kept
    yield "within 6 s", kept | (after < 6)
    yield "within 10 s", kept | (after < 10)
    yield "within 20 s", kept | (after < 20)
    yield "the bare agent", kept | (agent == "mozilla/5.0")
    yield "an agent with `(compatible;`", kept | agent.str.contains("(compatible;", regex=False)
    mail = ["seed", "message"]
    others = clicks.sort_values([*mail, "occurred_at"])
    moments = others.groupby(mail)["occurred_at"]
    gaps = pd.concat([moments.diff(), -moments.diff(-1)], axis=1).min(axis=1)
    yield (
        "another click of the mail within a second",
        kept | (seconds(gaps) <= 1).reindex(clicks.index),
    )
    mails = pd.MultiIndex.from_frame(clicks[mail])
    opened = opens.groupby(mail)["occurred_at"].agg(list).reindex(mails)
    moves = list(zip(clicks["occurred_at"], opened, strict=True))
    before = [not isinstance(all_of, list) or at < min(all_of) for at, all_of in moves]
    together = [
        isinstance(all_of, list) and min(abs(at - one) for one in all_of) <= pd.Timedelta(seconds=1)
        for at, all_of in moves
    ]
    yield "before the mail's first open", kept | pd.Series(before, clicks.index)
    yield "an open of the mail within a second", kept | pd.Series(together, clicks.index)


def tried(judged: pd.DataFrame) -> str:
    """The table of the page: what each change of a rule gives."""
    alone = judged[judged["verdict"].isna()]
    opens = alone[alone["event_type"].isin(OPENS)]
    clicks = alone[alone["event_type"].isin(CLICKS)]
    all_opens = judged[judged["event_type"].isin(OPENS)]
    text = ""
    for what, real, rules in (
        ("open", opens["actor"] == "machine", tried_on_opens(opens)),
        ("click", clicks["actor"] == "scanner", tried_on_clicks(clicks, all_opens)),
    ):
        text += f"| {what} is a machine's by | precision | recall |\n|---|---:|---:|\n"
        plus = ""
        for name, guessed in rules:
            text += f"| {plus}{name} | {shares(guessed, real)} |\n"
            plus = "the rule or " if plus or "**" in name else ""
        text += "\n"
    return text


@exhaustive(FILE)
@pytest.mark.parametrize("part", ["measured", "tried"])
def test_the_page_shows_how_well_the_rules_do_on_known_lakes(part: str, judged: pd.DataFrame):
    table = measured(judged) if part == "measured" else tried(judged)
    start, end = f"<!-- {part} -->\n", f"<!-- end {part} -->\n"
    head, _, rest = PAGE.read_text("utf-8").partition(start)
    shown, _, tail = rest.partition(end)
    if os.environ.get("DUENG_WRITE_DOCS"):
        PAGE.write_text(f"{head}{start}{table}{end}{tail}", "utf-8")
        shown = table
    assert shown == table, "write it anew with DUENG_WRITE_DOCS=1"
