# ruff: noqa: E402 - what takes long to import is imported where the module is run
"""A synced copy as Glue tables: Trino reads of them what the embedded engine reads of the copy."""

from pathlib import Path

import pytest

from tests.on_trino import trino_module

trino_module("test_trino_copy.py")

from dueng_analytics import Target, open_lake, open_target
from dueng_analytics.catalog import load_catalog
from dueng_analytics.deploy.copy_tables import copy_tables
from dueng_analytics.lake.copy_reading import read_manifests
from dueng_analytics.lake.paths import EventPath
from dueng_analytics.lake.planning import list_manifests
from dueng_analytics.lake.storage import Storage
from dueng_analytics.simulate import Faults, Plan, simulate
from tests.documents import run
from tests.stack.local_aws import LocalAws
from tests.stack.trino_server import lake_database

BUCKET = "synced-copies"
QUESTIONS = (
    "select ingest_timestamp, event_type, count(*) as n from all_events group by 1, 2",
    "select ingest_timestamp, eventtype, count(*) as n from ses_events group by 1, 2",
    "select ingest_timestamp, eventtype, count(*) as n from sms_events group by 1, 2",
    "select channel, final_status, count(*) as n, count(distinct message_id) as messages,"
    " sum(open_count) as opens, sum(click_count) as clicks from messages group by 1, 2",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a lake whose records are of every age and kind that a copy sets aside or keeps."""
    folder = tmp_path_factory.mktemp("copied")
    faults = Faults(repeats=0.05, disorder=0.05, malformed=0.02, wrong_shape=0.02)
    plan = Plan("mixed", 600, 1, 31, file_format="json", faults=faults)
    simulate(folder / "lake", plan, jobs=1)
    events, target = str(folder / "lake" / "events"), folder / "copy"
    assert run(["lake", "sync", "--events", events, "--to-dir", str(target)])[0] == 0
    return target


def test_the_tables_of_a_copy_hold_on_trino_what_the_copy_holds(
    copy: Path, local_aws: LocalAws
) -> None:
    catalog = load_catalog()
    s3, glue = local_aws.client("s3"), local_aws.client("glue")
    s3.create_bucket(Bucket=BUCKET)
    for path in copy.rglob("*"):
        if path.is_file():  # with the manifests and what was set aside, as somebody copies a folder
            s3.put_object(Bucket=BUCKET, Key=str(path.relative_to(copy)), Body=path.read_bytes())
    store = Storage().open(EventPath(None, str(copy)))
    manifests = read_manifests(store, list_manifests(store, None))
    tables = copy_tables(manifests, catalog.definitions.sources, f"s3://{BUCKET}/")
    databases = {
        table.source.family: lake_database("copy", table.source.family) for table in tables
    }
    for name in databases.values():
        glue.create_database(DatabaseInput={"Name": name})
    for table in tables:
        glue.create_table(
            DatabaseName=databases[table.source.family], TableInput=table.table_input()
        )
    target = Target(
        "copy",
        "trino",
        databases=databases,
        families=tuple(databases),
        layouts={table.source.qualified_name: table.layout.name for table in tables},
        host="127.0.0.1",
        port=local_aws.trino.port,
    )
    with open_target(target) as remote, open_lake(str(copy)) as local:
        for question in QUESTIONS:
            found, wanted = (
                sorted(workspace.query(question).to_arrow().to_pylist(), key=str)
                for workspace in (remote, local)
            )
            assert found == wanted, question
            assert wanted, question
    for name in databases.values():
        glue.delete_database(Name=name)
