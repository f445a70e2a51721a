"""The compatible views against the samples' columns, and the page that tells the differences."""

import hashlib
import os
from pathlib import Path

import pytest

from dueng_analytics.catalog import load_catalog
from dueng_analytics.quality.defects import DEFECTS_FILE, read_decisions
from dueng_analytics.quality.differences import differences
from dueng_analytics.quality.samples import (
    SAMPLE_COLUMNS_FILE,
    SampleColumn,
    read_sample_columns,
)
from dueng_analytics.resources import packaged

CATALOG = load_catalog()
SAMPLES = read_sample_columns(packaged("sql") / SAMPLE_COLUMNS_FILE)
# Taken from the samples' templates, and from what a real Trino said of the views made by them: the
# number of columns of each view, and a digest of every view, column and type. So a slip in the
# file, made together with the same slip in a view, is noticed.
COLUMN_COUNTS = (
    14, 21, 21, 17, 18, 16, 17, 18, 15, 17, 18, 16, 18, 9, 11, 15, 19, 11, 15, 10,
    15, 22, 24, 31, 21, 28, 12, 16, 11, 12, 12,
    29, 18, 32, 12, 29, 12, 19, 9, 14, 13, 14,
)  # fmt: skip
DIGEST = "597323437b1485c51a7a6c98de49ff48c786e35e82e2dcf58474299489ef1363"
PAGE = Path(__file__).parent.parent / "docs" / "differences.md"


@pytest.fixture(scope="module")
def page():
    decisions = read_decisions(packaged("sql") / DEFECTS_FILE, CATALOG)
    return differences(CATALOG, decisions, SAMPLES)


def test_all_views_of_the_samples_so_far_are_known_with_all_their_columns():
    assert tuple(len(columns) for columns in SAMPLES.values()) == COLUMN_COUNTS
    assert (len(COLUMN_COUNTS), sum(COLUMN_COUNTS)) == (42, 721)


def test_names_order_and_types_of_the_known_columns_are_the_samples_own():
    lines = [
        f"{view} {column.name} {column.type.replace(' ', '')}\n"
        for view in sorted(SAMPLES)
        for column in SAMPLES[view]
    ]
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == DIGEST


@pytest.mark.parametrize("name", SAMPLES)
def test_a_view_begins_with_exactly_the_columns_of_its_sample(name):
    columns = CATALOG.find(name).columns[: len(SAMPLES[name])]
    assert [(column.name, column.type.trino) for column in columns] == [
        (column.name, column.permitted_type) for column in SAMPLES[name]
    ]


@pytest.mark.parametrize(
    ("sample", "ours"),
    [
        ("timestamp(3) with time zone", "timestamp(3)"),
        ("varchar(12)", "varchar"),
        ("array(varchar)", "array(varchar)"),
        ("map(varchar, varchar(3))", "map(varchar, varchar)"),
    ],
)
def test_a_type_may_lose_its_zone_and_its_bound_and_nothing_else(sample, ours):
    assert SampleColumn("c", sample).permitted_type == ours


def test_the_page_in_the_docs_is_the_generated_one(page):
    if os.environ.get("DUENG_WRITE_DOCS"):
        PAGE.write_text(page, "utf-8")
    assert PAGE.read_text("utf-8") == page, (
        "docs/differences.md is out of date: run this test with DUENG_WRITE_DOCS=1"
    )


def test_the_page_tells_every_added_column(page):
    sections = {part.split("`")[0]: part for part in page.split("\n### `")[1:]}
    for name, sample in SAMPLES.items():
        known = {column.name for column in sample}
        added = [c.name for c in CATALOG.find(name).columns if c.name not in known]
        assert all(f"| `{column}` |" in sections[name] for column in added), name


def test_the_page_names_the_test_that_proves_each_decision(page):
    for decision in read_decisions(packaged("sql") / DEFECTS_FILE, CATALOG):
        for change in decision.reintroductions:
            if change.view.name in SAMPLES:
                assert f"- {decision.id}: {change.test.name}" in page
