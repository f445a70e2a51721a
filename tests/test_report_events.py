"""The campaign report as a command over event files: what lies in them, and what the page says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from documents import run
from exhaustive import exhaustive
from rendered import RenderedPage, Shown, read_page
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


NAMES = {
    CAMPAIGN: "Autumn & <news>",
    "1" * 32: "Around midnight",
    "2" * 32: "Opened late",
    "3" * 32: "Sent before",
    "4" * 32: "Stored again",
}
IDS = {name: campaign for campaign, name in NAMES.items()}
CAMPAIGNS = "Campaigns, journeys and transactional e-mail"


@dataclass(frozen=True)
class Reported:
    """What the command made of one day on which much happened, each thing with its campaign."""

    events: Path
    records: int
    names: Path
    written: Path
    out: str
    err: str
    page: RenderedPage

    def campaign(self, name: str) -> dict[str, Shown]:
        return self.page.table("E-mail", CAMPAIGNS)[name]


def much_on_one_day() -> list[list[Event]]:
    """The events of 20 October 2026, and what came before and after it."""
    midnight, sent, before = at("2026-10-20 00:00"), at("2026-10-20 09:00"), at("2026-10-18 12:00")
    near, late, early = IDS["Around midnight"], IDS["Opened late"], IDS["Sent before"]
    once = mail("again", sent, opened(HOUR), campaign=IDS["Stored again"])
    return [
        mail("late", midnight - 1, opened(3 * HOUR), campaign=near),
        mail("first", midnight, campaign=near),
        mail("last", midnight + DAY - 1, opened(2 * MINUTE), campaign=near),
        mail("next", midnight + DAY, campaign=near),
        mail("ana", sent, opened(20 * DAY), campaign=late),
        mail("ben", sent, opened(59 * DAY), campaign=late),
        # after the 60 days for which e-mail is read
        mail("carla", sent, opened(63 * DAY), campaign=late),
        mail("dora", before, opened(2 * DAY), campaign=early),
        mail("emil", sent, campaign=early),
        text("ben", before, Receipt("SUCCESS", "DELIVERED", 45 * HOUR)),
        text("david", sent, Receipt("SUCCESS", "DELIVERED", 5 * SECOND)),
        once,
        [Event(each.record, each.landed_at + shift) for each in once for shift in (0, 5 * HOUR)],
        *(mail(f"k{number}", sent + number) for number in range(3)),
        mail("u", sent, campaign="0" * 32),
        mail("t", sent, campaign=None),
    ]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    folder = tmp_path_factory.mktemp("day")
    events, names, out = folder / "events", folder / "names.csv", folder / "out"
    rows = "".join(f"campaign,{campaign},{name}\n" for campaign, name in NAMES.items())
    names.write_text(f"kind,id,name\n{rows}", "utf-8")
    told = much_on_one_day()
    lake(events, *told)
    broken = events / "2026/10/20/10/broken.json"
    broken.parent.mkdir(parents=True, exist_ok=True)
    broken.write_text('{"event_type": "_email.op\n{"what": "is this"}\n', "utf-8")
    options = ("--names", str(names))
    code, said, err = run(command(events, "2026-10-20", "2026-10-20", *options, out=out))
    assert code == 0, err
    written = out / "campaign_performance.html"
    in_window = sum(each.landed_at < at("2026-12-20 01:00") for some in told for each in some)
    return Reported(events, in_window, names, written, said, err, read_page(written))


@pytest.fixture
def events(tmp_path: Path) -> Path:
    return tmp_path / "events"


@exhaustive("test_report_events.py")
def test_a_message_belongs_to_the_day_of_its_sending_whenever_its_events_come(day: Reported):
    row = day.campaign("Around midnight")
    assert row["Sent"].count == 2
    assert row["Delivered"].counts == (2, 2)
    assert row["Opened, human"].counts == (1, 2)


@exhaustive("test_report_events.py")
def test_the_tiles_of_a_day_are_the_sum_of_its_campaigns(day: Reported):
    assert day.page.tile("E-mail", "Sent")[0].count == 2 + 3 + 1 + 1 + 3 + 1 + 1
    assert day.page.tile("E-mail", "Delivered")[0].counts == (12, 12)
    human, every = day.page.tile("E-mail", "Opened")
    assert human.counts == every.counts == (1 + 2 + 0 + 1, 12)


@pytest.fixture(scope="module")
def longest_day(tmp_path_factory: pytest.TempPathFactory) -> RenderedPage:
    """Five days in Berlin, the fourth of 25 hours: a message in its every hour, one around it."""
    starts = at("2026-10-24 22:00")  # midnight in Berlin
    hours = [mail(f"h{hour}", starts + hour * HOUR) for hour in range(-1, 26)]
    earlier = [mail(f"d{day}", starts - day * DAY + HOUR) for day in (2, 3)]
    events = lake(tmp_path_factory.mktemp("longest") / "events", *hours, *earlier)
    return report(events, "2026-10-22", "2026-10-26", "--timezone", "Europe/Berlin")


@exhaustive("test_report_events.py")
def test_the_day_on_which_summer_time_ends_has_twenty_five_hours_of_messages(
    longest_day: RenderedPage,
):
    assert sent_by_day(longest_day) == [1, 1, 1, 25, 1]
    assert longest_day.footer["Time zone"] == "Europe/Berlin"
    assert longest_day.footer["Hours of events read"].startswith("Oct 18, 2026, 21:00 UTC")


@exhaustive("test_report_events.py")
def test_an_open_that_arrives_twenty_days_later_counts_for_the_day_of_sending(day: Reported):
    row = day.campaign("Opened late")
    assert row["Opened, human"].counts == row["Opened, all"].counts == (2, 3)
    assert day.page.footer["Last event"] == "Dec 18, 2026, 09:00 UTC"


@pytest.fixture(scope="module")
def three_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Messages of 20 October with outcomes within three days of it, and with later ones."""
    sent, evening = at("2026-10-20 09:00"), at("2026-10-20 23:00")
    return lake(
        tmp_path_factory.mktemp("three") / "events",
        mail("ana", sent, opened(20 * DAY)),
        mail("ben", sent, opened(3 * DAY + 14 * HOUR)),
        text("ana", evening, Receipt("SUCCESS", "DELIVERED", 71 * HOUR)),
        text("ben", evening),
    )


@pytest.fixture(scope="module")
def three_days_read(three_days: Path) -> RenderedPage:
    return report(three_days, "2026-10-20", "2026-10-20", "--lateness", "3d")


@exhaustive("test_report_events.py")
def test_an_outcome_after_the_lateness_is_not_waited_for(three_days_read: RenderedPage):
    page = three_days_read
    assert page.tile("E-mail", "Opened")[0].counts == (1, 2)
    # a day of 24 hours, three more, and an hour on each side for the buffer; three before for SMS
    assert page.footer["Hours of events read"] == (
        "Oct 16, 2026, 23:00 UTC – Oct 24, 2026, 01:00 UTC, 4 hours with files"
    )
    assert page.footer["Last event"] == "Oct 23, 2026, 23:00 UTC"


@exhaustive("test_report_events.py")
def test_the_receipt_of_an_sms_counts_although_it_comes_three_days_later(
    three_days: Path, three_days_read: RenderedPage, tmp_path: Path
):
    assert three_days_read.tile("SMS", "Delivered")[0].counts == (1, 2)
    assert three_days_read.tile("SMS", "Without a final receipt")[0].counts == (1, 2)
    hasty = report(three_days, "2026-10-20", "2026-10-20", "--lateness", "24h", out=tmp_path)
    assert hasty.tile("SMS", "Without a final receipt")[0].counts == (2, 2)


@exhaustive("test_report_events.py")
def test_what_was_sent_before_the_period_is_not_in_it_although_its_events_are(day: Reported):
    row = day.campaign("Sent before")
    assert row["Sent"].count == 1
    assert row["Opened, all"].counts == (0, 1)
    assert day.page.tile("SMS", "Attempted")[0].count == 1


@exhaustive("test_report_events.py")
def test_a_record_that_is_stored_again_changes_no_figure(day: Reported):
    assert day.page.footer["Records"] == str(day.records)
    row = day.campaign("Stored again")
    assert row["Sent"].count == 1
    assert row["Delivered"].counts == (1, 1)
    assert row["Opened, human"].counts == (1, 1)


@exhaustive("test_report_events.py")
def test_days_are_settled_by_the_events_that_have_come_and_not_by_the_clock(
    longest_day: RenderedPage,
):
    unsettled = longest_day.footer["Days not settled yet"]
    # the last event came on 26 October at 0: three days after the 23rd are not over
    assert "Oct 23 – 26, 2026 (deliveries, bounces and most complaints of e-mail)" in unsettled
    rows = longest_day.rows("E-mail", "Day by day")
    assert ["not settled" in row["name"].value for row in rows] == [False, *[True] * 4]


def test_a_page_tells_the_share_of_messages_without_a_name(day: Reported):
    assert day.page.footer["Messages without a name"] == "9.1% (1 of 11)"
    assert {
        name: row["Sent"].count for name, row in day.page.table("E-mail", CAMPAIGNS).items()
    } == {
        "Autumn & <news>": 3,
        "Opened late": 3,
        "Around midnight": 2,
        "Sent before": 1,
        "Stored again": 1,
        "Campaign 00000000…": 1,
        "Transactional e-mail": 1,
    }
    assert list(day.page.table("Names", "Ids without a name")) == ["Campaign 00000000…"]
    html = day.written.read_text("utf-8")
    assert "<news>" not in html
    assert "Autumn &amp; &lt;news&gt;" in html


def test_a_record_that_cannot_be_read_is_counted_on_the_page_and_said_aloud(day: Reported):
    assert "2 records could not be read" in day.err
    assert "2 records could not be read" in day.out
    assert "12 of 12" in day.out
    assert day.err.splitlines()[-1] == f"written to {day.written}"
    assert day.page.footer["Quarantined records"] == "2"
    assert day.page.footer["Of them of unknown shape"] == "1"


def test_strict_makes_no_page_of_a_lake_with_a_record_that_cannot_be_read(
    day: Reported, tmp_path: Path
):
    out = tmp_path / "out"
    code, _, err = run(command(day.events, "2026-10-20", "2026-10-20", "--strict", out=out))
    assert code == 1
    assert "broken.json" in err
    assert not out.exists()


@exhaustive("test_report_events.py")
def test_a_period_without_messages_among_other_events_is_a_page_that_says_so(events: Path):
    lake(events, mail("ana", at("2026-10-19 09:00"), opened(2 * DAY)))
    page = report(events, "2026-10-20", "2026-10-20")
    assert page.notices[0].startswith("No message was sent in this period, Tue, Oct 20, 2026")
    assert page.footer["Days not settled yet"] == "–"


def test_days_without_any_file_are_an_error_with_the_way_out(day: Reported, tmp_path: Path):
    code, _, err = run(command(day.events, "2028-01-01", "2028-01-02", out=tmp_path))
    assert code == 1
    assert "there is no event file" in err
    assert not list(tmp_path.glob("*.html"))


def test_a_missing_file_of_names_is_the_callers_mistake(day: Reported, tmp_path: Path):
    missing = tmp_path / "missing.csv"
    options = ("--names", str(missing))
    code, _, err = run(command(day.events, "2026-10-20", "2026-10-20", *options, out=tmp_path))
    assert code == 2
    assert str(missing) in err
    assert not list(tmp_path.glob("*.html"))


SAMPLE_DAYS = {"pinpoint.ndjson": "2025-10-29", "pinpoint_captured.ndjson": "2020-06-12"}


@pytest.fixture(scope="module")
def of_sample(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], RenderedPage]:
    """The page of a sample's day."""

    @cache
    def page(sample: str) -> RenderedPage:
        sampled = SAMPLE_DAYS[sample]
        return report(SAMPLES / sample, sampled, sampled, out=tmp_path_factory.mktemp("sample"))

    return page


@pytest.mark.parametrize(
    ("sample", "channels"),
    [
        pytest.param(
            "pinpoint.ndjson", ("E-mail", "SMS"), marks=exhaustive("test_report_events.py")
        ),
        pytest.param(
            "pinpoint_captured.ndjson", ("SMS",), marks=exhaustive("test_report_events.py")
        ),
    ],
)
def test_a_loose_file_of_captured_records_is_a_page(
    of_sample: Callable[[str], RenderedPage], sample: str, channels: Sequence[str]
):
    page = of_sample(sample)
    assert page.footer["Quarantined records"] == "0"
    records = len((SAMPLES / sample).read_text("utf-8").splitlines())
    assert page.footer["Records outside hour folders"] == str(records)
    for channel in ("E-mail", "SMS"):
        assert bool(list(page.sections[channel].all("li.tile"))) is (channel in channels)


@exhaustive("test_report_events.py")
def test_the_captured_sms_have_a_price_and_no_receipt_yet(
    of_sample: Callable[[str], RenderedPage],
):
    # two records, whose ids and numbers are blotted out: one message, as far as anybody can tell
    page = of_sample("pinpoint_captured.ndjson")
    assert page.tile("SMS", "Attempted")[0].count == 1
    assert page.tile("SMS", "Without a final receipt")[0].counts == (1, 1)
    assert page.tile("SMS", "Cost")[0].value == "$0.01"


@exhaustive("test_report_events.py")
def test_the_same_events_give_the_same_bytes_again(day: Reported, tmp_path: Path):
    options = ("--names", str(day.names))
    report(day.events, "2026-10-20", "2026-10-20", *options, out=tmp_path)
    assert (tmp_path / day.written.name).read_bytes() == day.written.read_bytes()


@exhaustive("test_report_events.py")
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
