"""The page of `dueng demo` against the ledger's count of the same files by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import ledger
import pytest
from documents import run
from ledger import Message
from rendered import RenderedPage, Shown, read_page
from totals import FIRST_DAY, LAST_DAY, current_names

from dueng_analytics.resources import packaged
from tests.exhaustive import exhaustive

pytestmark = exhaustive("test_report_ledger.py")

FIXTURES = packaged("fixtures")
SUBTYPES = {"Permanent": "Hard", "Transient": "Soft", "Undetermined": "Undetermined"}
OTHERS = {"whatsapp": "WhatsApp", "rcs": "RCS", "mms": "Pictures", "voice": "Calls"}
READING = ("WhatsApp", "RCS")
COUNTRIES = {
    "US": "United States",
    "CA": "Canada",
    "GB": "United Kingdom",
    "DE": "Germany",
    "FR": "France",
    "AU": "Australia",
    "JM": "Jamaica",
}


@cache
def lake() -> ledger.Lake:
    return ledger.read_lake(FIXTURES)


@cache
def everything() -> list[Message]:
    return ledger.messages(lake().everything)


@dataclass(frozen=True)
class Demo:
    """The page in a time zone, and the messages that should be on it."""

    page: RenderedPage = field(repr=False)
    zone: str

    def cohort(self, channel: str) -> list[Message]:
        sent = ledger.sent_between(everything(), FIRST_DAY, LAST_DAY, self.zone)
        return [each for each in sent if each.channel == channel and not each.is_test]

    def sums(
        self, channel: str, by: Callable[[Message], Hashable] = lambda _: None
    ) -> Mapping[Hashable, Counter[str]]:
        return ledger.totals(self.cohort(channel), by)

    def whole(self, channel: str) -> Counter[str]:
        return self.sums(channel)[None]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    code, _, err = run(["demo", "--timezone", "Europe/Berlin", "--out", str(folder)])
    assert code == 0, err
    return Demo(read_page(folder / "campaign_performance.html"), "Europe/Berlin")


def name_of(message: Message) -> str:
    kind, identity = message.origin
    if identity is None:
        return {"email": "Transactional e-mail", "sms": "Transactional SMS"}[message.channel]
    known = current_names(FIXTURES).get((kind, identity))
    shown = identity if len(identity) <= 15 else f"{identity[:8]}…"
    return known or f"{kind.capitalize()} {shown}"


def of_gmail(message: Message) -> bool:
    return message.domain in ("gmail.com", "googlemail.com")


def assert_rates(row: Mapping[str, Shown], expected: Mapping[str, tuple[int, int]]) -> None:
    """Each column shows numerator and denominator; a rate to nothing is a dash."""
    assert {column: row[column].counts for column in expected} == expected
    for column, (_, denominator) in expected.items():
        assert (row[column].value == "–") is (denominator == 0)


def email_rates(counts: Counter[str]) -> dict[str, tuple[int, int]]:
    delivered, sent = counts["delivered"], counts["sent"]
    return {
        "Delivered": (delivered, sent),
        "Opened, human": (counts["human_opened"], delivered),
        "Opened, all": (counts["opened"], delivered),
        "Clicked, human": (counts["human_clicked"], delivered),
        "Clicked, all": (counts["clicked"], delivered),
        "Hard bounces": (counts["hard_bounced"], sent),
        "Unsubscribed": (counts["unsubscribed"], delivered),
    }


def test_the_key_figures_of_email(demo: Demo):
    counts = demo.whole("email")
    reporting = [each for each in demo.cohort("email") if not of_gmail(each)]
    heard: Counter[str] = sum((each.counts for each in reporting), Counter())
    asked = counts["sent"] + counts["rejected"] + counts["rendering_failed"]
    assert demo.page.tile("E-mail", "Sent")[0].count == counts["sent"]
    for label, *expected in (
        ("Delivered", (counts["delivered"], counts["sent"])),
        (
            "Opened",
            (counts["human_opened"], counts["delivered"]),
            (counts["opened"], counts["delivered"]),
        ),
        (
            "Clicked",
            (counts["human_clicked"], counts["delivered"]),
            (counts["clicked"], counts["delivered"]),
        ),
        ("Hard bounces", (counts["hard_bounced"], counts["sent"])),
        ("Soft bounces", (counts["soft_bounced"], counts["sent"])),
        ("Suppressed", (counts["suppressed"], counts["sent"])),
        ("Unsubscribes", (counts["unsubscribed"], counts["delivered"])),
        ("Complaints", (heard["complained"], heard["delivered"])),
        ("Refused", (asked - counts["sent"], asked)),
    ):
        assert [each.counts for each in demo.page.tile("E-mail", label)] == expected, label


@pytest.mark.parametrize(
    ("section", "channel", "columns"),
    [
        (
            "E-mail",
            "email",
            {"Sent": "sent", "Delivered": "delivered", "Opened by people": "human_opened"},
        ),
        ("SMS", "sms", {"Attempted": "messages", "Delivered": "delivered"}),
    ],
)
def test_the_days(demo: Demo, section: str, channel: str, columns: Mapping[str, str]):
    by_day = demo.sums(channel, lambda message: ledger.local_day(message, demo.zone))
    rows = demo.page.rows(section, "Day by day")
    assert len(rows) == 23
    days = sorted({ledger.local_day(each, demo.zone) for each in demo.cohort(channel)}, key=str)
    shown = [row for row in rows if any(row[column].count for column in columns)]
    assert len(shown) == len(days)
    for row, day in zip(shown, days, strict=True):
        assert f"{day:%b} {day.day}, {day.year}" in row["name"].value
        for column, measure in columns.items():
            assert row[column].count == by_day[day][measure]


def test_the_campaigns_of_email_and_their_treatments(demo: Demo):
    title = "Campaigns, journeys and transactional e-mail"
    table = demo.page.table("E-mail", title)
    by_name = demo.sums("email", name_of)
    assert {name for name in table if not name.startswith("Treatment")} == set(by_name)
    for name, counts in by_name.items():
        assert table[str(name)]["Sent"].count == counts["sent"]
        assert_rates(table[str(name)], email_rates(counts))
    tried = [each for each in demo.cohort("email") if each.treatment not in (None, "0")]
    for treatment, counts in ledger.totals(tried, lambda each: each.treatment).items():
        assert_rates(table[f"Treatment {treatment}"], email_rates(counts))


def test_the_bounces_by_reason(demo: Demo):
    shown: Counter[tuple[str, str]] = Counter()
    for row in demo.page.rows("E-mail", "Bounces by reason"):
        shown[row["name"].value, row["Subtype"].value] += row["Bounced"].count
    counted = Counter(
        ("Suppressed" if each.counts["suppressed"] else SUBTYPES[each.bounce[0]], each.bounce[1])
        for each in demo.cohort("email")
        if each.bounce is not None
    )
    assert shown == counted


def test_the_complaints(demo: Demo):
    rows = demo.page.rows("E-mail", "Complaints by type")
    assert sum(row["Complaints"].count for row in rows) == demo.whole("email")["complained"]


def test_the_domains_with_the_most_hard_bounces(demo: Demo):
    by_domain = {
        str(domain): counts
        for domain, counts in demo.sums("email", lambda message: message.domain).items()
        if counts["sent"] >= 20
    }
    rows = demo.page.table("E-mail", "Domains with the most hard bounces")
    assert set(rows) == set(by_domain)
    for domain, counts in by_domain.items():
        assert rows[domain]["Sent"].count == counts["sent"]
        expected = {
            "Hard bounces": (counts["hard_bounced"], counts["sent"]),
            "Soft bounces": (counts["soft_bounced"], counts["sent"]),
            "Delivered": (counts["delivered"], counts["sent"]),
        }
        assert_rates(rows[domain], expected)
    rates = [row["Hard bounces"].counts for row in rows.values()]
    assert rates == sorted(rates, key=lambda pair: -pair[0] / pair[1])


def test_the_key_figures_of_sms(demo: Demo):
    counts = demo.whole("sms")
    cohort = demo.cohort("sms")
    assert demo.page.tile("SMS", "Attempted")[0].count == counts["messages"]
    for label, *expected in (
        (
            "Delivered",
            (counts["delivered"], counts["messages"]),
            (counts["confirmed"], counts["messages"]),
        ),
        ("Failed", (counts["failed"], counts["messages"])),
        ("Without a final receipt", (counts["pending"], counts["messages"])),
        ("Opted out", (counts["unsubscribed"], counts["delivered"])),
    ):
        assert [each.counts for each in demo.page.tile("SMS", label)] == expected, label
    assert demo.page.tile("SMS", "Cost")[0].value == f"${ledger.cost_usd(cohort):,.2f}"


@pytest.mark.parametrize(
    ("title", "by"),
    [
        ("Campaigns, journeys and transactional SMS", name_of),
        ("By country", lambda message: COUNTRIES[message.country]),
    ],
)
def test_the_sms_by_campaign_and_by_country(
    demo: Demo, title: str, by: Callable[[Message], Hashable]
):
    rows = demo.page.table("SMS", title)
    sums = demo.sums("sms", by)
    assert {name for name in rows if not name.startswith("Treatment")} == set(sums)
    for key, counts in sums.items():
        row = rows[str(key)]
        assert (row["Attempted"].count, row["Parts"].count) == (counts["messages"], counts["parts"])
        expected = {
            "Delivered, all": (counts["delivered"], counts["messages"]),
            "Delivered, handset": (counts["confirmed"], counts["messages"]),
            "Failed": (counts["failed"], counts["messages"]),
            "With a price": (counts["priced"], counts["messages"]),
        }
        assert_rates(row, expected)
        cost = ledger.cost_usd(each for each in demo.cohort("sms") if by(each) == key)
        assert row["Cost, total"].value == f"${cost:,.2f}"


def test_transactional_mail_by_configuration_set_and_template(demo: Demo):
    title = "Transactional e-mail by configuration set and template"
    cohort = [each for each in demo.cohort("email") if each.origin[0] == "transactional"]
    sums = ledger.totals(cohort, lambda each: (each.configuration_set, each.template))
    rows = demo.page.rows("E-mail", title)
    shown = {(row["name"].value, row["Template"].value): row for row in rows}
    assert len(sums) > 3
    assert set(shown) == {(a or "Not stated", b or "Not stated") for a, b in sums}
    for (configuration_set, template), counts in sums.items():
        row = shown[configuration_set or "Not stated", template or "Not stated"]
        assert row["Sent"].count == counts["sent"]
        assert_rates(row, {"Delivered": (counts["delivered"], counts["sent"])})


def test_the_other_channels(demo: Demo):
    rows = demo.page.table("WhatsApp, RCS, pictures and calls", "By channel")
    assert set(rows) == set(OTHERS.values())
    for channel, name in OTHERS.items():
        counts = demo.whole(channel)
        assert rows[name]["Attempted"].count == counts["messages"] > 0
        expected = {
            "Delivered": (counts["delivered"], counts["messages"]),
            "Read": (counts["opened"], counts["delivered"] if name in READING else 0),
            "Failed": (counts["failed"], counts["messages"]),
        }
        assert_rates(rows[name], expected)
    costs = ledger.cost_usd(demo.cohort("rcs"))
    assert rows["RCS"]["Cost, total"].value == f"${costs:,.2f}"
    assert rows["WhatsApp"]["Cost, total"].value == "–"


def test_a_campaign_and_a_journey_cross_the_change_of_service_in_one_line(demo: Demo):
    rows = demo.page.rows("E-mail", "Campaigns, journeys and transactional e-mail")
    names = Counter(row["name"].value for row in rows)
    for name in ("Autumn newsletter", "Welcome"):
        services = {each.family for each in demo.cohort("email") if name_of(each) == name}
        assert (names[name], services) == (1, {"pinpoint", "ses"})


def test_the_failures_of_sms(demo: Demo):
    rows = demo.page.table("SMS", "Failures by reason")
    counted = Counter(each.failure for each in demo.cohort("sms") if each.failure is not None)
    assert {reason: row["Failed"].count for reason, row in rows.items()} == counted


def test_the_pushes_and_in_app_messages(demo: Demo):
    section = "Push and in-app"
    pushes = demo.page.table(section, "Push notifications of campaigns and journeys")
    by_name = demo.sums("push", name_of)
    assert set(pushes) == set(by_name)
    for name, counts in by_name.items():
        row = pushes[str(name)]
        assert [row[column].count for column in ("Messages", "Sent", "Failed")] == [
            counts[measure] for measure in ("messages", "sent", "failed")
        ]
        assert_rates(row, {"Opened": (counts["opened"], counts["sent"])})
    shown = demo.page.table(section, "In-app messages")
    by_name = demo.sums("in_app", name_of)
    assert set(shown) == set(by_name)
    for name, counts in by_name.items():
        assert_rates(shown[str(name)], {"Clicked": (counts["clicked"], counts["messages"])})


def test_the_footer(demo: Demo):
    footer = demo.page.footer
    assert footer["Time zone"] == demo.zone
    assert footer["Quarantined records"] == f"{lake().quarantined:,}"
    assert footer["Of them of unknown shape"] == f"{len(lake().strays):,}"
    # Read are the period, an hour on each side for the buffer, and three days before it in which
    # an SMS may have been sent whose receipt came within.
    midnight = datetime.combine(date.fromisoformat(FIRST_DAY), time(), ZoneInfo(demo.zone))
    first = (midnight.astimezone(UTC) - timedelta(hours=73)).strftime("%Y/%m/%d/%H")
    read = [each for found in lake().by_source.values() for each in found if each.hour >= first]
    assert footer["Records"] == f"{len(read):,}"
    moments = [
        ledger.moment_of(source, each.record)
        for source, found in lake().by_source.items()
        for each in found
    ]
    last = max(moment for moment in moments if moment is not None)
    moment = datetime.fromtimestamp(last / 1000, UTC)
    assert footer["Last event"] == f"{moment:%b} {moment.day}, {moment.year}, {moment:%H:%M} UTC"


def test_the_share_of_messages_without_a_name(demo: Demo):
    known = current_names(FIXTURES)
    of_ids = [
        each
        for channel in ("email", "sms", "push", "in_app", *OTHERS)
        for each in demo.cohort(channel)
        if each.origin[1] is not None
    ]
    missing = sum(each.origin not in known for each in of_ids)
    share = f"{100 * missing / len(of_ids):.2f}% ({missing:,} of {len(of_ids):,})"
    assert demo.page.footer["Messages without a name"] == share


def test_messages_to_the_simulator_are_said_aloud(demo: Demo):
    sent = ledger.sent_between(everything(), FIRST_DAY, LAST_DAY, demo.zone)
    tests = sum(each.is_test for each in sent)
    assert f"{tests} messages to the mailbox simulator left out." in demo.page.notices


def test_no_address_of_the_story_is_on_the_page(demo: Demo):
    text = demo.page.root.text
    recipients: set[str] = {each.recipient for each in everything() if each.channel != "push"}
    assert [each for each in recipients if len(each) > 8 and each in text] == []
