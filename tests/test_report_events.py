"""The campaign report as a command over event files: what lies in them, and what the page says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from documents import run
from rendered import RenderedPage, read_page
from story.cast import COUNTRIES
from story.clock import DAY, HOUR, MINUTE, SECOND, at
from story.envelope import Event
from story.firehose import Landing, Mishaps, objects
from story.mail import Mail, Step, mail_events
from story.phone_messages import BUFFERED, Receipt, TextMessage, sms_events

CAMPAIGN = "3a7d5e0c41b94f6f8e2b9c6d0a1f7201"
SAMPLES = Path(__file__).parent / "samples"
ARRIVED = (Step("send", 600), Step("delivered", 1_900))


def mail(name: str, sent_at: int, *after: Step, campaign: str | None = CAMPAIGN) -> list[Event]:
    """An e-mail that is sent and delivered, and what happens to it then."""
    origin = {} if campaign is None else {"campaign_id": campaign, "treatment_id": "0"}
    sent = Mail(name, sent_at, (f"{name}@example.com",), "News", f"ep-{name}", origin)
    return mail_events(sent, [*ARRIVED, *after])


def text(name: str, sent_at: int, *receipts: Receipt) -> list[Event]:
    """An SMS that is taken in, and the receipts that come for it."""
    message = TextMessage(name, sent_at, COUNTRIES[0], "+15550100", f"ep-{name}")
    return sms_events(message, BUFFERED, *receipts)


def opened(after: int) -> Step:
    return Step("open", after, agent="android")


def lake(folder: Path, *events: Iterable[Event]) -> Path:
    """The records in the hour folders in which Firehose would put them."""
    landings = [Landing(each.landed_at, each.text) for several in events for each in several]
    for path, body in objects(landings, Mishaps()).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
    return folder


def report(
    events: Path, first: str, last: str, *options: str, out: Path | None = None
) -> RenderedPage:
    """The page that the command makes of the days."""
    folder = out or events.parent / "out"
    code, _, err = run(command(events, first, last, *options, out=folder))
    assert code == 0, err
    return read_page(folder / "campaign_performance.html")


def command(events: Path, first: str, last: str, *options: str, out: Path) -> list[str]:
    days = ["--from", first, "--to", last]
    place = ["--events", str(events), "--out", str(out)]
    return ["report", "campaign_performance", *days, *place, *options]


def sent_by_day(page: RenderedPage) -> list[int]:
    return [row["Sent"].count for row in page.rows("E-mail", "Day by day")]


@pytest.fixture
def events(tmp_path: Path) -> Path:
    return tmp_path / "events"


def test_a_message_belongs_to_the_day_of_its_sending_whenever_its_events_come(events: Path):
    midnight = at("2026-10-20 00:00")
    lake(
        events,
        mail("late", midnight - 1, opened(3 * HOUR)),
        mail("first", midnight),
        mail("last", midnight + DAY - 1, opened(2 * MINUTE)),
        mail("next", midnight + DAY),
    )
    page = report(events, "2026-10-20", "2026-10-20")
    assert page.tile("E-mail", "Sent")[0].count == 2
    assert page.tile("E-mail", "Delivered")[0].counts == (2, 2)
    assert page.tile("E-mail", "Opened")[0].counts == (1, 2)


def test_the_day_on_which_summer_time_ends_has_twenty_five_hours_of_messages(events: Path):
    starts = at("2026-10-24 22:00")  # midnight in Berlin
    hours = [mail(f"h{hour}", starts + hour * HOUR) for hour in range(-1, 26)]
    page = report(lake(events, *hours), "2026-10-24", "2026-10-26", "--timezone", "Europe/Berlin")
    assert sent_by_day(page) == [1, 25, 1]
    assert page.footer["Time zone"] == "Europe/Berlin"
    assert page.footer["Hours of events read"].startswith("Oct 20, 2026, 21:00 UTC")


def test_an_open_that_arrives_twenty_days_later_counts_for_the_day_of_sending(events: Path):
    sent = at("2026-10-20 09:00")
    lake(
        events,
        mail("ana", sent, opened(20 * DAY)),
        mail("ben", sent, opened(59 * DAY)),
        mail("carla", sent, opened(63 * DAY)),  # after the 60 days for which e-mail is read
    )
    page = report(events, "2026-10-20", "2026-10-20")
    human, every = page.tile("E-mail", "Opened")
    assert human.counts == every.counts == (2, 3)
    assert page.footer["Last event"] == "Dec 18, 2026, 09:00 UTC"


def test_an_outcome_after_the_lateness_is_not_waited_for(events: Path):
    sent = at("2026-10-20 09:00")
    lake(events, mail("ana", sent, opened(20 * DAY)), mail("ben", sent, opened(4 * DAY)))
    page = report(events, "2026-10-20", "2026-10-20", "--lateness", "10d")
    assert page.tile("E-mail", "Opened")[0].counts == (1, 2)
    # a day of 24 hours, ten more, and an hour on each side for the buffer; three before for SMS
    assert page.footer["Hours of events read"] == (
        "Oct 16, 2026, 23:00 UTC – Oct 31, 2026, 01:00 UTC, 2 hours with files"
    )
    assert page.footer["Last event"] == "Oct 24, 2026, 09:00 UTC"


def test_the_receipt_of_an_sms_counts_although_it_comes_three_days_later(events: Path):
    sent = at("2026-10-20 23:00")
    delivered = Receipt("SUCCESS", "DELIVERED", 71 * HOUR)
    lake(events, text("ana", sent, delivered), text("ben", sent))
    page = report(events, "2026-10-20", "2026-10-20", "--lateness", "72h")
    assert page.tile("SMS", "Delivered")[0].counts == (1, 2)
    assert page.tile("SMS", "Without a final receipt")[0].counts == (1, 2)
    hasty = report(events, "2026-10-20", "2026-10-20", "--lateness", "24h")
    assert hasty.tile("SMS", "Without a final receipt")[0].counts == (2, 2)


def test_what_was_sent_before_the_period_is_not_in_it_although_its_events_are(events: Path):
    before, within = at("2026-10-18 12:00"), at("2026-10-20 09:00")
    lake(
        events,
        mail("ana", before, opened(2 * DAY)),
        text("ben", before, Receipt("SUCCESS", "DELIVERED", 45 * HOUR)),
        mail("carla", within),
        text("david", within, Receipt("SUCCESS", "DELIVERED", 5 * SECOND)),
    )
    page = report(events, "2026-10-20", "2026-10-20")
    assert page.tile("E-mail", "Sent")[0].count == 1
    assert page.tile("E-mail", "Opened")[1].counts == (0, 1)
    assert page.tile("SMS", "Attempted")[0].count == 1


def test_a_record_that_is_stored_again_changes_no_figure(events: Path):
    once = mail("ana", at("2026-10-20 09:00"), opened(HOUR))
    again = [Event(each.record, each.landed_at + shift) for each in once for shift in (0, 5 * HOUR)]
    page = report(lake(events, once, again), "2026-10-20", "2026-10-20")
    assert page.footer["Records"] == "9"
    assert page.tile("E-mail", "Sent")[0].count == 1
    assert page.tile("E-mail", "Delivered")[0].counts == (1, 1)
    assert page.tile("E-mail", "Opened")[0].counts == (1, 1)


def test_days_are_settled_by_the_events_that_have_come_and_not_by_the_clock(events: Path):
    days = [mail(f"d{day}", at("2026-10-19 09:00") + day * DAY) for day in range(5)]
    page = report(lake(events, *days), "2026-10-19", "2026-10-23")
    unsettled = page.footer["Days not settled yet"]
    # the last event came on 23 October at 9: three days after the 20th are not over
    assert "Oct 20 – 23, 2026 (deliveries, bounces and most complaints of e-mail)" in unsettled
    rows = page.rows("E-mail", "Day by day")
    assert ["not settled" in row["name"].value for row in rows] == [False, *[True] * 4]


def test_a_page_tells_the_share_of_messages_without_a_name(events: Path, tmp_path: Path):
    names = tmp_path / "names.csv"
    names.write_text(f"kind,id,name\ncampaign,{CAMPAIGN},Autumn & <news>\n", "utf-8")
    sent = at("2026-10-20 09:00")
    known = [mail(f"k{number}", sent + number) for number in range(3)]
    lake(events, *known, mail("u", sent, campaign="0" * 32), mail("t", sent, campaign=None))
    page = report(events, "2026-10-20", "2026-10-20", "--names", str(names))
    assert page.footer["Messages without a name"] == "25.0% (1 of 4)"
    title = "Campaigns, journeys and transactional e-mail"
    assert {name: row["Sent"].count for name, row in page.table("E-mail", title).items()} == {
        "Autumn & <news>": 3,
        "Campaign 00000000…": 1,
        "Transactional e-mail": 1,
    }
    assert list(page.table("Names", "Ids without a name")) == ["Campaign 00000000…"]
    html = (tmp_path / "out" / "campaign_performance.html").read_text("utf-8")
    assert "<news>" not in html
    assert "Autumn &amp; &lt;news&gt;" in html


def test_a_record_that_cannot_be_read_is_counted_on_the_page_and_said_aloud(
    events: Path, tmp_path: Path
):
    lake(events, mail("ana", at("2026-10-20 09:00")))
    broken = events / "2026/10/20/10/broken.json"
    broken.parent.mkdir(parents=True, exist_ok=True)
    broken.write_text('{"event_type": "_email.op\n{"what": "is this"}\n', "utf-8")
    code, out, err = run(command(events, "2026-10-20", "2026-10-20", out=tmp_path))
    assert code == 0
    assert "2 records could not be read" in err
    assert "2 records could not be read" in out
    assert "1 of 1" in out
    assert err.splitlines()[-1] == f"written to {tmp_path / 'campaign_performance.html'}"
    page = read_page(tmp_path / "campaign_performance.html")
    assert page.footer["Quarantined records"] == "2"
    assert page.footer["Of them of unknown shape"] == "1"
    assert page.tile("E-mail", "Sent")[0].count == 1


def test_strict_makes_no_page_of_a_lake_with_a_record_that_cannot_be_read(
    events: Path, tmp_path: Path
):
    lake(events, mail("ana", at("2026-10-20 09:00")))
    (events / "2026/10/20/09/broken.json").write_text('{"event_type": "_em', "utf-8")
    out = tmp_path / "out"
    code, _, err = run(command(events, "2026-10-20", "2026-10-20", "--strict", out=out))
    assert code == 1
    assert "broken.json" in err
    assert not out.exists()


def test_a_period_without_messages_among_other_events_is_a_page_that_says_so(events: Path):
    lake(events, mail("ana", at("2026-10-19 09:00"), opened(2 * DAY)))
    page = report(events, "2026-10-20", "2026-10-20")
    assert page.notices[0].startswith("No message was sent in this period, Tue, Oct 20, 2026")
    assert page.footer["Days not settled yet"] == "–"


def test_days_without_any_file_are_an_error_with_the_way_out(events: Path, tmp_path: Path):
    lake(events, mail("ana", at("2026-10-19 09:00")))
    code, _, err = run(command(events, "2028-01-01", "2028-01-02", out=tmp_path))
    assert code == 1
    assert "there is no event file" in err
    assert not list(tmp_path.glob("*.html"))


def test_a_missing_file_of_names_is_the_callers_mistake(events: Path, tmp_path: Path):
    lake(events, mail("ana", at("2026-10-20 09:00")))
    missing = tmp_path / "missing.csv"
    options = ("--names", str(missing))
    code, _, err = run(command(events, "2026-10-20", "2026-10-20", *options, out=tmp_path))
    assert code == 2
    assert str(missing) in err
    assert not list(tmp_path.glob("*.html"))


@pytest.mark.parametrize(
    ("sample", "day", "channels"),
    [
        ("pinpoint.ndjson", "2025-10-29", ("E-mail", "SMS")),
        ("pinpoint_captured.ndjson", "2020-06-12", ("SMS",)),
    ],
)
def test_a_loose_file_of_captured_records_is_a_page(
    tmp_path: Path, sample: str, day: str, channels: Sequence[str]
):
    page = report(SAMPLES / sample, day, day, out=tmp_path)
    assert page.footer["Quarantined records"] == "0"
    records = len((SAMPLES / sample).read_text("utf-8").splitlines())
    assert page.footer["Records outside hour folders"] == str(records)
    for channel in ("E-mail", "SMS"):
        assert bool(list(page.sections[channel].all("li.tile"))) is (channel in channels)


def test_the_captured_sms_have_a_price_and_no_receipt_yet(tmp_path: Path):
    # two records, whose ids and numbers are blotted out: one message, as far as anybody can tell
    page = report(SAMPLES / "pinpoint_captured.ndjson", "2020-06-12", "2020-06-12", out=tmp_path)
    assert page.tile("SMS", "Attempted")[0].count == 1
    assert page.tile("SMS", "Without a final receipt")[0].counts == (1, 1)
    assert page.tile("SMS", "Cost")[0].value == "$0.01"


def test_the_same_events_give_the_same_bytes_however_they_lie_in_files(
    events: Path, tmp_path: Path
):
    sent = at("2026-10-20 09:00")
    several = [mail(f"m{number}", sent + number, opened(HOUR)) for number in range(30)]
    several.append(text("t", sent, Receipt("SUCCESS", "DELIVERED", 5 * SECOND)))
    report(lake(events, *several), "2026-10-20", "2026-10-20", out=tmp_path / "first")
    report(events, "2026-10-20", "2026-10-20", out=tmp_path / "second")
    first, second = (
        (tmp_path / each / "campaign_performance.html").read_bytes() for each in ("first", "second")
    )
    assert first == second


def test_what_a_failure_or_an_interrupt_leaves_is_the_page_that_was_there(
    events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    lake(events, mail("ana", at("2026-10-20 09:00")))
    page = tmp_path / "campaign_performance.html"
    page.write_text("the page before", "utf-8")
    replace = Path.replace

    def interrupted(path: Path, target: Path) -> Path:
        if target == page:
            raise KeyboardInterrupt
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    code, _, err = run(command(events, "2026-10-20", "2026-10-20", out=tmp_path))
    assert (code, err.splitlines()[-1]) == (130, "Interrupted.")
    assert page.read_text("utf-8") == "the page before"
    assert sorted(each.name for each in tmp_path.iterdir()) == [page.name, "events"]


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_read(tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.write_text("", "utf-8")
    nowhere = tmp_path / "no-such-events"
    code, _, err = run(command(nowhere, "2026-10-20", "2026-10-20", out=blocked / "out"))
    assert code == 2
    assert "--out" in err
    assert "no-such-events" not in err
