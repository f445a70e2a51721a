# ruff: noqa: E402 - what takes long to import is imported where the module is run
"""A query of two hours of a long lake reads two hours: the plans of Trino, and the log of S3."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest

from tests.on_trino import trino_module

trino_module("test_trino_pruning.py")

from dueng_analytics.catalog import load_catalog
from dueng_analytics.config import load_config
from dueng_analytics.dialect import parse_query, with_parameters
from dueng_analytics.dialect.expansion import Hours
from dueng_analytics.lake.window import Window
from dueng_analytics.model.definitions import Pruning, View
from dueng_analytics.resources import packaged
from dueng_analytics.targets import Target, written_down
from dueng_analytics.workspace import Workspace
from tests.local_s3 import aws_variables
from tests.reader_records import records_by_source
from tests.stack.pruned_lake import BUCKET, Plans, PrunedLake, Reading, scans_of, table_name

CATALOG = load_catalog()
LAYOUTS = ("registered", "projected")
SESSIONS = 3
NOW = datetime.now(UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0)
FIRST = NOW.replace(hour=0) - timedelta(days=3)
HOURS = [FIRST + timedelta(hours=n) for n in range((NOW - FIRST) // timedelta(hours=1) + 1)]
TWO = Hours(HOURS[30], HOURS[32])
LITERAL = (
    f"ingest_timestamp >= timestamp '{TWO.first}' and ingest_timestamp < timestamp '{TWO.end}'"
)
BETWEEN = f"ingest_timestamp between timestamp '{HOURS[30]}' and timestamp '{HOURS[31]}'"
RECENT = "ingest_timestamp >= current_timestamp - interval '2' hour"
VIEWS = [relation for relation in CATALOG.in_order() if isinstance(relation, View)]
PARTITION = [view for view in VIEWS if view.pruning is Pruning.PARTITION]
EXPANDED_ONLY = [view for view in VIEWS if view.pruning is Pruning.EXPANDED_ONLY]
RECORDS = 4
"""Of each source in each hour."""
CONTRADICTED = {
    "messaging.conversations": {"ses_events_table", "sms_events_table", "sms_inbound_table"}
}
"""Tables that Trino leaves out: rows of theirs are of other channels than the view keeps."""
NAMES = {
    **dict.fromkeys(CATALOG.columns(CATALOG.find("name_snapshots"))),
    "kind": "campaign",
    "id": "c1",
    "name": "Spring",
    "valid_from": datetime(2026, 1, 1),
}


@pytest.fixture(scope="module")
def lakes(local_aws):
    """The lake declared in both layouts over the same objects."""
    found = {layout: PrunedLake(local_aws, CATALOG, layout, HOURS) for layout in LAYOUTS}
    records = {name: texts[:RECORDS] for name, texts in records_by_source(1).items()}
    found["registered"].put_objects(records)
    for lake in found.values():
        lake.declare()
    yield found
    for lake in found.values():
        lake.drop()


@pytest.fixture(scope="module")
def plans(local_aws):
    return Plans(local_aws.trino)


def _by_view(views, answer):
    """An answer for each view, asked for some at a time."""
    with ThreadPoolExecutor(SESSIONS) as pool:
        names = [view.qualified_name for view in views]
        return dict(zip(names, pool.map(answer, views), strict=True))


def _tables(view):
    return set(scans_of(CATALOG, view))


def _wrong(views, found, hours):
    """The views of which a scan reads other hours, or other tables than theirs are read."""
    wrong = {}
    for view in views:
        readings = found[view.qualified_name]
        if {reading.table for reading in readings} != _tables(view) or any(
            reading.hours != hours for reading in readings
        ):
            wrong[view.qualified_name] = readings
    return wrong


def _select(layout, view, condition):
    return f'select * from pruned_{layout}."{view.name}" where {condition}'


def test_there_are_views_of_both_kinds_and_three_days_of_hours():
    assert len(PARTITION) > 60
    assert len(EXPANDED_ONLY) > 10
    assert len(HOURS) >= 72


@pytest.mark.parametrize("layout", LAYOUTS)
def test_literal_hours_reach_every_scan_of_a_view(lakes, plans, layout):
    found = _by_view(PARTITION, lambda view: plans.readings(_select(layout, view, LITERAL)))
    assert _wrong(PARTITION, found, {HOURS[30], HOURS[31]}) == {}


def test_a_view_makes_as_many_scans_as_its_statements_say_and_each_has_the_hours(lakes, plans):
    found = _by_view(PARTITION, lambda view: plans.scans(_select("projected", view, LITERAL)))
    told = {
        view.qualified_name: {
            Reading(table, frozenset({HOURS[30], HOURS[31]})): count
            for table, count in scans_of(CATALOG, view).items()
        }
        for view in PARTITION
    }
    assert {name: counted for name, counted in found.items() if counted != told[name]} == {}


@pytest.mark.parametrize(
    ("layout", "share"), [("registered", slice(0, None, 4)), ("projected", slice(2, None, 4))]
)
def test_hours_between_two_reach_every_scan(lakes, plans, layout, share):
    views = PARTITION[share]
    found = _by_view(views, lambda view: plans.readings(_select(layout, view, BETWEEN)))
    assert _wrong(views, found, {HOURS[30], HOURS[31]}) == {}


@pytest.mark.parametrize(
    ("layout", "share"), [("registered", slice(2, None, 4)), ("projected", slice(0, None, 4))]
)
def test_hours_counted_back_from_now_reach_every_scan(lakes, plans, layout, share):
    views = PARTITION[share]
    before = _hours_since(datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=2))
    found = _by_view(views, lambda view: plans.readings(_select(layout, view, RECENT)))
    after = _hours_since(datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=2))
    recent = {name: {_known(reading) for reading in readings} for name, readings in found.items()}
    wrong = _wrong(views, recent, before)
    assert before == after or {*before} > {*after}
    assert wrong == {} or before != after


def _hours_since(moment):
    return frozenset(hour for hour in HOURS if hour >= moment)


def _known(reading):
    """A scan without an hour that has begun since the lake was made."""
    return Reading(reading.table, reading.hours & frozenset(HOURS))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_without_a_filter_every_hour_is_read(lakes, plans, layout):
    views = PARTITION[::8]
    found = _by_view(views, lambda view: plans.readings(_select(layout, view, "true")))
    known = {name: {_known(reading) for reading in readings} for name, readings in found.items()}
    assert _wrong(views, known, set(HOURS)) == {}


def _written(layout, statement):
    """A statement over the physical tables of a layout, limited to two hours."""
    sources = [source for source in CATALOG.definitions.sources if source.layouts]
    target = Target(
        "t",
        "trino",
        tables={
            source.qualified_name: (f"pruned_{layout}.{table_name(source)}",) for source in sources
        },
        layouts={
            source.qualified_name: layout if source.layout(layout) else source.layouts[0].name
            for source in sources
        },
    )
    return written_down(
        CATALOG,
        target,
        CATALOG.bind(statement),
        hours=TWO,
        rows={"names.name_snapshots": [NAMES]},
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_view_that_no_filter_reaches_is_limited_where_it_is_written_down(lakes, plans, layout):
    def scans(view):
        query = parse_query(f'select * from {view.family}."{view.name}"')
        return plans.scans(_written(layout, query))

    found = _by_view(EXPANDED_ONLY, scans)
    told = {
        view.qualified_name: {
            Reading(table, frozenset({HOURS[30], HOURS[31]})): count
            for table, count in scans_of(CATALOG, view).items()
            if table not in CONTRADICTED.get(view.qualified_name, ())
        }
        for view in EXPANDED_ONLY
    }
    assert {name: counted for name, counted in found.items() if counted != told[name]} == {}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_facts_of_the_report_scan_each_source_once(lakes, plans, layout):
    path = packaged("reports") / "campaign_performance" / "facts.sql"
    period = {"time_zone": "UTC", "from_time": HOURS[0], "to_time": HOURS[-1]}
    statement = with_parameters(parse_query(path.read_text("utf-8"), path=path), period)
    found = plans.scans(_written(layout, statement))
    assert {reading.hours for reading in found} == {frozenset({HOURS[30], HOURS[31]})}
    assert len({reading.table for reading in found}) == len(found) > 4
    assert set(found.values()) == {1}


def _fetched(local_aws, since):
    """The hours of the objects that were asked for since then, and how many objects."""
    keys = [
        unquote(line.split()[1]).partition("?")[0].split("/")
        for line in local_aws.requests()[since:]
        if line.startswith(f"GET /{BUCKET}/")
    ]
    found = ["/".join(key[3:7]) for key in keys if key[-1] == "events"]
    return {datetime.strptime(hour, "%Y/%m/%d/%H") for hour in found}, len(found)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_query_on_trino_gets_the_objects_of_its_hours_only(local_aws, lakes, plans, layout):
    since = len(local_aws.requests())
    view = CATALOG.find("ses_send")
    [[count]] = plans.rows(_select(layout, view, LITERAL).replace("*", "count(event_key)"))
    assert count > 0
    hours, objects = _fetched(local_aws, since)
    assert hours == {HOURS[30], HOURS[31]}
    assert objects == 2


def test_a_reading_by_the_embedded_engine_gets_the_objects_of_its_hours_only(
    local_aws, lakes, monkeypatch, tmp_path
):
    for name in aws_variables():
        monkeypatch.delenv(name)
    for name, value in local_aws.environment.items():
        monkeypatch.setenv(name, value)
    sources = lakes["registered"].sources
    config = load_config(
        {"events": tuple(f"s3://{BUCKET}/{source.qualified_name}/" for source in sources)},
        {},
        tmp_path,
        None,
        flag_name=str,
    )
    since = len(local_aws.requests())
    with Workspace(config, window=Window(TWO.first, TWO.end)) as lake:
        loaded = lake.read_events()
    hours, objects = _fetched(local_aws, since)
    assert hours == {HOURS[30], HOURS[31]}
    assert objects == loaded.files_read == 2 * len(sources)
