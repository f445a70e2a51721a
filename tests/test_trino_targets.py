# ruff: noqa: E402 - what takes long to import is imported where the module is run
"""Questions and the report on Athena and Trino, over a catalogue that holds only tables.

The tables are made as the samples make them; no view is deployed. The figures are DuckDB's, which
reads the same files. Athena is the local one, which executes on Trino.
"""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.on_trino import trino_module

trino_module("test_trino_targets.py")

from dueng_analytics import Target, Workspace, open_lake, open_target
from dueng_analytics.catalog import load_catalog
from dueng_analytics.cli.demo import FIRST_DAY, LAST_DAY
from dueng_analytics.errors import EngineError
from dueng_analytics.query_result import QueryResult
from dueng_analytics.remote import RemoteWorkspace
from dueng_analytics.report_page import named_report, report_page
from dueng_analytics.reporting.period import cohort_window, read_period
from dueng_analytics.resources import packaged
from tests.documents import blocks, carry_out, commands, run
from tests.stack.conformance_duckdb import LakesOnDuckDB
from tests.stack.conformance_lakes import (
    Lake,
    lake_of,
    put_tables,
    write_json,
    write_parquet,
)
from tests.stack.conformance_stage import Catalogue
from tests.stack.local_aws import LocalAws
from tests.stack.recorder import recorded

CATALOG = load_catalog()
FIXTURES = packaged("fixtures")
NAMES = FIXTURES / "names.csv"
QUESTIONS = Path(__file__).resolve().parent.parent / "docs" / "questions.md"
RESULTS = "s3://results/dueng/"
READING = {
    "AmazonAthena.GetQueryExecution",
    "AmazonAthena.GetQueryResults",
    "AmazonAthena.StartQueryExecution",
}
ENGINES = ("trino", "athena")
_FLOAT = re.compile(r"\d+\.\d+(?:e-?\d+)?")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The packaged events as the samples' tables hold them; Parquet holds nothing else."""
    folder = tmp_path_factory.mktemp("lakes")
    write_json(CATALOG, FIXTURES, folder / "json")
    as_json = lake_of(CATALOG, "registered", "json", folder / "json")
    on_duckdb = LakesOnDuckDB(CATALOG, NAMES)
    write_parquet(as_json, on_duckdb.read(as_json), folder / "samples")
    on_duckdb.close()
    return lake_of(CATALOG, "registered", "parquet", folder / "samples")


@pytest.fixture(scope="module")
def catalogue(local_aws: LocalAws, lake: Lake) -> Iterator[Catalogue]:
    """The tables of every source under the samples' own names, and nothing else."""
    held = Catalogue(local_aws)
    held.s3.create_bucket(Bucket="results")
    families = sorted({part.source.family for part in lake.parts})
    databases = {family: CATALOG.database(family) for family in families}
    put_tables(lake, held, databases)
    yield held
    for name in databases.values():
        held.drop_database(name)


@pytest.fixture(scope="module")
def target(local_aws: LocalAws, catalogue: Catalogue) -> Target:
    layouts = {
        part.qualified_name: part.layouts[0].name
        for part in CATALOG.definitions.sources
        if part.layouts
    }
    assert local_aws.trino_port is not None
    return Target("local", "trino", layouts=layouts, host="127.0.0.1", port=local_aws.trino_port)


@pytest.fixture(scope="module")
def targets(target: Target) -> dict[str, Target]:
    athena = replace(target, engine="athena", result_location=RESULTS, region="us-east-1")
    return {"trino": target, "athena": athena}


@pytest.fixture
def credentials(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in local_aws.environment.items():
        monkeypatch.setenv(name, value)


def page_of(events: Workspace | RemoteWorkspace):
    period = read_period(FIRST_DAY, LAST_DAY, "Europe/Berlin")
    events.window = cohort_window(period, events.clocks)
    return report_page(events, named_report("campaign_performance", events.config), period)


@pytest.fixture(scope="module")
def page_of_duckdb(lake: Lake):
    with open_lake(lake.folder, names=NAMES, time_zone="Europe/Berlin") as events:
        return page_of(events)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_report_has_the_figures_of_the_same_files_read_here(
    engine: str, targets: dict[str, Target], page_of_duckdb, credentials
):
    with open_target(targets[engine], names=NAMES, time_zone="Europe/Berlin") as events:
        page = page_of(events)
    assert shown(page.sections) == shown(page_of_duckdb.sections)
    assert shown(page.notices) == shown(page_of_duckdb.notices)
    told, expected = dict(page.provenance), dict(page_of_duckdb.provenance)
    for entry in ("Period", "Last event", "Days not settled yet"):
        assert told[entry] == expected[entry], entry
    assert expected["Hours of events read"].startswith(told["Hours of events read"])
    assert told["Engine"] == engine.capitalize()
    assert "due_eventdb.all_events" in told["Read from"]


def shown(part: object) -> str:
    """All that a part of a page says, floats to nine digits: they are added in another order."""
    return _FLOAT.sub(lambda match: f"{float(match[0]):.9g}", repr(part))


@dataclass(frozen=True)
class Question:
    """A SELECT of the document, and what it takes for the present."""

    sql: str
    now: datetime | None


def questions() -> list[Question]:
    found = []
    for block in blocks(QUESTIONS):
        for command, _ in commands(block.body) if block.language == "console" else ():
            if command[:2] == ["dueng", "query"]:
                now = command[command.index("--now") + 1] if "--now" in command else None
                found.append(Question(command[2], datetime.fromisoformat(now) if now else None))
    return found


def like(result: QueryResult) -> list[str]:
    """Rows in no order of their own, floats to nine digits."""
    return sorted(
        repr({k: round(v, 9) if isinstance(v, float) else v for k, v in row.items()})
        for row in result.rows()
    )


@pytest.fixture(scope="module")
def here(lake: Lake) -> Iterator[Workspace]:
    with open_lake(lake.folder, names=NAMES) as events:
        yield events


@pytest.mark.parametrize("number", range(len(questions())))
def test_a_question_has_the_answer_of_the_same_files_read_here(
    number: int, here: Workspace, targets: dict[str, Target], credentials
):
    question = questions()[number]

    def answer(target: Target) -> list[str]:
        with open_target(target, names=NAMES) as events:
            return like(events.query(question.sql, now=question.now))

    with ThreadPoolExecutor(len(targets)) as pool:
        found = {target: pool.submit(answer, targets[target]) for target in targets}
        expected = like(here.query(question.sql, now=question.now))
        assert expected
        for name, rows in found.items():
            assert rows.result() == expected, name


@pytest.mark.parametrize("engine", ENGINES)
def test_the_command_asks_a_target_and_says_what_that_took(
    engine: str, targets: dict[str, Target], credentials, elsewhere: Path
):
    target = targets[engine]
    where = (
        ["--host", target.host, "--port", str(target.port)]
        if engine == "trino"
        else ["--result-location", RESULTS, "--region", "us-east-1"]
    )
    query = "select count(*) as mails from email_send"
    code, out, err = run(["query", query, "--engine", engine, *where, "--json"])
    assert code == 0, err
    assert json.loads(out)[0]["mails"] > 0
    assert f"{engine}: " in err
    assert "scanned" in err
    assert ("USD" in err) == (engine == "athena")


def test_the_commands_of_the_page_about_engines_run_on_both(
    local_aws: LocalAws, catalogue: Catalogue, credentials, elsewhere: Path
):
    page = QUESTIONS.with_name("engines.md")
    (elsewhere / "fixtures").mkdir()
    (elsewhere / "fixtures" / "names.csv").write_bytes(NAMES.read_bytes())
    for block in blocks(page):
        if block.file == "dueng.toml":
            local = block.body.replace("trino.example.com", "127.0.0.1")
            local = local.replace("8443", str(local_aws.trino_port)).replace("https", "http")
            local = local.replace('"analysts"', f'"primary"\nresult_location = "{RESULTS}"')
            block = replace(block, body=local.replace("eu-central-1", "us-east-1"))
        carry_out(block, elsewhere, with_targets=True)
    assert (elsewhere / "campaign_performance.html").is_file()


def test_no_right_is_needed_but_to_ask_athena_and_nothing_in_glue_changes(
    local_aws: LocalAws, catalogue: Catalogue, targets: dict[str, Target], credentials, monkeypatch
):
    before = catalogue.glue.get_tables(DatabaseName="due_eventdb")["TableList"]
    with recorded(local_aws.aws_port) as recorder:
        monkeypatch.setenv("AWS_ENDPOINT_URL", recorder.endpoint)
        with open_target(targets["athena"]) as events:
            assert events.query("select count(*) as n from email_send").rows()[0]["n"] > 0
        assert set(recorder.actions) == READING
    assert catalogue.glue.get_tables(DatabaseName="due_eventdb")["TableList"] == before


def test_a_target_of_one_family_needs_no_tables_of_the_others(target: Target):
    alone = replace(target, families=("pinpoint",), databases={"pinpoint": "due_eventdb"})
    with open_target(alone) as events:
        rows = events.query("select family, count(*) as n from messages group by 1").rows()
    assert [row["family"] for row in rows] == ["pinpoint"]


def test_a_table_that_is_not_there_is_named_with_the_way_out(target: Target):
    with (
        open_target(replace(target, tables={"ses_events": ("elsewhere",)})) as events,
        pytest.raises(EngineError, match="elsewhere") as caught,
    ):
        events.query("select count(*) as n from messages")
    assert "families" in (caught.value.hint or "")
