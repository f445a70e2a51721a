"""The columns of a result are headed as Trino heads them."""

import pytest

from dueng_analytics import Workspace
from tests.heading_cases import HEADINGS


@pytest.mark.parametrize("sql", HEADINGS)
def test_a_heading_is_the_name_as_it_was_written(sql: str, packaged_lake: Workspace):
    assert tuple(packaged_lake.query(sql).table.column_names) == HEADINGS[sql]
