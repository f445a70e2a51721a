"""What two views of the model say twice, since to hand it on would take longer than to find it."""

import pytest
from sqlglot import exp

from dueng_analytics.catalog import load_catalog
from dueng_analytics.dialect import parse_query


def expressions(name: str) -> dict[str, set[str]]:
    """What each column of a view is made of, wherever it is named."""
    view = load_catalog().find(name)
    found: dict[str, set[str]] = {}
    for select in parse_query(view.sql).tree.find_all(exp.Select):
        for column in select.expressions:
            if column.alias:
                found.setdefault(column.alias, set()).add(column.this.sql("trino"))
    return found


@pytest.mark.parametrize("column", ["recipient_domain", "domain_group", "is_test"])
def test_events_and_messages_tell_recipients_apart_alike(column):
    (of_events,) = expressions("events")[column]
    (of_messages,) = expressions("messages")[column]
    assert of_events == of_messages
