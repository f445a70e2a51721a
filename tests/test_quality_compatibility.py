"""The page of the samples' views is complete, true and the generated one."""

import os
from dataclasses import replace
from pathlib import Path

from dueng_analytics.catalog import Catalog, load_catalog
from dueng_analytics.quality.compatibility import compatibility
from dueng_analytics.quality.samples import (
    SAMPLE_COLUMNS_FILE,
    SampleColumn,
    read_sample_columns,
)
from dueng_analytics.resources import packaged

CATALOG = load_catalog()
SAMPLES = read_sample_columns(packaged("sql") / SAMPLE_COLUMNS_FILE)
PAGE = Path(__file__).parent.parent / "docs" / "compatibility.md"


def test_the_page_in_the_docs_is_the_generated_one():
    text = compatibility(CATALOG, SAMPLES)
    if os.environ.get("DUENG_WRITE_DOCS"):
        PAGE.write_text(text, "utf-8")
    assert PAGE.read_text("utf-8") == text, "write it anew with DUENG_WRITE_DOCS=1"


def test_every_compatible_view_names_its_sample_and_no_other_does():
    of_samples = {view.name for view in CATALOG.definitions.views if view.pack is not None}
    assert of_samples == set(SAMPLES)


def test_a_change_of_type_and_what_is_added_are_told():
    view = CATALOG.find("sms_status")
    definitions = replace(CATALOG.definitions, views=(view,))
    columns = (SampleColumn("messageid", "varchar(9)"), SampleColumn("event_timestamp", "x"))
    text = compatibility(Catalog(definitions, {}), {"sms_status": columns})
    assert "1 views, 2 columns." in text
    assert f"| 2 | {len(view.columns) - 2} |" in text
    assert "| `messageid` | `varchar(9)` | `varchar` |" in text
    assert "| `event_timestamp` | `x` | `timestamp(3)` |" in text
