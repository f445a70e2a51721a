"""Every portable function and every kind of portable syntax, with Trino's own answers."""

import pytest
from portable_cases import bound, cases, rows_on, same
from sqlglot import exp

from dueng_analytics.dialect.portable import portable_set
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import DuengError

ANSWERED = [case for case in cases() if not case.fails]
FAILING = [case for case in cases() if case.fails]


@pytest.fixture(scope="module")
def engine():
    with DuckDBEngine() as found:
        yield found


def _label(case):
    return f"{case.page}-{case.sql.split(' from (values')[0][:90]}"


@pytest.mark.parametrize("case", ANSWERED, ids=_label)
def test_the_local_engine_gives_the_rows_and_types_of_trino(engine, case):
    typed = bound(case.sql)
    found = rows_on(engine, typed)
    assert len(found) == len(case.rows)
    for place, (row, expected) in enumerate(zip(found, case.rows, strict=True)):
        given = case.places[place] if case.places else f"row {place}"
        assert same(row, expected), f"{given} gives {row}, on Trino {expected}"
    kinds = [typed.type_text(index) for index in range(len(typed.columns))]
    assert [kind.replace("varchar(2)", "varchar") for kind in kinds] == list(case.types)


@pytest.mark.parametrize("case", FAILING, ids=_label)
def test_what_fails_on_trino_fails_on_the_local_engine(engine, case):
    with pytest.raises(DuengError):
        engine.query(bound(case.sql))


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
