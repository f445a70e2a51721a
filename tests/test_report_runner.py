"""The figures of the campaign report over rows that each test writes itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from report_rows import email, facts_of, many, name, sms

from dueng_analytics.errors import UsageError
from dueng_analytics.reporting.blocks import (
    ChartBlock,
    FindingsBlock,
    Label,
    LakeFacts,
    Level,
    ReportPage,
    Row,
    Section,
    TableBlock,
    TilesBlock,
)
from dueng_analytics.reporting.figures import Figure
from dueng_analytics.reporting.period import read_period
from dueng_analytics.reporting.report_file import read_report
from dueng_analytics.reporting.runner import ReportRequest, run_report
from dueng_analytics.reporting.writing import Writer, masked
from dueng_analytics.resources import packaged

NOON = datetime(2026, 10, 20, 12)
LONG_AFTER = datetime(2027, 6, 1)
WRITE = Writer()
DEFINITION = read_report(packaged("reports") / "campaign_performance")


def page(
    messages: Iterable[Mapping[str, Any]],
    names: Iterable[Mapping[str, Any]] = (),
    *,
    first: str = "2026-10-19",
    last: str = "2026-10-21",
    zone: str = "UTC",
    last_event_at: datetime | None = LONG_AFTER,
    lake: Mapping[str, Any] | None = None,
    **asked: Any,
) -> ReportPage:
    request = ReportRequest(
        period=read_period(first, last, zone),
        lake=LakeFacts("duckdb", "0.1.0", ("events",), last_event_at=last_event_at, **(lake or {})),
        lateness={"email": timedelta(days=60), "sms": timedelta(hours=72)},
        **asked,
    )
    rows = facts_of(DEFINITION, request.period, messages, names)
    return run_report(DEFINITION, request, rows)


def section(shown: ReportPage, title: str) -> Section:
    return next(part for part in shown.sections if part.title == title)


def block(shown: ReportPage, title: str, kind: type, within: str = "E-mail") -> Any:
    parts = section(shown, within).blocks
    return next(part for part in parts if isinstance(part, kind) and part.title == title)


def tile(shown: ReportPage, label: str, within: str = "E-mail") -> tuple[Figure, ...]:
    tiles = block(shown, "Key figures", TilesBlock, within).tiles
    return next(each.figures for each in tiles if each.label == label)


def counts(figure: Figure) -> tuple[int | float | None, int | None]:
    return figure.numerator, figure.denominator


def table(shown: ReportPage, title: str, within: str = "E-mail") -> TableBlock:
    found: TableBlock = block(shown, title, TableBlock, within)
    return found


def heads(rows: Iterable[Row]) -> list[str]:
    return [WRITE.label(row.cells[0]) for row in rows if isinstance(row.cells[0], Label)]


def cell(of: TableBlock, head: str, column: str) -> str:
    at = [each.label for each in of.columns].index(column)
    row = next(row for row in of.rows if WRITE.cell(row.cells[0]) == head)
    return WRITE.cell(row.cells[at])


CAMPAIGNS = "Campaigns, journeys and transactional e-mail"


def test_a_rate_shows_its_numerator_and_denominator():
    messages = [*many(3, email, NOON), *many(1, email, NOON, is_hard_bounced=True)]
    (delivered,) = tile(page(messages), "Delivered")
    assert counts(delivered) == (3, 4)
    assert delivered.value == 0.75


def test_opens_of_people_and_of_machines_stand_side_by_side():
    messages = [
        *many(2, email, NOON, is_human_opened=True),
        *many(3, email, NOON, is_opened=True),
        *many(5, email, NOON),
    ]
    human, every = tile(page(messages), "Opened")
    assert counts(human) == (2, 10)
    assert counts(every) == (5, 10)


def test_clicks_of_people_and_of_machines_stand_side_by_side():
    messages = [email(NOON, is_human_clicked=True), email(NOON, is_clicked=True), email(NOON)]
    human, every = tile(page(messages), "Clicked")
    assert counts(human) == (1, 3)
    assert counts(every) == (2, 3)


def test_complaints_leave_gmail_out_of_both_numbers():
    messages = [
        email(NOON, domain_group="gmail"),
        email(NOON, domain_group="yahoo", is_complained=True),
        email(NOON, domain_group=None),
    ]
    assert counts(tile(page(messages), "Complaints")[0]) == (1, 2)


def test_refused_messages_count_among_those_that_were_asked_for():
    refused = {"is_sent": False, "is_delivered": False}
    messages = [
        email(NOON),
        email(NOON),
        email(NOON, rejected_at=NOON, final_status="rejected", **refused),
        email(NOON, rendering_failed_at=NOON, final_status="failed", **refused),
    ]
    assert counts(tile(page(messages), "Refused")[0]) == (2, 4)


def test_a_small_denominator_has_an_interval_and_a_large_one_none():
    small = tile(page(many(10, email, NOON)), "Delivered")[0]
    assert small.interval == pytest.approx((0.7225, 1.0), abs=1e-4)
    large = tile(page(many(1000, email, NOON)), "Delivered")[0]
    assert large.interval is None


def test_nothing_delivered_makes_rates_of_it_unknown_and_not_zero():
    human, _ = tile(page([email(NOON, is_hard_bounced=True)]), "Opened")
    assert human.value is None
    assert WRITE.figure(human) == "–"


def test_the_cohort_is_what_was_sent_from_midnight_to_midnight_in_the_zone():
    # Berlin is two hours ahead of UTC until 25 October, one after.
    messages = [
        email(datetime(2026, 10, 18, 21, 59, 59)),
        email(datetime(2026, 10, 18, 22)),
        email(datetime(2026, 10, 25, 22, 59, 59)),
        email(datetime(2026, 10, 25, 23)),
    ]
    shown = page(messages, last="2026-10-25", zone="Europe/Berlin")
    assert tile(shown, "Sent")[0].value == 2


def test_a_day_of_25_hours_takes_all_its_messages():
    messages = [email(datetime(2026, 10, 24, 22) + timedelta(hours=hour)) for hour in range(26)]
    shown = page(messages, first="2026-10-25", last="2026-10-26", zone="Europe/Berlin")
    sent = block(shown, "Day by day", ChartBlock).series[0]
    assert sent.values == (25, 1)


def test_every_day_of_the_period_is_in_the_chart_with_nothing_as_zero():
    chart = block(page([email(NOON)]), "Day by day", ChartBlock)
    assert chart.days == (date(2026, 10, 19), date(2026, 10, 20), date(2026, 10, 21))
    assert chart.series[0].values == (0, 1, 0)
    assert [row.cells[1].value for row in chart.table.rows] == [0, 1, 0]


def test_a_chart_says_in_words_what_it_shows():
    chart = block(page(many(3, email, NOON)), "Day by day", ChartBlock)
    assert "Oct 19 – 21, 2026" in chart.description
    assert "Sent: 3 in total, most on Oct 20 (3)." in chart.description


def test_days_are_unsettled_until_72_hours_of_events_have_been_seen_after_them():
    chart = block(
        page([email(NOON)], last_event_at=datetime(2026, 10, 23, 23, 59)), "Day by day", ChartBlock
    )
    # 20 October ends at midnight; its 72 hours would be over at midnight of the 23rd.
    assert chart.unsettled == (False, True, True)


def test_a_day_is_settled_at_the_very_end_of_its_span():
    chart = block(
        page([email(NOON)], last_event_at=datetime(2026, 10, 24)), "Day by day", ChartBlock
    )
    assert chart.unsettled == (False, False, True)


def test_without_any_event_seen_every_day_is_unsettled():
    chart = block(page([email(NOON)], last_event_at=None), "Day by day", ChartBlock)
    assert all(chart.unsettled)


def test_opens_settle_after_the_lateness_that_was_read():
    shown = page([email(NOON)], last_event_at=datetime(2026, 12, 19))
    texts = [notice.text for notice in shown.notices]
    # 60 days after 19 October are over on 19 December; the later days are still open.
    assert any("Opens" in text and "60 days" in text and "Oct 20 – 21" in text for text in texts)
    assert not any("Deliveries" in text for text in texts)


def test_a_settled_period_has_nothing_to_say_about_it():
    assert page([email(NOON)]).notices == ()


def test_a_renamed_campaign_stands_under_its_name_with_the_one_before():
    names = [
        name("campaign", "c1", "Oldest", datetime(2026, 1, 1), datetime(2026, 2, 1)),
        name("campaign", "c1", "Old", datetime(2026, 2, 1), datetime(2026, 10, 1)),
        name("campaign", "c1", "New", datetime(2026, 10, 1)),
    ]
    shown = table(page([email(NOON, campaign_id="c1")], names), CAMPAIGNS)
    called = shown.rows[0].cells[0].value
    assert (called.kind, called.id, called.name, called.previous) == (
        "Campaign",
        "c1",
        "New",
        "Old",
    )


def test_the_name_of_a_journey_is_not_that_of_a_campaign_with_its_id():
    names = [name("campaign", "x", "A campaign", None), name("journey", "x", "A journey", None)]
    shown = table(page([email(NOON, journey_id="x")], names), CAMPAIGNS)
    assert heads(shown.rows) == ["A journey"]


def test_journeys_and_transactional_messages_are_rows_of_their_own():
    messages = [
        *many(3, email, NOON, campaign_id="c1"),
        *many(2, email, NOON, journey_id="j1"),
        *many(1, email, NOON),
    ]
    shown = table(page(messages), CAMPAIGNS)
    assert heads(shown.rows) == ["Campaign c1", "Journey j1", "Transactional e-mail"]
    assert cell(shown, "Journey j1", "Sent") == "2"


def test_treatments_stand_below_a_campaign_that_has_several():
    messages = [
        *many(3, email, NOON, campaign_id="c1", treatment_id="0"),
        *many(2, email, NOON, campaign_id="c1", treatment_id="1", is_human_opened=True),
        *many(1, email, NOON, campaign_id="c2", treatment_id="0"),
    ]
    shown = table(page(messages), CAMPAIGNS)
    assert heads(shown.rows) == ["Campaign c1", "Treatment 0", "Treatment 1", "Campaign c2"]
    assert [row.is_detail for row in shown.rows] == [False, True, True, False]
    assert cell(shown, "Treatment 1", "Opened, human") == "100%"


def test_ids_without_a_name_are_listed_with_their_share_of_messages():
    names = [name("campaign", "c1", "Named", None)]
    messages = [
        *many(3, email, NOON, campaign_id="c1"),
        *many(1, sms, NOON, journey_id="0123456789abcdef"),
        *many(5, email, NOON),
    ]
    shown = page(messages, names)
    part = section(shown, "Names")
    assert "25.0% of the messages of campaigns and journeys (1 of 4)" in part.lead
    assert heads(part.blocks[0].rows) == ["Journey 01234567…"]


def test_bounces_are_counted_by_type_subtype_and_status_code():
    def refused(text: str) -> dict[str, Any]:
        return email(NOON, is_hard_bounced=True, bounce_subtype="General", reason=text)

    messages = [
        refused("smtp; 550 5.1.1 unknown user (id 1)"),
        refused("smtp; 550 5.1.1 unknown user (id 2)"),
        refused("smtp; 550 5.7.1 blocked"),
        email(NOON, is_soft_bounced=True, bounce_subtype="MailboxFull", reason="no code in it"),
    ]
    shown = table(page(messages), "Bounces by reason")
    found = [tuple(WRITE.cell(each) for each in row.cells) for row in shown.rows]
    assert found == [
        ("Hard", "General", "5.1.1", "smtp; 550 5.1.1 unknown user (id 1)", "2"),
        ("Hard", "General", "5.7.1", "smtp; 550 5.7.1 blocked", "1"),
        ("Soft", "MailboxFull", "–", "no code in it", "1"),
    ]


def test_addresses_and_numbers_in_what_servers_say_are_masked():
    reason = "550 5.1.1 <ana.b+x@example.com>: unknown, call +1 555 0100 now"
    shown = table(page([email(NOON, is_hard_bounced=True, reason=reason)]), "Bounces by reason")
    said = WRITE.cell(shown.rows[0].cells[3])
    assert said == "550 5.1.1 <…@example.com>: unknown, call +… now"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("<'o'brien'@example.com>", "<…@example.com>"),
        ('"ana maria"@example.com', "…@example.com"),
        ("bounce+ana=example.net@example.com", "…@example.com"),
        ("mailto:ana%40example.com", "mailto:…@example.com"),
        ("rfc822;ana@example.com, to=bob@example.org", "rfc822;…@example.com, …@example.org"),
        ("call +1 555 010 0100 at 5pm", "call +… at 5pm"),
        ("5.1.1 no address @ all", "5.1.1 no address @ all"),
    ],
)
def test_every_form_of_an_address_is_masked(said: str, shown: str):
    assert masked(said) == shown


def test_what_a_carrier_said_is_masked_too():
    messages = [sms(NOON, final_status="failed", reason="to +15550100123: ana@example.com")]
    assert heads(table(page(messages), "Failures by reason", within="SMS").rows) == [
        "to +…: …@example.com"
    ]


def test_the_number_of_a_treatment_cannot_command_a_terminal():
    messages = [
        email(NOON, campaign_id="c1", treatment_id="1"),
        email(NOON, campaign_id="c1", treatment_id="2\x1b[2J"),
    ]
    shown = table(page(messages), CAMPAIGNS)
    assert heads(shown.rows)[2] == "Treatment 2 [2J"


def test_addresses_are_shown_to_those_who_ask():
    reason = "550 5.1.1 <ana@example.com>: unknown"
    shown = page([email(NOON, is_hard_bounced=True, reason=reason)], show_addresses=True)
    assert WRITE.cell(table(shown, "Bounces by reason").rows[0].cells[3]) == reason


def test_no_address_is_anywhere_on_the_page_unless_asked_for():
    messages = [
        email(NOON, is_hard_bounced=True, reason="550 ana@example.com"),
        email(NOON, is_complained=True, complaint_type="abuse"),
    ]
    assert "ana@" not in repr(page(messages))


def test_a_not_spam_report_is_no_complaint_in_the_detail():
    messages = [
        email(NOON, is_complained=True, complaint_type="abuse"),
        email(NOON, is_complained=False, complaint_type="not-spam"),
    ]
    shown = table(page(messages), "Complaints by type")
    assert heads(shown.rows) == ["Marked as spam"]


def test_domains_are_in_order_of_their_hard_bounces_and_small_ones_left_out():
    messages = [
        *many(20, email, NOON, recipient_domain="example.com"),
        *many(18, email, NOON, recipient_domain="example.net"),
        *many(2, email, NOON, recipient_domain="example.net", is_hard_bounced=True),
        *many(19, email, NOON, recipient_domain="example.org", is_hard_bounced=True),
    ]
    shown = table(page(messages), "Domains with the most hard bounces")
    assert heads(shown.rows) == ["example.net", "example.com"]
    assert "1 row with fewer than 20 (sent) left out." in shown.note


def test_sms_are_counted_by_country_with_what_they_cost():
    messages = [
        *many(2, sms, NOON, country="US", price_usd=0.00645, fee_usd=0.0031),
        sms(NOON, country="DE", price_usd=0.075, is_delivered=False, final_status="failed"),
    ]
    shown = table(page(messages), "By country", within="SMS")
    assert heads(shown.rows) == ["United States", "Germany"]
    assert cell(shown, "United States", "Cost, total") == "$0.02"
    assert cell(shown, "United States", "Cost, per delivered") == "$0.0096"
    assert cell(shown, "Germany", "Cost, per delivered") == "–"


def test_a_cost_that_no_event_carries_is_unknown_and_not_nothing():
    shown = page([sms(NOON, price_usd=None, fee_usd=None)])
    assert WRITE.figure(tile(shown, "Cost", within="SMS")[0]) == "–"
    assert cell(table(shown, "By country", within="SMS"), "United States", "With a price") == "0%"


def test_messages_to_the_simulator_are_left_out_and_counted_aloud():
    shown = page([email(NOON), *many(2, email, NOON, is_test=True)])
    assert tile(shown, "Sent")[0].value == 1
    assert "2 messages to the mailbox simulator left out." in [each.text for each in shown.notices]


def test_a_lake_of_sms_alone_says_that_there_was_no_email():
    shown = page([sms(NOON)])
    assert section(shown, "E-mail").empty == "No e-mail was sent in this period."
    assert section(shown, "E-mail").blocks == ()
    assert tile(shown, "Attempted", within="SMS")[0].value == 1


def test_a_lake_of_email_alone_says_that_there_was_no_sms():
    shown = page([email(NOON)])
    assert section(shown, "SMS").empty == "No SMS was sent in this period."


def test_a_period_without_any_message_is_said_first_of_all():
    shown = page([email(datetime(2026, 11, 5))])
    assert shown.notices[0].text.startswith("No message was sent in this period, Oct 19 – 21, 2026")
    assert all(
        part.empty or not part.blocks or part.title == "What stands out" for part in shown.sections
    )


def test_records_that_could_not_be_read_are_said_aloud_and_counted_below():
    shown = page([email(NOON)], lake={"quarantined": 3, "unknown_shapes": 1})
    texts = [each.text for each in shown.notices]
    assert (
        "3 records could not be read and are in no figure, 1 for a shape that no source declares."
        in texts
    )
    told = dict(shown.provenance)
    assert (told["Quarantined records"], told["Of them of unknown shape"]) == ("3", "1")


def test_a_value_that_could_not_be_read_is_said_aloud_and_counted_below():
    shown = page([email(NOON)], lake={"values_lost": 1})
    assert [each.text for each in shown.notices] == [
        "1 value in otherwise readable records did not fit the declared type and counts as missing."
    ]
    assert dict(shown.provenance)["Values that could not be read"] == "1"


def test_where_the_figures_come_from_is_told_in_full():
    shown = page(
        [email(NOON)],
        last_event_at=datetime(2026, 11, 9, 13, 22),
        lake={
            "files": 412,
            "bytes": 3_812_345,
            "records": 18_204,
            "hours": 271,
            "first_hour": datetime(2026, 10, 18, 21),
            "end_hour": datetime(2026, 11, 9, 14),
        },
    )
    told = dict(shown.provenance)
    assert told["Engine"] == "duckdb"
    assert told["Hours of events read"] == (
        "Oct 18, 2026, 21:00 UTC – Nov 9, 2026, 14:00 UTC, 271 hours with files"
    )
    assert told["Last event"] == "Nov 9, 2026, 13:22 UTC"
    assert (told["Files"], told["Bytes"], told["Records"]) == ("412", "3.8 MB", "18,204")
    assert told["dueng-analytics"] == "0.1.0"


def test_the_footer_tells_which_days_can_still_change():
    shown = page([email(NOON), sms(NOON)], last_event_at=datetime(2026, 10, 24))
    assert dict(shown.provenance)["Days not settled yet"] == (
        "Wed, Oct 21, 2026 (deliveries, bounces and most complaints of e-mail); Oct 19 – 21, 2026"
        " (opens, clicks and unsubscribes of e-mail); Wed, Oct 21, 2026"
        " (receipts of SMS, pictures, calls and RCS)"
    )
    assert dict(page([email(NOON)]).provenance)["Days not settled yet"] == "none"
    assert dict(page([]).provenance)["Days not settled yet"] == "–"


def test_the_footer_tells_the_share_of_messages_without_a_name():
    names = [name("campaign", "c1", "Known", None)]
    messages = [
        *many(3, email, NOON, campaign_id="c1"),
        *many(1, email, NOON, journey_id="j1"),
        email(NOON),
    ]
    without = "Messages without a name"
    assert dict(page(messages, names).provenance)[without] == "25.0% (1 of 4)"
    assert dict(page(messages[:3], names).provenance)[without] == "0% (0 of 3)"
    assert dict(page([email(NOON)], names).provenance)[without] == "–"


def findings(shown: ReportPage) -> list[tuple[Level, str]]:
    found = section(shown, "What stands out").blocks[0]
    assert isinstance(found, FindingsBlock)
    return [(each.level, each.text) for each in found.findings]


def level(shown: ReportPage, start: str) -> Level:
    return next(each for each, text in findings(shown) if text.startswith(start))


@pytest.mark.parametrize(
    ("bounced", "sent", "expected"),
    [
        (150, 1000, Level.CRITICAL),  # the whole interval is over 10 %
        (80, 1000, Level.CRITICAL),  # the whole interval is over 5 %
        (55, 1000, Level.WARNING),  # over 5 %, the interval reaches below
        (1, 10, Level.WARNING),
        (0, 10, Level.UNKNOWN),  # 0 of 10 may be 28 %
        (10, 1000, Level.GOOD),  # the whole interval is under 5 %
    ],
)
def test_a_rate_is_judged_as_far_as_its_interval_allows(bounced: int, sent: int, expected: Level):
    messages = [
        *many(bounced, email, NOON, is_hard_bounced=True),
        *many(sent - bounced, email, NOON),
    ]
    assert level(page(messages), "Hard-bounce rate") is expected


def test_a_limit_is_written_as_it_was_set():
    found = section(page([email(NOON)]), "What stands out").blocks[0]
    consequences = [each.consequence for each in found.findings]
    assert consequences == [
        "Too few messages to tell whether that is under 5%.",
        "Too few messages to tell whether that is under 0.1%.",
        "Too few messages to tell whether that is under 1%.",
    ]


def test_a_campaign_that_is_surely_over_a_limit_is_named():
    messages = [
        *many(40, email, NOON, campaign_id="bad", is_hard_bounced=True),
        *many(60, email, NOON, campaign_id="bad"),
        *many(900, email, NOON, campaign_id="good"),
    ]
    texts = [text for grade, text in findings(page(messages)) if grade is Level.CRITICAL]
    assert any(text.startswith("Campaign bad: Hard-bounce rate 40.0% (40 of 100") for text in texts)
    assert not any("good" in text for text in texts)


def test_the_gravest_finding_comes_first():
    messages = many(200, email, NOON, is_hard_bounced=True)
    assert findings(page(messages))[0][0] is Level.CRITICAL


def test_numbers_are_written_as_the_locale_writes_them():
    shown = page(many(1234, email, NOON), locale="de_DE", lake={"records": 18_204})
    assert dict(shown.provenance)["Records"] == "18.204"


def test_an_unknown_locale_is_the_callers_mistake():
    with pytest.raises(UsageError, match="xx_YY"):
        page([email(NOON)], locale="xx_YY")


def test_every_metric_that_is_shown_is_defined_on_the_page():
    shown = page([email(NOON), sms(NOON)])
    labels = {metric.label for metric in shown.definitions}
    for part in shown.sections:
        for each in part.blocks:
            if isinstance(each, TilesBlock):
                for figures in each.tiles:
                    assert {figure.metric.label for figure in figures.figures} <= labels
    assert all(metric.definition for metric in shown.definitions)


def test_the_order_of_the_rows_changes_nothing():
    messages = [
        *many(5, email, NOON, campaign_id="c1", recipient_domain="example.net"),
        *many(5, email, NOON, campaign_id="c2"),
        *many(4, sms, NOON, price_usd=0.1),
    ]
    assert page(messages) == page(list(reversed(messages)))
