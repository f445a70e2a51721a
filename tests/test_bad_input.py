"""Names, SQL, options and files that cannot be what they are given as: a documented exit code and
a message that helps."""

from __future__ import annotations

from pathlib import Path

import pytest
from bad_lakes import COUNT, HOUR, OTHERS, PERIOD, READERS, arguments, assert_told, good
from documents import run

pytestmark = pytest.mark.usefixtures("elsewhere")


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
        ("select subjekt from email_send", ("subjekt", "line 1", "Did you mean subject?")),
        ("select\n  m.sent_att from messages m", ("line 2", "Did you mean sent_at")),
        ("select x.subject from messages", ("no column 'subject' in x", "`dueng show messages`")),
        (
            "select message_id from messages join email_send on true",
            ("'message_id' is in messages and in email_send", "Say which one is meant"),
        ),
        ("select upper(subject) as s from messages where s = 'A'", ("no column 's'", "ORDER BY")),
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
