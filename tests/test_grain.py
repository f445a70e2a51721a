"""Sums at the wrong grain are said aloud, right ones are not."""

import json

import pytest
from documents import run

from dueng_analytics.catalog import load_catalog
from dueng_analytics.dialect import parse_query
from dueng_analytics.grain import grain_notices

CATALOG = load_catalog()


def notices(sql: str) -> tuple[str, ...]:
    return grain_notices(CATALOG, CATALOG.bind(parse_query(sql)))


@pytest.mark.parametrize(
    "sql",
    [
        "select sum(price_usd) from events",
        "select channel, sum(case when channel = 'sms' then price_usd end) from events"
        " group by channel",
        "select sum(price_usd) over (partition by channel) from events",
        "with sms as (select price_usd as cost from events where channel = 'sms')"
        " select sum(cost) from sms",
        "select sum(cost) from (select coalesce(price_usd, 0e0) as cost from events) as costs",
        "select sum(cost) from (select price_usd as cost from events"
        " union all select price_usd from events) as costs",
    ],
)
def test_money_that_is_summed_over_events_is_said_with_the_view_to_use(sql):
    assert notices(sql) == (
        "sum(price_usd) over messaging.events adds up what every event of a message repeats:"
        " messaging.messages (price_usd, fee_usd, cost_usd) has each message once",
    )


def test_money_of_the_samples_is_known_by_its_unit():
    (notice,) = notices("select sum(price_in_millicents_usd) from sms_success")
    assert notice.startswith("sum(price_in_millicents_usd) over pinpoint.sms_success adds up")


def test_messages_that_are_counted_over_events_are_said_with_the_way_out():
    assert notices("select count(message_id) from events") == (
        "count(message_id) over messaging.events counts events, of which a message has several:"
        " count(distinct message_id), or messaging.messages has each message once",
    )


def test_each_sum_is_said_once():
    found = notices("select sum(price_usd), sum(price_usd) / 2, sum(fee_usd) from events")
    assert [notice.split(" ")[0] for notice in found] == ["sum(price_usd)", "sum(fee_usd)"]


@pytest.mark.parametrize(
    "sql",
    [
        "select sum(price_usd), sum(cost_usd), count(message_id) from messages",
        "select sum(cost_usd) from message_daily",
        "select count(distinct message_id), count(*), count(recipient) from events",
        "select max(price_usd), sum(message_parts) from events",
        "select sum(cost) from (select message_id, max(price_usd) as cost from events"
        " group by message_id) as costs",
        "select sum(cost) from (select distinct message_id, price_usd as cost from events) as t",
        "select sum(x) from (values 1, 2) as t(x)",
    ],
)
def test_what_is_added_up_rightly_is_not_said(sql):
    assert notices(sql) == ()


def test_a_query_says_it_beside_its_rows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "one.json").write_text(
        '{"event_type":"_SMS.SUCCESS","event_timestamp":1,"application":{},"attributes":{}}\n'
    )
    code, out, err = run(
        ["query", "select count(message_id) as n from events", "--events", "events", "--json"]
    )
    assert code == 0, err
    assert json.loads(out) == [{"n": 0}]
    assert "count(message_id) over messaging.events counts events" in err
