# ruff: noqa: E402 - what takes long to import is imported where the module is run
"""Every view on a real Trino, over tables and views as Glue stores them, against DuckDB.

Every unit test of every view, then the packaged events as four lakes; what was compared is written
to the file that ``DUENG_CONFORMANCE`` names.
"""

import json
import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.on_trino import trino_module

trino_module("test_trino_conformance.py")

from dueng_analytics.catalog import load_catalog
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import EngineError
from dueng_analytics.quality.coverage import read_exclusions
from dueng_analytics.resources import packaged
from tests.stack.conformance import Trino, difference
from tests.stack.conformance_duckdb import LakesOnDuckDB
from tests.stack.conformance_lakes import (
    FORMATS,
    LAYOUTS,
    Lake,
    hour_together,
    lake_of,
    put_lake,
    write_json,
    write_parquet,
)
from tests.stack.conformance_record import Record
from tests.stack.conformance_stage import Catalogue
from tests.stack.conformance_units import OnDuckDB, on_trino, rendered, verdict

CATALOG = load_catalog()
VIEWS = {view.qualified_name: view for view in CATALOG.definitions.views}
FIXTURES = packaged("fixtures")
NAMES = FIXTURES / "names.csv"
LAKES = [(layout, file_format) for file_format in FORMATS for layout in LAYOUTS]
FILE = Path(os.environ.get("DUENG_CONFORMANCE", "build/conformance.json"))
_AT_ONCE = 3
"""Queries that Trino works at: their waiting for files and for plans overlaps."""

every_view = pytest.mark.parametrize("name", VIEWS)


@pytest.fixture(scope="module")
def trino(local_aws):
    return Trino(local_aws)


@pytest.fixture(scope="module")
def catalogue(local_aws):
    return Catalogue(local_aws)


@pytest.fixture(scope="module")
def record(trino):
    return Record(trino.version(), [f"{file_format}_{layout}" for layout, file_format in LAKES])


def chosen(request, test):
    """The views of the cases of a test that run; all of them are asked for side by side."""
    names = [
        item.callspec.params["name"]
        for item in request.session.items
        if item.path == request.path and item.originalname == test.__name__
    ]
    return [VIEWS[name] for name in dict.fromkeys(names)]


@pytest.fixture(scope="module")
def unit_tests(request, trino, catalogue):
    """The answers of Trino, by view and number of its test."""
    views = chosen(request, test_the_unit_tests_of_a_view_give_the_same_on_trino)
    selects = {view.qualified_name: rendered(CATALOG, view) for view in views}
    # All have come before a test begins: pytest changes the environment with every test, and what
    # asks Trino in a thread reads it.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return {
            (view.qualified_name, number): pool.submit(
                on_trino,
                CATALOG,
                view,
                number,
                selects[view.qualified_name],
                catalogue,
                trino,
            )
            for view in views
            for number in range(len(view.tests))
        }


@pytest.fixture(scope="module")
def embedded():
    with DuckDBEngine(threads=1) as engine:
        yield engine


@every_view
def test_the_unit_tests_of_a_view_give_the_same_on_trino(name, unit_tests, embedded, record):
    view = VIEWS[name]
    on_duckdb = OnDuckDB(CATALOG, view, embedded)
    problems = []
    for number, test in enumerate(view.tests):
        expected = on_duckdb.answer(test)
        found = verdict(view, test, expected, result_of(unit_tests[name, number]))
        record.add_unit_test(view, test.name, found.answer, found.problem)
        if found.problem is not None:
            problems.append(f"{test.where}\n{test.name}\n{found.problem}")
    types = on_duckdb.type_problem()
    if types is not None:
        record.add_problem(view, types)
        problems.append(types)
    assert not problems, "\n\n".join(problems)


def result_of(answer: Future):
    try:
        return answer.result()
    except (EngineError, AssertionError) as error:
        return error


@pytest.fixture(scope="module")
def json_files(tmp_path_factory):
    """The folder of the JSON lake, and how many records the packaged files hold besides."""
    folder = tmp_path_factory.mktemp("lakes") / "json"
    return folder, write_json(CATALOG, FIXTURES, folder)


@pytest.fixture(scope="module")
def on_duckdb():
    lakes = LakesOnDuckDB(CATALOG, NAMES)
    yield lakes
    lakes.close()


def written(layout, file_format, json_files, on_duckdb):
    """A lake whose files are there; those of Parquet are converted from those of JSON."""
    folder, _ = json_files
    lake = lake_of(CATALOG, layout, "json", folder)
    if file_format == "json":
        return lake
    converted = folder.with_name(f"parquet_{layout}")
    if not converted.exists():
        write_parquet(lake, on_duckdb.read(lake), converted)
    return lake_of(CATALOG, layout, "parquet", converted)


@dataclass(frozen=True)
class Asked:
    """A lake in Glue and S3: its adapters' SELECTs, and the answers of Trino."""

    lake: Lake
    adapters: Mapping[str, str]
    answers: Mapping[str, Future]


@pytest.fixture(scope="module", params=LAKES, ids=lambda pair: "-".join(pair))
def asked(request, json_files, on_duckdb, catalogue, trino):
    """A lake that both engines read, and what Trino gives for every view."""
    lake = written(*request.param, json_files, on_duckdb)
    adapters = put_lake(lake, CATALOG, catalogue, NAMES)
    views = chosen(request, test_a_view_gives_the_same_over_the_packaged_events)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = {
            view.qualified_name: pool.submit(trino.select, lake.database(view.family), view)
            for view in views
        }
    return Asked(lake, adapters, answers)


def test_a_source_has_its_declared_types_through_every_adapter(asked, trino):
    for name, sql in asked.adapters.items():
        declared = CATALOG.columns(CATALOG.relations[name])
        assert trino.types(sql) == {column: kind.trino for column, kind in declared.items()}


@every_view
def test_a_view_gives_the_same_over_the_packaged_events(name, asked, on_duckdb, record):
    view = VIEWS[name]
    expected = on_duckdb.answer(asked.lake, view)
    found = asked.answers[name].result()
    problem = difference(expected, found)
    record.add_lake(view, asked.lake.name, expected, found, problem)
    assert problem is None, problem
    assert expected.hash == found.hash


def test_the_lakes_lack_no_record_that_the_packaged_files_give(
    json_files, packaged_lake, on_duckdb
):
    folder, left_out = json_files
    rows = on_duckdb.read(lake_of(CATALOG, "projected", "json", folder))
    loaded = packaged_lake.read_events()
    assert left_out == loaded.quarantined
    assert {name: table.num_rows for name, table in rows.items()} == loaded.records
    for name, table in rows.items():
        whole = packaged_lake.engine.run(f"from {quoted(name)}").cast(table.schema).to_pylist()
        for row in whole:
            row["ingest_timestamp"] = hour_together(row["ingest_timestamp"])
        assert sorted(map(repr, table.to_pylist())) == sorted(map(repr, whole))


def quoted(name):
    return ".".join(f'"{part}"' for part in name.split("."))


def test_every_view_of_the_catalogue_was_compared_and_is_the_same(record):
    record.write(FILE, CATALOG)
    written = json.loads(FILE.read_text("utf-8"))
    assert list(written["views"]) == list(VIEWS)
    exclusions = read_exclusions(CATALOG)
    gaps = {name: record.gaps(view, exclusions) for name, view in VIEWS.items()}
    assert not {name: found for name, found in gaps.items() if found}
