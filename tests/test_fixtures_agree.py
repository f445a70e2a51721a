"""What the product says of the fixtures, against the ledger's count by hand."""

from collections import Counter
from functools import cache

import ledger
import pytest
from exhaustive import EXHAUSTIVE, exhaustive
from totals import current_names

from dueng_analytics.report_page import named_report, report_page
from dueng_analytics.reporting.blocks import ChartBlock, Label, TableBlock, TilesBlock
from dueng_analytics.reporting.period import read_period
from dueng_analytics.resources import packaged

FIXTURES = packaged("fixtures")
another_period = another_view = exhaustive("test_fixtures_agree.py")
WHOLE_STORY = ("2026-10-19", "2026-11-10", "UTC")
PERIODS = (
    WHOLE_STORY,
    ("2026-10-24", "2026-10-25", "Europe/Berlin"),  # of 49 hours
    ("2026-10-23", "2026-10-27", "America/Los_Angeles"),
    ("2026-10-01", "2026-10-03", "UTC"),  # opened twenty days later
    ("2026-10-29", "2026-11-02", "America/Los_Angeles"),  # over the change of service
)


@pytest.fixture(scope="module")
def lake(packaged_lake):
    return packaged_lake


@cache
def counted():
    return ledger.read_lake(FIXTURES)


@cache
def counted_messages():
    return ledger.messages(counted().everything)


# --- events ------------------------------------------------------------------------------------

VIEWS = {
    # view: how the types of event in it begin
    "email_send": "_email.send",
    "email_delivered": "_email.delivered",
    "email_open": "_email.open",
    "email_click": "_email.click",
    "email_unsubscribe": "_email.unsubscribe",
    "email_rejected": "_email.rejected",
    "email_rendering_failure": "_email.rendering_failure",
    "email_hardbounce": "_email.hardbounce",
    "email_softbounce": "_email.softbounce",
    "email_complaint": "_email.complaint",
    "email_all_events": "_email.",
    "sms_buffered": "_SMS.BUFFERED",
    "sms_success": "_SMS.SUCCESS",
    "sms_failure": "_SMS.FAILURE",
    "sms_optout": "_SMS.OPTOUT",
    "sms_all_events": "_SMS.",
    "campaign_send": "_campaign.send",
    "campaign_all_events": "_campaign.",
    "journey_send": "_journey.send",
    "journey_all_events": "_journey.",
    "session_events": "_session.",
    "inapp_events": "_inapp.",
}
EVERY_RUN = ("email_open", "email_softbounce", "sms_success", "journey_send", "session_events")
ASKED = [view for view in VIEWS if EXHAUSTIVE or view in EVERY_RUN]


@pytest.fixture(scope="module")
def told_by_views(lake):
    """Rows and different keys of the views, out of one query."""
    query = " union all ".join(
        f"select '{view}' as view, count(*) as stored, count(distinct event_key) as events"
        f" from {view}"
        for view in ASKED
    )
    return {row["view"]: (row["stored"], row["events"]) for row in lake.query(query).rows()}


@pytest.mark.parametrize(
    "view",
    [view if view in EVERY_RUN else pytest.param(view, marks=another_view) for view in VIEWS],
)
def test_an_event_view_keeps_repeats_and_tells_them_apart_by_its_key(told_by_views, view):
    records = [
        record for record in counted().records if record["event_type"].startswith(VIEWS[view])
    ]
    assert told_by_views[view] == (len(records), len(ledger.distinct(records)))


def test_what_is_put_aside_is_what_the_ledger_cannot_read(lake):
    lake.quarantine()
    assert lake.lake.quarantined == counted().quarantined
    assert lake.lake.unknown_shapes == len(counted().strays)
    assert lake.lake.records == {
        source: len(stored) for source, stored in counted().by_source.items()
    }


# --- messages ----------------------------------------------------------------------------------

FLAGS = {
    "sent": "is_sent",
    "delivered": "is_delivered",
    "confirmed": "is_delivered and delivered_at is not null",
    "hard_bounced": "is_hard_bounced",
    "soft_bounced": "is_soft_bounced",
    "suppressed": "is_suppressed",
    "bounced": "bounce_type is not null",
    "rejected": "rejected_at is not null",
    "rendering_failed": "rendering_failed_at is not null",
    "failed": "final_status = 'failed'",
    "pending": "final_status = 'pending'",
    "complained": "is_complained",
    "unsubscribed": "is_unsubscribed",
    "opened": "is_opened",
    "human_opened": "is_human_opened",
    "clicked": "is_clicked",
    "human_clicked": "is_human_clicked",
}
NUMBERS = {
    "opened_times": "open_count",
    "human_opened_times": "human_open_count",
    "clicked_times": "click_count",
    "human_clicked_times": "human_click_count",
    "parts": "coalesce(message_parts, 0)",
}


def told_by_the_model(lake):
    measures = [f"{sql} as {name}" for name, sql in (*FLAGS.items(), *NUMBERS.items())]
    return lake.query(
        "select family, channel, message_id, recipient, sent_at, campaign_id, journey_id,"
        " treatment_id, tenant, configuration_set, application_message_id, recipient_count,"
        " recipient_domain, country, is_test, price_usd, fee_usd, bounce_subtype,"
        f" {', '.join(measures)} from messaging.messages"
    ).rows()


def told_by_the_ledger(message):
    moment = ledger.EPOCH + ledger.timedelta(milliseconds=message.sent_at)
    return {
        "family": message.family,
        "channel": message.channel,
        "message_id": message.id,
        "recipient": message.recipient,
        "sent_at": moment.replace(tzinfo=None),
        "campaign_id": message.campaign,
        "journey_id": message.journey,
        "treatment_id": message.treatment,
        "tenant": message.tenant,
        "configuration_set": message.configuration_set,
        "application_message_id": message.attempt_of,
        "recipient_count": message.recipients,
        "recipient_domain": message.domain,
        "country": message.country,
        "is_test": message.is_test,
        "price_usd": message.price_usd,
        "fee_usd": message.fee_usd,
        "bounce_subtype": message.bounce[1] if message.bounce else None,
        **{name: bool(message.counts[name]) for name in FLAGS},
        **{name: message.counts[name] for name in NUMBERS},
    }


def by_message(rows):
    found = {(row["channel"], row["message_id"], row["recipient"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def test_every_message_is_told_as_the_ledger_tells_it(lake):
    model = by_message(told_by_the_model(lake))
    by_hand = by_message([told_by_the_ledger(message) for message in counted_messages()])
    assert model.keys() == by_hand.keys()
    different = {
        key: {name: (model[key][name], row[name]) for name in row if model[key][name] != row[name]}
        for key, row in by_hand.items()
        if model[key] != row
    }
    assert different == {}


def test_a_day_of_the_model_is_the_sum_of_its_messages(lake):
    measures = ("messages", *FLAGS)
    rows = lake.query(
        "select send_date, channel, campaign_id, journey_id,"
        f" {', '.join(f'sum({name}) as {name}' for name in measures)},"
        " sum(opens) as opened_times, sum(human_opens) as human_opened_times,"
        " sum(clicks) as clicked_times, sum(human_clicks) as human_clicked_times,"
        " coalesce(sum(message_parts), 0) as parts"
        " from messaging.message_daily where not is_test group by 1, 2, 3, 4"
    ).rows()
    keys = ("send_date", "channel", "campaign_id", "journey_id")
    model = {tuple(row[key] for key in keys): row for row in rows}
    by_hand = ledger.totals(
        counted_messages(),
        lambda each: (ledger.local_day(each), each.channel, each.campaign, each.journey),
    )
    assert model.keys() == by_hand.keys()
    for key, sums in by_hand.items():
        for measure in (*measures, *NUMBERS):
            assert model[key][measure] == sums[measure], (key, measure)


# --- the report --------------------------------------------------------------------------------

MEASURES = {
    # column of the facts: what the ledger calls it. Nobody here is at a provider without feedback.
    "delivered_to_handset": "confirmed",
    "delivered_with_feedback": "delivered",
    "complained_with_feedback": "complained",
    "message_parts": "parts",
}


READING = ("whatsapp", "rcs")


def amount(columns, found):
    """What the ledger counts for the columns of a metric, added up."""
    if set(columns) <= {"price_usd", "fee_usd"}:
        charged = [getattr(message, name) for name in columns for message in found]
        known = [value for value in charged if value is not None]
        return pytest.approx(sum(known)) if known else None
    if columns == ("priced",):
        return sum(message.price_usd is not None for message in found)
    if columns == ("delivered_with_read_receipts",):
        return amount(("delivered",), [each for each in found if each.channel in READING])
    if columns == ("to_several",):
        return sum(message.recipients > 1 for message in found)
    return sum(message.counts[MEASURES.get(name, name)] for name in columns for message in found)


def assert_figure(figure, found, where):
    metric = figure.metric
    assert figure.numerator == amount(metric.numerator, found), (metric.name, where)
    if metric.is_ratio:
        assert figure.denominator == amount(metric.denominator, found), (metric.name, where)


def cohort(period, channels):
    return [
        message
        for message in ledger.sent_between(counted_messages(), *period)
        if message.channel in channels and not message.is_test
    ]


@pytest.fixture(
    scope="module",
    params=[WHOLE_STORY, *(pytest.param(p, marks=another_period) for p in PERIODS[1:])],
    ids=" ".join,
)
def reported(request, lake):
    """The sections of a period's page that are about a channel, with their definitions."""
    definition = named_report("campaign_performance", lake.config)
    page = report_page(lake, definition, read_period(*request.param))
    return [
        (section, defined, cohort(request.param, defined.where["channel"]))
        for section, defined in zip(page.sections, definition.sections, strict=False)
        if "channel" in defined.where
    ]


def blocks(reported, kind):
    """The blocks of a kind, each with the ledger's messages of its channels."""
    for section, defined, found in reported:
        for block, block_defined in zip(
            section.blocks, defined.blocks, strict=bool(section.blocks)
        ):
            channels = block_defined.where.get("channel", defined.where["channel"])
            origins = block_defined.where.get("origin", ("campaign", "journey", "transactional"))
            if isinstance(block, kind):
                yield (
                    block,
                    [
                        message
                        for message in found
                        if message.channel in channels and message.origin[0] in origins
                    ],
                )


def test_a_section_is_empty_only_where_nothing_was_sent(reported):
    for section, _, found in reported:
        assert bool(section.blocks) == bool(found), section.title


def test_every_tile_shows_what_the_ledger_counts(reported):
    for block, found in blocks(reported, TilesBlock):
        for tile in block.tiles:
            for figure in tile.figures:
                assert_figure(figure, found, tile.label)


def test_every_day_of_a_chart_shows_what_the_ledger_counts(reported, request):
    zone = request.node.callspec.params["reported"][2]
    for block, found in blocks(reported, ChartBlock):
        for place, day in enumerate(block.days):
            of_day = [message for message in found if ledger.local_day(message, zone) == day]
            for series in block.series:
                value = series.values[place] or 0
                assert value == amount(series.metric.numerator, of_day), (day, series.metric.name)


KEYS = {
    # label of a column: what the ledger knows a message by
    "Domain": lambda message: message.domain,
    "Country": lambda message: message.country,
    "Channel": lambda message: CHANNELS[message.channel],
    "Configuration set": lambda message: message.configuration_set,
    "Template": lambda message: message.template,
}
CHANNELS = {"whatsapp": "WhatsApp", "rcs": "RCS", "mms": "Pictures", "voice": "Calls"}


def parts(block, row, found):
    """The figures of a row, and the messages that are of all its labels but the first."""
    labels = [cell for cell in row.cells if isinstance(cell, Label)]
    for column, label in list(zip(block.columns, labels, strict=False))[1:]:
        found = [message for message in found if KEYS[column.label](message) == label.value]
    return row.cells[len(labels) :], found


def test_every_campaign_journey_and_treatment_shows_what_the_ledger_counts(reported):
    for block, found in blocks(reported, TableBlock):
        if block.columns[0].label != "Name":
            continue
        within = found
        shown = Counter()
        for row in block.rows:
            label = row.cells[0]
            if row.is_detail:
                treatment = str(label.value).rpartition(" ")[2]
                chosen = [message for message in within if message.treatment == treatment]
            else:
                # the page says `Transactional e-mail` where nothing has a name
                origin = (label.value.kind.partition(" ")[0].lower(), label.value.id)
                origin = origin if origin[1] is not None else ("transactional", None)
                assert label.value.name == current_names(FIXTURES).get(origin)
                chosen = within = [message for message in found if message.origin == origin]
            figures, chosen = parts(block, row, chosen)
            shown[origin] += len(chosen) if not row.is_detail else 0
            assert chosen, label
            for figure in figures:
                assert_figure(figure, chosen, label.value)
        assert shown == Counter(message.origin for message in found) or not block.rows


def test_domains_countries_channels_and_templates_show_what_the_ledger_counts(reported):
    seen = set()
    for block, found in blocks(reported, TableBlock):
        first = block.columns[0].label
        if first not in KEYS or "by reason" in block.title:
            continue
        for row in block.rows:
            label = row.cells[0]
            chosen = [message for message in found if KEYS[first](message) == label.value]
            figures, chosen = parts(block, row, chosen)
            assert chosen, label
            for figure in figures:
                assert_figure(figure, chosen, label.value)
            seen.add(first)
    assert seen or sum(len(found) for _, _, found in reported) < 100


def test_bounces_and_failures_by_reason_add_up(reported):
    for block, found in blocks(reported, TableBlock):
        if "by reason" in block.title:
            shown = [row.cells[-1] for row in block.rows]
            columns = {figure.metric.numerator for figure in shown}
            assert len(columns) == bool(shown)
            for column in columns:
                assert sum(figure.value for figure in shown) == amount(column, found)
