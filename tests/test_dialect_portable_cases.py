"""Every portable function and every kind of portable syntax, with Trino's own answers."""

import pytest
from sqlglot import exp

from dueng_analytics.dialect.portable import portable_set
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import DuengError
from tests.portable_cases import bound, cases, rows_on, same
from tests.portable_coverage import present, wanted

PAGES = sorted({case.page for case in cases()})


@pytest.fixture(scope="module")
def engine():
    with DuckDBEngine() as found:
        yield found


def _difference(engine, case):
    """How the local engine's answer to a case differs from Trino's; None where it does not."""
    try:
        typed = bound(case.sql)
        found = rows_on(engine, typed)
    except DuengError as error:
        return None if case.fails else f"it fails: {error.message}"
    if case.fails:
        return f"it gives {found}, on Trino an error"
    if len(found) != len(case.rows):
        return f"it gives {len(found)} rows, on Trino {len(case.rows)}"
    for place, (row, expected) in enumerate(zip(found, case.rows, strict=True)):
        if not same(row, expected):
            given = case.places[place] if case.places else f"row {place}"
            return f"{given} gives {row}, on Trino {expected}"
    kinds = [typed.type_text(n).replace("varchar(2)", "varchar") for n in range(len(typed.columns))]
    return None if kinds == list(case.types) else f"it is {kinds}, on Trino {list(case.types)}"


@pytest.mark.parametrize("page", PAGES)
def test_the_local_engine_gives_the_rows_types_and_errors_of_trino(engine, page):
    differences = {
        case.sql: difference
        for case in cases()
        if case.page == page and (difference := _difference(engine, case)) is not None
    }
    assert differences == {}


def test_a_field_named_timestamp_is_no_time():
    typed = bound("select cast(row('x', null) as row(timestamp varchar, at timestamp)) as result")
    assert typed.type_text(0) == "row(timestamp varchar, at timestamp(3))"


def _nodes():
    for case in cases():
        yield from bound(case.sql).tree.walk()


def test_every_portable_function_and_syntax_has_a_case():
    known = portable_set()
    nodes = list(_nodes())
    named = {node.name.lower() for node in nodes if isinstance(node, exp.Anonymous)}
    classes = {type(node) for node in nodes}
    lacking = [
        item.name
        for item in known.functions
        if (item.node not in classes if item.node else item.name not in named)
    ]
    lacking += [node.__name__ for node in known.syntax if node not in classes]
    assert lacking == []


def test_every_name_of_a_portable_function_is_used_in_a_case():
    texts = " ".join(case.sql.lower() for case in cases())
    names = {name for item in portable_set().functions for name in item.names}
    assert sorted(name for name in names if name not in texts) == []


def test_every_argument_has_cases_of_null_empty_negative_boundary_and_wrong_type():
    assert sorted(wanted() - present()) == []
