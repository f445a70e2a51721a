"""Coverage: columns filled and NULL, branches taken, exceptions that have to be needed."""

import pytest
from exhaustive import exhaustive
from small_project import write_project

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import DefinitionError
from dueng_analytics.quality.coverage import coverage, read_exclusions, view_coverage

SQL = """
select
    id,
    case when amount > 5 then 'large' when amount > 2 then 'fair' else 'small' end as size,
    if(paid, 1) as flag
from orders
"""
COLUMNS = """\
    - {name: id, type: string, description: Its number., nullable: false}
    - {name: size, type: string, description: How large., nullable: false}
    - {name: flag, type: int, description: One if paid.}
"""


@pytest.fixture(scope="module")
def engine():
    with DuckDBEngine(threads=1) as engine:
        yield engine


def covered(tmp_path, engine, rows, columns=COLUMNS, sql=SQL):
    given = ", ".join(rows)
    tests = f"tests:\n  - name: t\n    given: {{orders: [{given}]}}\n    expect: []\n"
    catalog = write_project(tmp_path, shown=(sql, columns, tests))
    return view_coverage(catalog, catalog.find("shown"), engine)


def test_without_gaps_nothing_is_told(tmp_path, engine):
    rows = ["{id: a, amount: 6, paid: true}", "{id: b, amount: 3}", "{id: c, amount: 1}"]
    assert covered(tmp_path, engine, rows).gaps == ()


def test_a_branch_that_no_row_takes_is_a_gap(tmp_path, engine):
    rows = ["{id: a, amount: 6, paid: true}", "{id: c, amount: 1}"]
    assert covered(tmp_path, engine, rows).gaps == ("branch when orders.amount > 2 then 'fair'",)


def test_an_else_that_is_not_written_is_a_branch(tmp_path, engine):
    rows = [
        "{id: a, amount: 6, paid: true}",
        "{id: b, amount: 3, paid: true}",
        "{id: c, paid: true}",
    ]
    assert covered(tmp_path, engine, rows).gaps == (
        "column flag is never NULL",
        "branch else then null",
    )


def test_a_branch_whose_value_never_comes_out_is_not_taken(tmp_path, engine):
    sql = "select id from orders where if(paid, amount, 0) > 2"
    columns = "    - {name: id, type: string, description: Its number., nullable: false}\n"
    rows = ["{id: a, paid: true, amount: 3}"]
    assert covered(tmp_path, engine, rows, columns, sql).gaps == ("branch else then 0",)


def test_a_column_that_is_never_filled_is_a_gap(tmp_path, engine):
    rows = ["{id: a, amount: 6}", "{id: b, amount: 3}", "{id: c, amount: 1}"]
    assert "column flag never holds a value" in covered(tmp_path, engine, rows).gaps


def test_a_column_that_is_null_against_its_declaration_is_a_gap(tmp_path, engine):
    rows = ["{amount: 6, paid: true}", "{id: b, amount: 3}", "{id: c, amount: 1}"]
    assert covered(tmp_path, engine, rows).gaps == ("column id is declared never NULL, and is",)


def test_a_declared_gap_is_none_and_a_needless_one_is_told(tmp_path, engine):
    tests = "tests:\n  - name: t\n    given: {orders: [{id: a, amount: 6}]}\n    expect: []\n"
    (tmp_path / "coverage_exceptions.yaml").write_text(
        "- relation: demo.shown\n"
        "  gaps: [column flag never holds a value, column size is never NULL]\n"
        "  reason: A test.\n"
    )
    catalog = write_project(tmp_path, shown=(SQL, COLUMNS, tests))
    (result,) = coverage(catalog, [catalog.find("shown")], read_exclusions(catalog))
    assert "column flag never holds a value" not in result.gaps
    assert [item.gap for item in result.needless] == ["column size is never NULL"]


@exhaustive("test_quality_coverage.py")
def test_several_processes_find_the_coverage_that_one_finds(tmp_path):
    tests = "tests:\n  - name: t\n    given: {orders: [{id: a, amount: 6}]}\n    expect: []\n"
    view = (SQL, COLUMNS, tests)
    catalog = write_project(tmp_path, shown=view, others=view)
    views = [catalog.find("others"), catalog.find("shown")]
    done = []
    found = coverage(catalog, views, jobs=2, progress=done.append)
    assert found == coverage(catalog, views)
    assert [one.view for one in found] == ["demo.others", "demo.shown"]
    assert sorted(done, key=lambda one: one.view) == list(found)
    assert all(one.gaps and one.error is None for one in found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {relation: demo.absent, gaps: [x], reason: r}", "no view named 'demo.absent'"),
        ("- {relation: demo.shown, gaps: [x]}", "lacks reason"),
        ("- {relation: demo.shown, gaps: [x], reason: ''}", "reason is empty"),
        ("- {relation: demo.shown, gaps: [x, x], reason: r}", "a second time"),
    ],
)
def test_a_wrong_declaration_is_refused_with_its_line(tmp_path, text, message):
    (tmp_path / "coverage_exceptions.yaml").write_text(text)
    tests = "tests:\n  - name: t\n    given: {orders: []}\n    expect: []\n"
    catalog = write_project(tmp_path, shown=(SQL, COLUMNS, tests))
    with pytest.raises(DefinitionError, match=message) as caught:
        read_exclusions(catalog)
    assert "coverage_exceptions.yaml:1" in str(caught.value)


def test_a_view_that_does_not_bind_is_told_and_not_measured(tmp_path, engine):
    result = covered(tmp_path, engine, ["{id: a}"], sql="select absent from orders")
    assert "absent" in (result.error or "")
