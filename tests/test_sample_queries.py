"""The questions of docs/questions.md, with the answers that a plain count of the files gives.

The commands are taken out of the document as they stand there; `test_docs` runs them on the
command line, these tests hold their rows against the ledger.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import ledger
import pytest
from documents import Block, blocks, commands, run
from exhaustive import exhaustive

from dueng_analytics import Workspace
from dueng_analytics.query_result import QueryResult
from dueng_analytics.resources import packaged

FIXTURES = packaged("fixtures")
QUESTIONS = Path(__file__).resolve().parent.parent / "docs" / "questions.md"
NOW = datetime(2026, 11, 5)
sample_summary = exhaustive("test_sample_queries.py")  # over the whole lake, all anew
LAKE = ledger.read_lake(FIXTURES)
RECORDS = LAKE.records
MESSAGES = ledger.messages(LAKE.everything)
ADDRESS, NUMBER = "jamal.graf@example.com", "+12025550170"
BOOKKEEPING = "buchhaltung@kontor.example"


@dataclass(frozen=True)
class Question:
    """A command of the document: its SELECT, and what it takes for the present."""

    sql: str
    now: datetime | None


def _question(block: Block) -> Question:
    ((command, _),) = commands(block.body)
    assert command[:2] == ["dueng", "query"]
    now = command[command.index("--now") + 1] if "--now" in command else None
    return Question(command[2], datetime.fromisoformat(now) if now else None)


(
    BOUNCED, OPENED, RECEIVED, PLUS_ONE, SAMPLE_SUMMARY, SUMMARY, SAMPLE_MAILS, MAILS,
    SAMPLE_MONEY, MONEY, SAMPLE_STATUS, STATUS,
) = (_question(block) for block in blocks(QUESTIONS) if block.language == "console")  # fmt: skip


@pytest.fixture(scope="module")
def ask(packaged_lake: Workspace):
    """The rows of a question over the fixtures, which is put to them once."""

    @cache
    def answer(question: Question) -> QueryResult:
        return packaged_lake.query(question.sql, now=question.now)

    return lambda question: answer(question).rows()


def moment(milliseconds: int) -> datetime:
    """Epoch milliseconds as naive UTC, which is how every column holds a time."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=None)


def stored(kind: str) -> list[ledger.Record]:
    return [record for record in RECORDS if record["event_type"] == kind]


def stored_addresses(address: str) -> list[ledger.Record]:
    """The sends that carry an address just as it is written here."""
    return [
        record
        for record in stored("_email.send")
        if address in record["facets"]["email_channel"]["mail_event"]["mail"]["destination"]
    ]


def campaign_mails(since: datetime) -> list[ledger.Message]:
    return [
        message
        for message in MESSAGES
        if message.channel == "email"
        and message.campaign is not None
        and not message.is_test
        and moment(message.sent_at) > since
    ]


@sample_summary
def test_the_campaign_summary_of_the_samples_counts_records_as_it_always_did(ask):
    since = NOW - timedelta(days=30)
    campaigns = {
        each.record["attributes"]["campaign_id"]
        for each in ledger.read_lake(FIXTURES).stored
        if each.record["event_type"] == "_campaign.send"
        and moment(ledger.hour_start(each.hour)) > since
    }
    counts = {
        column: Counter(record["attributes"].get("campaign_id") for record in stored(kind))
        for column, kind in (
            ("NumSends", "_email.send"),
            ("NumOpens", "_email.open"),
            ("NumClicks", "_email.click"),
            ("NumUnsubs", "_email.unsubscribe"),
        )
    }
    for column, kind in (("NumHardBounces", "hardbounce"), ("NumSoftBounces", "softbounce")):
        counts[column] = Counter()
        for record in stored(f"_email.{kind}"):
            bounce = record["facets"]["email_channel"]["mail_event"]["bounce"]
            counts[column][record["attributes"].get("campaign_id")] += len(
                bounce["bounced_recipients"]
            )
    rows = {row.pop("pinpoint_campaign_id"): row for row in ask(SAMPLE_SUMMARY)}
    assert rows == {
        campaign: {column: counted[campaign] for column, counted in counts.items()}
        for campaign in campaigns
    }
    assert len(rows) > 2


@sample_summary
def test_our_campaign_summary_counts_messages_once_and_people_apart(ask):
    sums = ledger.totals(campaign_mails(NOW - timedelta(days=30)), lambda m: m.campaign)
    assert {row["campaign_id"]: row for row in ask(SUMMARY)} == {
        campaign: {
            "campaign_id": campaign,
            "sent": counts["sent"],
            "opened": counts["opened"],
            "opened_by_people": counts["human_opened"],
            "clicked_by_people": counts["human_clicked"],
            "hard_bounced": counts["hard_bounced"],
            "soft_bounced": counts["soft_bounced"],
            "unsubscribed": counts["unsubscribed"],
        }
        for campaign, counts in sums.items()
    }


@sample_summary
def test_the_two_summaries_differ_where_the_document_says_that_they_do(ask):
    sample = {row["pinpoint_campaign_id"]: row for row in ask(SAMPLE_SUMMARY)}
    ours = {row["campaign_id"]: row for row in ask(SUMMARY)}
    both = set(sample) & set(ours)
    assert len(both) > 2
    assert all(
        sample[campaign]["NumSends"] != ours[campaign]["sent"]
        or sample[campaign]["NumOpens"] > ours[campaign]["opened"]
        for campaign in both
    )
    # other channels are in the sample's alone, what SES sent after the change in ours alone
    assert set(sample) - set(ours)
    assert "singles-day" in set(ours) - set(sample)


def test_the_mails_to_an_address_stand_there_once_for_each_open_as_they_always_did(ask):
    opens = Counter(
        record["facets"]["email_channel"]["mail_event"]["mail"]["message_id"]
        for record in stored("_email.open")
    )
    expected: list[tuple[object, ...]] = []
    for record in stored_addresses(ADDRESS):
        mail = record["facets"]["email_channel"]["mail_event"]["mail"]
        row = (
            moment(record["event_timestamp"]),
            mail["common_headers"].get("subject"),
            mail["message_id"],
            "Yes" if opens[mail["message_id"]] else "No",
        )
        expected += [row] * max(1, opens[mail["message_id"]])
    rows = [tuple(row.values()) for row in ask(SAMPLE_MAILS)]
    assert rows == sorted(expected, key=lambda row: str(row[0]), reverse=True)
    assert len(rows) > len({row[2] for row in rows}), "the story has no mail opened twice"


def test_our_mails_to_an_address_are_one_row_each_whatever_its_case(ask):
    mails = [m for m in MESSAGES if m.channel == "email" and m.recipient == ADDRESS]
    assert [
        (row["sent_at"], row["message_id"], row["is_human_opened"], row["is_opened"])
        for row in ask(MAILS)
    ] == [
        (
            moment(mail.sent_at),
            mail.id,
            bool(mail.counts["human_opened"]),
            bool(mail.counts["opened"]),
        )
        for mail in sorted(mails, key=lambda mail: mail.sent_at, reverse=True)
    ]


def test_what_an_address_received_is_every_message_of_every_channel(ask):
    received = [message for message in MESSAGES if message.recipient in (ADDRESS, NUMBER)]
    rows = ask(RECEIVED)
    assert [(row["sent_at"], row["channel"], row["family"]) for row in rows] == [
        (moment(message.sent_at), message.channel, message.family)
        for message in sorted(received, key=lambda message: message.sent_at, reverse=True)
    ]
    assert {row["sent_by"] for row in rows} > {"Autumn newsletter", "Singles' Day"}
    assert {row["channel"] for row in rows} == {"email", "sms", "mms", "rcs", "voice"}
    assert {row["family"] for row in rows} == {"pinpoint", "ses", "sms"}


def test_the_same_question_finds_an_address_that_was_stored_in_another_case(ask):
    assert stored_addresses("Karl.GROSS@Example.ORG")
    text = RECEIVED.sql.replace("Jamal.Graf@Example.com", "karl.gross@example.org")
    rows = ask(Question(text.replace(NUMBER, ""), None))
    assert len(rows) == len([m for m in MESSAGES if m.recipient == "karl.gross@example.org"]) > 0


def test_the_same_question_finds_the_messages_to_a_telephone_number(ask):
    number = Counter(m.recipient for m in MESSAGES if m.channel == "sms").most_common(1)[0]
    text = RECEIVED.sql.replace("Jamal.Graf@Example.com", "").replace(NUMBER, number[0])
    rows = ask(Question(text, None))
    assert Counter(row["channel"] for row in rows)["sms"] == number[1]


def test_the_cost_of_plus_one_numbers_tells_the_us_and_canada_from_the_others(ask):
    areas: dict[str, list[ledger.Message]] = {}
    for message in MESSAGES:
        if (
            message.recipient.startswith("+1")
            and message.channel in ("sms", "mms", "voice", "rcs")
            and datetime(2026, 11, 1) <= moment(message.sent_at) < datetime(2026, 12, 1)
        ):
            is_named = message.country in ("US", "CA")
            area = message.country if is_named else "other +1 countries"
            areas.setdefault(str(area), []).append(message)
    assert ask(PLUS_ONE) == [
        {
            "area": area,
            "messages": len(found),
            "parts": sum(message.counts["parts"] for message in found),
            "price_usd": pytest.approx(sum(message.price_usd or 0 for message in found)),
            "fee_usd": pytest.approx(sum(message.fee_usd or 0 for message in found)),
            "cost_usd": pytest.approx(ledger.cost_usd(found)),
        }
        for area, found in sorted(areas.items(), key=lambda item: -ledger.cost_usd(item[1]))
    ]
    assert len(areas) == 3


def telephone_records() -> list[ledger.Record]:
    return [each.record for each in LAKE.by_source[ledger.SMS]]


def test_the_samples_money_by_type_adds_up_every_record_as_it_always_did(ask):
    ids: dict[str | None, set[str]] = {}
    sums: Counter[str | None] = Counter()
    for record in telephone_records():
        kind = record.get("messageType")
        ids.setdefault(kind, set()).add(record["messageId"])
        sums[kind] += record.get("totalMessagePrice") or 0
    rows = {row["messagetype"]: tuple(row.values())[1:] for row in ask(SAMPLE_MONEY)}
    assert rows == {kind: (len(ids[kind]), pytest.approx(sums[kind])) for kind in ids}


def test_our_money_by_type_has_each_message_once(ask):
    records = {record["messageId"]: record for record in telephone_records()}
    found: dict[str | None, list[ledger.Message]] = {}
    for message in MESSAGES:
        if message.id in records:
            found.setdefault(records[message.id].get("messageType"), []).append(message)
    rows = {row["message_type"]: row for row in ask(MONEY)}
    assert {kind: row["messages"] for kind, row in rows.items()} == {
        kind: len(messages) for kind, messages in found.items()
    }
    for kind, messages in found.items():
        expected = sum(message.price_usd or 0 for message in messages)
        assert rows[kind]["price_usd"] == pytest.approx(expected)
    sample = {row["messagetype"]: tuple(row.values())[2] for row in ask(SAMPLE_MONEY)}
    assert sum(sample.values()) > 2 * sum(row["price_usd"] for row in rows.values())


def test_the_samples_mails_to_an_address_show_what_any_recipient_did(ask):
    mails: dict[str, list[ledger.Record]] = {}
    for each in LAKE.by_source[ledger.SES]:
        if BOOKKEEPING in each.record["mail"]["destination"]:
            mails.setdefault(each.record["mail"]["messageId"], []).append(each.record)
    opened = {
        identity: min(
            (r["open"]["timestamp"] for r in life if r["eventType"] == "Open"), default=None
        )
        for identity, life in mails.items()
    }
    rows = ask(SAMPLE_STATUS)
    assert {row["message_id"]: row["time_opened"] for row in rows} == opened
    sent = [row["time_sent"] for row in rows]
    assert sent == sorted(sent, reverse=True)
    assert all(row["email"] == BOOKKEEPING for row in rows)
    assert any(opened.values())


def test_our_mails_to_an_address_count_nothing_that_may_have_been_anothers(ask):
    mails = [message for message in MESSAGES if message.recipient == BOOKKEEPING]
    assert [
        (row["sent_at"], row["is_human_opened"], row["recipient_count"]) for row in ask(STATUS)
    ] == [
        (moment(mail.sent_at), bool(mail.counts["human_opened"]), mail.recipients)
        for mail in sorted(mails, key=lambda mail: mail.sent_at, reverse=True)
    ]
    assert not any(mail.counts["opened"] for mail in mails if mail.recipients > 1)


def test_the_campaigns_that_bounced_last_month_stand_with_type_and_number(ask):
    names = {
        line.split(",")[1]: row["campaign"]
        for row in ask(BOUNCED)
        for line in (FIXTURES / "names.csv").read_text("utf-8").splitlines()
        if row["campaign"] in line
    }
    expected: Counter[tuple[str, str]] = Counter()
    for message in campaign_mails(datetime(2026, 10, 1)):
        if message.bounce is not None and moment(message.sent_at) < datetime(2026, 11, 1):
            assert message.campaign is not None
            expected[names.get(message.campaign, message.campaign), message.bounce[1]] += 1
    found: Counter[tuple[str, str]] = Counter()
    for row in ask(BOUNCED):
        found[row["campaign"], row["bounce_subtype"]] += row["bounced"]
    assert found == expected


def test_who_opened_tells_the_opens_of_people_from_those_of_machines(ask):
    unlimited = Question(OPENED.sql.replace("limit 10", ""), None)
    rows = ask(unlimited)
    opened = [m for m in MESSAGES if m.channel == "email" and m.counts["opened"]]
    assert Counter(
        (row["recipient"], row["human_opens"], row["machine_opens"]) for row in rows
    ) == (
        Counter(
            (
                message.recipient,
                message.counts["human_opened_times"],
                message.counts["opened_times"] - message.counts["human_opened_times"],
            )
            for message in opened
        )
    )
    assert all((row["first_human_opened_at"] is None) == (row["human_opens"] == 0) for row in rows)
    assert len(ask(OPENED)) == 10


def test_the_samples_query_runs_on_the_command_line_as_it_is():
    events = str(FIXTURES / "pinpoint" / "2026" / "10" / "19")
    code, out, err = run(
        ["query", SAMPLE_MAILS.sql, "--format", "csv", "--now", "2026-11-05", "--events", events]
    )
    assert code == 0, err
    assert SAMPLE_MAILS.sql.rstrip().endswith(";")
    assert out.splitlines()[0] == "event_timestamp,subject,message_id,DidOpen"
