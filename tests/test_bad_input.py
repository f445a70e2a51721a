"""Every command over every kind of bad input: a documented exit code, a message that helps,
nothing readable lost, nothing left behind."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from documents import run

from dueng_analytics.cli.app import COMMANDS
from dueng_analytics.cli.reading import Reading

SAMPLES = Path(__file__).parent / "samples" / "pinpoint.ndjson"
RECORDS = [json.loads(line) for line in SAMPLES.read_text("utf-8").splitlines()]
HOUR = "2025/10/29/14"
PERIOD = ["--from", "2025-10-29", "--to", "2025-10-29"]
COUNT = "select event_type, count(*) as n from all_events group by event_type"


def record(kind: str, **changes: object) -> dict[str, object]:
    """The sample of an event type, changed as the test wants it."""
    found = next(record for record in RECORDS if record["event_type"] == kind)
    return {**found, **changes}


def lines(*records: object) -> bytes:
    return "".join(json.dumps(value) + "\n" for value in records).encode()


SEND, DELIVERED = record("_email.send"), record("_email.delivered")
GOOD = lines(SEND, DELIVERED)
GOOD_COUNTS = {"_email.send": 1, "_email.delivered": 1}


# --- lakes -------------------------------------------------------------------------------------


def missing(hour: Path) -> None:
    hour.parents[3].rmdir()


def empty(hour: Path) -> None:
    pass


def loop(hour: Path) -> None:
    """A file that nobody can open, not even an administrator."""
    good(hour)
    (hour / "events-2").symlink_to("events-2")


def forbidden(hour: Path) -> None:
    good(hour)
    (hour / "events-2").write_bytes(GOOD)
    (hour / "events-2").chmod(0)


def good(hour: Path) -> None:
    hour.mkdir(parents=True, exist_ok=True)
    (hour / "events-1").write_bytes(GOOD)


def truncated_gzip(hour: Path) -> None:
    good(hour)
    unlike = random.Random(1)
    many = [record("_email.open", session={"id": unlike.randbytes(64).hex()}) for _ in range(40)]
    whole = gzip.compress(lines(*many))
    (hour / "events-2.gz").write_bytes(whole[: len(whole) * 3 // 4])


def gzip_without_suffix(hour: Path) -> None:
    good(hour)
    (hour / "events-2").write_bytes(gzip.compress(lines(record("_email.open"))))


def changed_parquet(hour: Path) -> None:
    """One column is text where numbers are declared, and one of the texts is none."""
    good(hour)
    table = pa.table(
        {
            "event_type": ["_email.open", "_email.open"],
            "event_timestamp": ["1761746402000", "soon"],
            "arrival_timestamp": pa.array([1761746402645, 1761746402645], pa.int64()),
            "event_version": ["3.1", "3.1"],
            "application": [{"app_id": "a"}] * 2,
        }
    )
    pq.write_table(table, hour / "events-2.parquet")


def broken_json(hour: Path) -> None:
    good(hour)
    opened, clicked = lines(record("_email.open")), lines(record("_email.click"))
    (hour / "events-2").write_bytes(opened + b'{"event_type": "_email.send", oops\n' + clicked)


def garbage(hour: Path) -> None:
    good(hour)
    noise = random.Random(2).randbytes(4000)
    (hour / "events-2").write_bytes(noise)
    (hour / "events-3.gz").write_bytes(b"\x1f\x8b" + noise)
    (hour / "events-4.parquet").write_bytes(b"PAR1" + noise)


def long_line(hour: Path) -> None:
    good(hour)
    padded = record("_email.open")
    padded["attributes"] = {"padding": "x" * 50_000_000}
    (hour / "events-2").write_bytes(lines(record("_email.click"), padded, record("_email.click")))


@dataclass(frozen=True)
class Case:
    """A lake, and what a command that reads it says and counts."""

    make: Callable[[Path], None]
    code: int
    says: tuple[str, ...]
    counts: dict[str, int] | None = None
    quarantined: int | None = None
    """None where it depends on how noise falls into lines, but is not nothing."""

    @property
    def name(self) -> str:
        return self.make.__name__


LAKES = [
    Case(missing, 1, ("there is no file or folder", "s3:// prefix")),
    Case(empty, 1, ("there is no event file", "holds the year folders")),
    Case(loop, 1, ("cannot be", "Too many levels of symbolic links")),
    Case(forbidden, 1, ("events-2", "cannot be read", "Permission denied")),
    Case(truncated_gzip, 0, ("1 record could not be read",), {"_email.open": -1}, 1),
    Case(gzip_without_suffix, 0, (), {"_email.open": 1}, 0),
    Case(changed_parquet, 0, ("1 value did not fit its declared type",), {"_email.open": 2}, 0),
    Case(broken_json, 0, ("1 record could not be read",), {"_email.open": 1, "_email.click": 1}, 1),
    Case(garbage, 0, ("could not be read", "`dueng quarantine` lists them"), {}, None),
    Case(long_line, 0, (), {"_email.open": 1, "_email.click": 2}, 0),
]
READERS = ("query", "quarantine", "report")
OTHERS = {
    "config": ["config"],
    "demo": None,  # reads what is packaged and nothing else; see test_cli
    "lint": ["lint", "email_send"],
    "list": ["list"],
    "show": ["show", "email_send"],
    "source": ["source", "ddl", "all_events"],
    "sql": ["sql", "email_send"],
    "test": ["test", "email_send"],
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch) -> Path:
    """Every test runs in a folder of its own, whose temporary files are counted afterwards."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    yield work
    assert list(temporary.iterdir()) == [], "temporary files were left behind"
    assert list(work.rglob("*.partial")) == []


@pytest.fixture
def lake(elsewhere: Path, request: pytest.FixtureRequest) -> Path:
    root = elsewhere / "lake"
    hour = root / HOUR
    hour.mkdir(parents=True)
    if request.param.make is forbidden and os.geteuid() == 0:
        pytest.skip("an administrator may read everything")
    if request.param.make in (missing, empty):
        for folder in (hour, *list(hour.parents)[:3]):
            folder.rmdir()
        if request.param.make is missing:
            root.rmdir()
        return root
    request.param.make(hour)
    return root


def arguments(command: str, events: Path) -> list[str]:
    return {
        "query": ["query", COUNT, "--json", "--events", str(events)],
        "quarantine": ["quarantine", "--json", "--events", str(events)],
        "report": ["report", "campaign_performance", *PERIOD, "--events", str(events)],
    }[command]


def assert_told(outcome: tuple[int, str, str], code: int, *says: str) -> None:
    """The exit code is the documented one, and the message holds what helps."""
    assert outcome[0] == code, outcome[2]
    assert "Traceback" not in outcome[1] + outcome[2]
    for text in says:
        assert text in outcome[2]


def test_every_command_stands_in_the_matrix():
    assert {*READERS, *OTHERS} == set(COMMANDS)


@pytest.mark.parametrize("lake", LAKES, ids=lambda case: case.name, indirect=True)
@pytest.mark.parametrize("command", READERS)
def test_a_command_that_reads_a_bad_lake_says_so_and_keeps_what_is_readable(
    command: str, lake: Path, request: pytest.FixtureRequest
):
    case: Case = request.node.callspec.params["lake"]
    code, out, err = run(arguments(command, lake))
    says = case.says if command != "quarantine" or case.code else ()
    assert_told((code, out, err), case.code, *says)
    if case.code:
        assert out == ""
    elif command == "query":
        counts = {row["event_type"]: row["n"] for row in json.loads(out)}
        if case.make is truncated_gzip:
            assert 20 < counts.pop("_email.open") < 40
            assert counts == GOOD_COUNTS
        else:
            assert counts == GOOD_COUNTS | (case.counts or {})
    elif command == "quarantine":
        rows = json.loads(out)
        assert all("events-" in row["file"] and row["reason"] for row in rows)
        assert len(rows) == case.quarantined if case.quarantined is not None else len(rows) >= 3
    else:
        assert Path("campaign_performance.html").is_file()


@pytest.mark.parametrize("command", [name for name, given in OTHERS.items() if given])
def test_a_command_that_reads_no_events_does_not_mind_a_bad_lake(
    command: str, monkeypatch, tmp_path: Path
):
    given = OTHERS[command]
    assert given is not None
    expected = run(given)
    monkeypatch.setenv("DUENG_EVENTS", str(tmp_path / "missing"))
    outcome = run(given)
    assert_told(outcome, 0)
    if command != "config":
        assert outcome[1] == expected[1]
    assert expected[0] == 0


@pytest.mark.parametrize("command", READERS)
def test_the_next_good_run_is_unaffected_by_a_bad_one(command: str, elsewhere: Path):
    good(elsewhere / "good" / HOUR)
    before = run(arguments(command, elsewhere / "good"))
    (elsewhere / "bad" / HOUR).mkdir(parents=True)
    garbage(elsewhere / "bad" / HOUR)
    run(arguments(command, elsewhere / "bad"))
    run([*arguments(command, elsewhere / "bad"), "--strict"])
    assert run(arguments(command, elsewhere / "good")) == before
    assert before[0] == 0


@pytest.mark.parametrize("command", READERS)
def test_strict_makes_unreadable_records_an_error_that_names_the_first(
    command: str, elsewhere: Path
):
    (elsewhere / "lake" / HOUR).mkdir(parents=True)
    broken_json(elsewhere / "lake" / HOUR)
    outcome = run([*arguments(command, elsewhere / "lake"), "--strict"])
    assert_told(outcome, 1, "1 record cannot be read", "events-2, position ", "--strict")
    assert outcome[1] == ""
    assert not Path("campaign_performance.html").exists()


@pytest.mark.parametrize("command", READERS)
def test_an_interrupt_while_reading_leaves_nothing_behind(
    command: str, elsewhere: Path, monkeypatch
):
    good(elsewhere / "lake" / HOUR)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Reading, "_advance", interrupt)
    outcome = run(arguments(command, elsewhere / "lake"))
    assert_told(outcome, 130, "Interrupted.")
    assert outcome[1] == ""
    assert sorted(path.name for path in elsewhere.iterdir()) == ["lake"]


@pytest.mark.parametrize("command", READERS)
def test_days_without_data_are_named(command: str, elsewhere: Path):
    good(elsewhere / "lake" / HOUR)
    given = [entry for entry in arguments(command, elsewhere / "lake") if entry not in PERIOD]
    outcome = run([*given, "--from", "2031-01-01", "--to", "2031-01-02"])
    assert_told(outcome, 1, "there is no event file from 2030-12-", "Choose other days")


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (["--from", "2026-10-20", "--to", "2026-10-19"], ("2026-10-20", "the earlier day as")),
        (["--from", "2026-02-30", "--to", "2026-03-01"], ("'2026-02-30' is no day",)),
        (["--from", "yesterday", "--to", "today"], ("'yesterday' is no day", "like 2026-10-19")),
    ],
    ids=["reversed", "no day", "words"],
)
@pytest.mark.parametrize("command", READERS)
def test_days_that_are_no_period_are_refused_before_anything_is_read(
    command: str, days: list[str], says: tuple[str, ...]
):
    given = [entry for entry in arguments(command, Path("missing")) if entry not in PERIOD]
    assert_told(run([*given, *days]), 2, *says)


# --- names, SQL, options, files that are not events ---------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        ["show", "email_sent"],
        ["sql", "email_sent"],
        ["source", "ddl", "email_sent"],
        ["source", "adapter", "email_sent"],
        ["query", "select 1 from email_sent"],
        ["query", "select 1 from pinpoint.email_sent"],
        ["lint", "email_sent"],
        ["test", "email_sent"],
    ],
    ids=" ".join,
)
def test_an_unknown_view_is_answered_with_the_nearest_names(given: list[str]):
    assert_told(run(given), 2, "email_sent", "Did you mean", "email_send")


@pytest.mark.parametrize(
    ("given", "near"),
    [
        (["report", "campain_performance", *PERIOD], "campaign_performance"),
        (["list", "--family", "pinpoin"], "pinpoint"),
        (["sql", "--all", "--database", "pinpoin=x"], "pinpoint"),
        (["source", "ddl", "all_events", "--layout", "projekted"], "projected"),
        (["query", "select 1 from email_send", "--events", "pinpoin=x"], "pinpoint"),
        (["quarantine", "--events", "pinpoin=x"], "pinpoint"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_another_unknown_name_is_answered_with_the_nearest(given: list[str], near: str):
    assert_told(run(given), 2, f"Did you mean {near}?")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("selec 1", ("SQL syntax", "line 1")),
        ("select 1\nfrom email_send\nwhere (", ("SQL syntax", "line 3")),
        ("select 'open", ("SQL syntax",)),
        ("", ("there is no statement", "Give one SELECT")),
        ("select 1; select 2", ("there are 2 statements", "one SELECT at a time")),
        ("drop table email_send", ("is not a query", "nothing is ever changed")),
        ("select subjekt from email_send", ("subjekt", "line 1")),
        ("select list_value(1)", ("line 1", "list_value")),
    ],
)
def test_a_mistake_in_the_sql_is_told_with_its_place(text: str, says: tuple[str, ...]):
    assert_told(run(["query", text, "--events", "missing"]), 1, *says)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["sql", "email_send", "--dialect", "oracle"], ("'oracle' is not one of", "athena")),
        (["query", "select 1", "--format", "xml"], ("'xml' is not one of", "parquet")),
        (["quarantine", "--format", "xml"], ("'xml' is not one of", "parquet")),
        (["source", "ddl", "all_events", "--format", "orc"], ("'orc' is not one of", "json")),
        (["source", "ddl", "all_events", "--start", "soon"], ("'soon' does not match",)),
        (["source", "ddl", "all_events", "--location", "/x"], ("'/x' is no S3 prefix",)),
        (["query", "select 1", "--now", "noon"], ("'noon' does not match",)),
        (["config", "--timezone", "Europ/Berlin"], ("--timezone", "Europe/Berlin")),
        (["query", "select 1", "--max-bytes", "lots"], ("--max-bytes: 'lots' is no size",)),
        (["quarantine", "--memory-limit", "1 MB"], ("--memory-limit", "less than the 64 MB")),
        (["report", "x", *PERIOD, "--lateness", "long"], ("--lateness: 'long' is no span",)),
        (["report", "x", *PERIOD, "--threads", "0"], ("--threads: 0 is less than 1",)),
        (["config", "--lateness", "99999999999 days"], ("--lateness", "no span")),
        (["query", "select 1", "--events", "http://x/y"], ("http://x/y is no path",)),
        (["quarantine"], ("no event files were given", "--events PATH")),
        (["list", "--nonsense"], ("No such option",)),
        (["lint", "--nonsense"], ("No such option",)),
        (["test", "--nonsense"], ("No such option",)),
        (["show"], ("Missing argument 'VIEW'",)),
        (["demo", "--timezone", "Mars"], ("there is no time zone named 'Mars'",)),
        (["demonstrate"], ("No such command 'demonstrate'", "demo")),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else "",
)
def test_an_option_that_means_nothing_is_named_with_what_would(
    given: list[str], says: tuple[str, ...]
):
    if given[:2] == ["query", "select 1"] and "--events" in given:
        given = ["query", "select 1 from email_send", *given[2:]]
    assert_told(run(given), 2, *says)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("= 3", 1, ("dueng.toml: cannot be read as TOML",)),
        ('\ntimezone = "UTC"\n', 1, ("dueng.toml:2: there is no setting", "time_zone")),
        ("threads = 0", 1, ("dueng.toml:1: threads: 0 is less than 1",)),
        ("\xff", 1, ("dueng.toml: cannot be read as TOML",)),
        ("events = 3", 1, ("dueng.toml:1: events:",)),
    ],
    ids=["no TOML", "unknown setting", "bad value", "no UTF-8", "wrong type"],
)
def test_a_malformed_settings_file_is_named_with_its_line(
    text: str, code: int, says: tuple[str, ...]
):
    Path("dueng.toml").write_text(text, "latin-1")
    assert_told(run(["config"]), code, *says)


@pytest.mark.parametrize("command", [*READERS, *(name for name, given in OTHERS.items() if given)])
def test_every_command_with_settings_stops_at_a_malformed_settings_file(command: str):
    Path("dueng.toml").write_text("threads = many\n", "utf-8")
    given = OTHERS.get(command) or arguments(command, Path("missing"))
    assert_told(run(given), 1, "dueng.toml: cannot be read as TOML")


@pytest.mark.parametrize("command", [*READERS, *(name for name, given in OTHERS.items() if given)])
def test_every_command_with_settings_says_that_a_project_is_missing(command: str):
    given = OTHERS.get(command) or arguments(command, Path("missing"))
    assert_told(run([*given, "--project", "nowhere"]), 2, "there is no project folder nowhere")


@pytest.mark.parametrize("command", ["list", "show", "sql", "source", "lint", "test", "query"])
def test_every_command_that_loads_views_says_where_one_is_wrong(command: str):
    folder = Path("sql/shop/broken")
    folder.mkdir(parents=True)
    Path("dueng.toml").touch()
    (folder / "view.sql").write_text("select 1 as one\n", "utf-8")
    (folder / "view.yaml").write_text("descripton: x\n", "utf-8")
    (folder / "tests.yaml").write_text("tests: []\n", "utf-8")
    given = OTHERS.get(command) or ["query", "select 1"]
    assert_told(run(given), 1, "view.yaml:1", "descripton", "Did you mean description?")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, ("names.csv: there is no such file", "kind,id,name,valid_from,deleted")),
        (b"kind;id;name\n", ("names.csv:1: the columns are not separated by commas",)),
        (b"kind,id,name\ncampagne,1,Spring\n", ("names.csv:2", "Did you mean campaign?")),
        (b"kind,id,name\ncampaign,1\n", ("names.csv:2: the line has 2 fields",)),
        (b"kind,id,name\ncampaign,1,\xff\n", ("names.csv:2: the file is not UTF-8",)),
    ],
    ids=["missing", "semicolons", "unknown kind", "a field too few", "no UTF-8"],
)
@pytest.mark.parametrize("command", ["query", "report"])
def test_a_list_of_names_that_cannot_be_read_is_named_with_its_line(
    command: str, content: bytes | None, says: tuple[str, ...], elsewhere: Path
):
    good(elsewhere / "lake" / HOUR)
    if content is not None:
        Path("names.csv").write_bytes(content)
    given = arguments(command, elsewhere / "lake")
    if command == "query":
        given[1] = "select count(*) as n from dim_campaigns"
    outcome = run([*given, "--names", "names.csv"])
    assert_told(outcome, 2, *says)
    assert not Path("campaign_performance.html").exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--out", "nowhere/rows.csv"], "there is no folder nowhere"),
        (["--out", "folder"], "does not tell its format"),
        (["--out", "folder", "--format", "csv"], "folder is a folder"),
        (["--out", "rows.xml"], "does not tell its format"),
        (["--out", "rows.csv", "--format", "table"], "a table is for a terminal"),
        (["--format", "parquet"], "Parquet is no text"),
        (["--out", "file/rows.csv"], "there is no folder file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.parametrize("command", ["query", "quarantine"])
def test_a_file_that_cannot_be_written_is_named_before_anything_is_read(
    command: str, given: list[str], says: str
):
    Path("folder").mkdir()
    Path("file").touch()
    start = ["query", COUNT] if command == "query" else ["quarantine"]
    outcome = run([*start, "--events", "missing", *given])
    assert_told(outcome, 2, says)


@pytest.mark.parametrize("command", ["report", "demo"])
def test_a_folder_that_cannot_be_written_is_named(command: str, elsewhere: Path):
    good(elsewhere / "lake" / HOUR)
    Path("file").touch()
    start = ["demo"] if command == "demo" else arguments("report", elsewhere / "lake")
    assert_told(run([*start, "--out", "file"]), 2, "file")
    assert_told(run([*start, "--out", "file/below"]), 2, "file")


def test_a_lake_of_more_bytes_than_allowed_is_refused_with_the_way_out(elsewhere: Path):
    good(elsewhere / "lake" / HOUR)
    outcome = run([*arguments("query", elsewhere / "lake"), "--max-bytes", "100"])
    assert_told(outcome, 1, "more than the", "--from and --to", "--max-bytes")


# --- the process itself ------------------------------------------------------------------------


def process(*given: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dueng_analytics", *given],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **settings},
    )


def test_the_process_ends_with_the_code_of_the_error_and_no_trace(elsewhere: Path):
    (elsewhere / "lake" / HOUR).mkdir(parents=True)
    truncated_gzip(elsewhere / "lake" / HOUR)
    done = process(*arguments("query", elsewhere / "lake"), "--strict", TMPDIR=str(elsewhere))
    assert_told((done.returncode, done.stdout, done.stderr), 1, "the gzip stream ends early")
    assert [path.name for path in elsewhere.iterdir()] == ["lake"]


def test_a_reader_that_goes_away_is_no_error_worth_a_trace():
    command = f"{sys.executable} -m dueng_analytics show all_events | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "pinpoint.all_events"
    assert done.stderr == ""
