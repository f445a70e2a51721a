"""What a query has of nothing."""

import duckdb
import pytest

from dueng_analytics.catalog import load_catalog
from dueng_analytics.dialect import is_empty_over_nothing, parse_query

EMPTY = (
    "select a from t",
    "select a, count(*) from t group by a",
    "select a, sum(b) over (partition by a) from t",
    "with c as (select a from t) select a from c union all select a from t",
    "select a from (select a from t) s left join t using (a)",
    "select x from t cross join unnest(array[1, 2]) as u (x)",
)
NOT_SHOWN = (
    "select 1 as a",
    "select count(*) from t",
    "select max(a) from t having count(*) = 0",
    "select a from t union all select 2 as a",
    "with c as (select sum(a) as a from t) select a from c",
    "select a, count(*) from t group by grouping sets ((a), ())",
    "select x from unnest(array[1, 2]) as u (x)",
    "select x from t right join unnest(array[1, 2]) as u (x) on true",
    "select x from t full join unnest(array[1, 2]) as u (x) on true",
)


@pytest.mark.parametrize("query", EMPTY)
def test_a_query_that_only_passes_on_or_groups_has_no_row_of_nothing(query):
    assert is_empty_over_nothing(parse_query(query))
    with duckdb.connect() as connection:
        connection.execute("create table t (a integer, b integer)")
        assert connection.execute(query).fetchall() == []


@pytest.mark.parametrize("query", NOT_SHOWN)
def test_a_query_with_a_row_by_itself_is_never_taken_for_empty(query):
    assert not is_empty_over_nothing(parse_query(query))


def test_every_packaged_view_of_one_service_is_known_to_be_empty_without_its_events():
    catalog = load_catalog()
    unknown = {
        view.qualified_name
        for view in catalog.definitions.views
        if not is_empty_over_nothing(catalog.statement(view))
    }
    assert unknown == set()
